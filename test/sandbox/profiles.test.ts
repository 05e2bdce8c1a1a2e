import { request } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { profileNames, startSandbox } from "../../sandbox/sandbox.ts";
import { answerOf, folderOf, students } from "./client.ts";
import { discover, numbersOf } from "./discovered.ts";

const folder = await folderOf({ "students.jsonl": students(60), "gradeLevelDescriptors.jsonl": [] });
const data = { 2026: folder };

describe("S1 profiles", () => {
  test.each([
    ["ods-5.3", { version: "5.3", suite: "3", apiMode: "Shared Instance" }, "3.3.1-b"],
    ["ods-6.1", { version: "6.1", suite: "3", apiMode: "Shared Instance" }, "4.0.0"],
    ["ods-7.1", { version: "7.1", suite: "3", applicationName: "Rollcall sandbox" }, "5.0.0"],
    ["ods-7.3", { version: "7.3", suite: "3", applicationName: "Rollcall sandbox" }, "5.2.0"],
    ["dms-8", { version: "8.0", applicationName: "Ed-Fi Alliance Data Management Service" }, "5.2.0"],
  ] as const)("S1 %s: discovery says which version it is, without a token", async (profile, identity, model) => {
    await using api = await discover({ data, profile });
    expect(api.document).toMatchObject(identity);
    expect(api.document.dataModels).toMatchObject([{ name: "Ed-Fi", version: model }]);
    expect("apiMode" in api.document).toBe("apiMode" in identity);
    expect("suite" in api.document).toBe("suite" in identity);
  });

  test("S1 a host may write its version in another way", async () => {
    await using api = await discover({ data, profile: "ods-6.1", version: "5.3-cqe" });
    expect(api.document.version).toBe("5.3-cqe");
  });

  test.each([
    ["ods-5.3", undefined],
    ["ods-6.1", undefined],
    ["ods-7.1", "/changeQueries/v1/"],
    ["ods-7.3", "/changeQueries/v1/"],
    ["dms-8", "/changeQueries/v1"],
  ] as const)("S1 %s: discovery tells the address of change queries only from 7.0 on", async (profile, path) => {
    await using api = await discover({ data, profile });
    expect(api.document.urls.changeQueries).toBe(path && api.sandbox.url + path);
    await using off = await discover({ data, profile, changeQueries: false });
    expect(off.document.urls.changeQueries).toBeUndefined();
    expect((await off.changes("availableChangeVersions")).status).toBe(404);
    expect((await off.data("students/deletes")).status).toBe(404);
  });

  test.each([
    ["ods-5.3", { OldestChangeVersion: 0, NewestChangeVersion: 60 }],
    ["ods-6.1", { oldestChangeVersion: 0, newestChangeVersion: 60 }],
    ["ods-7.1", { oldestChangeVersion: 0, newestChangeVersion: 60 }],
    ["ods-7.3", { oldestChangeVersion: 0, newestChangeVersion: 60 }],
    ["dms-8", { oldestChangeVersion: 0, newestChangeVersion: 60 }],
  ] as const)("S1 %s: change versions have the casing of their time", async (profile, body) => {
    await using api = await discover({ data, profile });
    expect((await api.changes("availableChangeVersions")).json).toEqual(body);
  });

  test.each([
    ["ods-5.3", 25],
    ["ods-6.1", 50],
    ["ods-7.1", 50],
    ["ods-7.3", 50],
    ["dms-8", 50],
  ] as const)("S1 %s: a page without a limit has %i rows", async (profile, size) => {
    await using api = await discover({ data, profile, maxPageSize: 50 });
    expect((await api.data("students")).json).toHaveLength(size);
  });

  test.each(profileNames)("S1 %s: parameters count in any casing, unknown ones not at all", async (profile) => {
    await using api = await discover({ data, profile });
    expect((await api.data("students?LIMIT=3&Offset=2&nothing=1")).json).toHaveLength(3);
    expect((await api.data("students?limit=3&TOTALCOUNT=True")).headers.get("total-count")).toBe("60");
    expect((await api.data("students?minchangeversion=58")).json).toHaveLength(3);
    expect((await api.data("students?minChangeVesion=58&limit=40")).json).toHaveLength(40);
  });

  test.each(profileNames)("S1 %s: headers are written in the server's casing", async (profile) => {
    await using api = await discover({ data, profile });
    const raw = await new Promise<string[]>((resolve, reject) => {
      const url = `${api.document.urls.dataManagementApi.replace(/\/$/, "")}/ed-fi/students?totalCount=true`;
      request(url, { headers: { authorization: `Bearer ${api.token}` } }, (response) => {
        response.resume();
        resolve(response.rawHeaders);
      })
        .on("error", reject)
        .end();
    });
    expect(raw).toContain("Total-Count");
    expect(raw.includes("Next-Page-Token")).toBe(profile === "ods-7.3" || profile === "dms-8");
  });

  test.each([
    ["ods-5.3", false],
    ["ods-6.1", false],
    ["ods-7.1", false],
    ["ods-7.3", true],
    ["dms-8", true],
  ] as const)("S1 %s: page tokens and partitions are there from 7.3 on", async (profile, hasCursor) => {
    await using api = await discover({ data, profile, maxPageSize: 25, smallPartitions: true });
    const page = await api.data("students?limit=10");
    const partitions = await api.data("students/partitions?number=2");
    expect(page.headers.get("next-page-token") !== null).toBe(hasCursor);
    expect([partitions.status, partitions.json?.pageTokens?.length]).toEqual(hasCursor ? [200, 2] : [404, undefined]);
    if (!hasCursor) {
      expect((await api.data("students?pageToken=abc&limit=5")).json).toHaveLength(5);
    }
  });

  test.each(["ods-5.3", "ods-6.1", "ods-7.1"] as const)("S1 %s: errors are one message", async (profile) => {
    await using api = await discover({ data, profile, claims: { gradeLevelDescriptors: { read: false } } });
    const tooMuch = await api.data("students?limit=501");
    expect([tooMuch.status, tooMuch.headers.get("content-type"), tooMuch.json]).toEqual([
      400,
      "application/json; charset=utf-8",
      {
        message:
          "Limit must be omitted or set to a value between 1 and max value defined in configuration file (defaultPageSizeLimit).",
      },
    ]);
    expect((await api.data("students?limit=ten")).json).toEqual({
      message: "The request is invalid.",
      modelState: { limit: ["The value 'ten' is not valid."] },
    });
    const unknown = await api.data("nothing");
    expect([unknown.status, unknown.text]).toEqual([404, ""]);
    expect((await api.data("gradeLevelDescriptors")).json).toEqual({
      message: expect.stringContaining("must grant permission of the 'Read' action"),
    });
    const stranger = await api.data("students", { headers: { authorization: "Bearer wrong" } });
    expect([stranger.status, stranger.headers.get("www-authenticate"), stranger.json]).toEqual([
      401,
      "Bearer",
      { message: "Invalid token" },
    ]);
  });

  test("S1 ods-7.3: errors are problem details, with lists where there is something to list", async () => {
    await using api = await discover({ data, profile: "ods-7.3" });
    const { status, headers, json } = await api.data("students?limit=501");
    expect([status, headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect(json).toEqual({
      detail: "The request construction was invalid.",
      type: "urn:ed-fi:api:bad-request:parameter-validation-failed",
      title: "Parameter Validation Failed",
      status: 400,
      correlationId: expect.any(String),
      errors: ["Limit must be a value between 0 and 500."],
    });
  });

  test("S1 dms-8: errors are problem details, with both lists always", async () => {
    await using api = await discover({ data, profile: "dms-8" });
    expect((await api.data(`students/${"f".repeat(32)}`)).json).toEqual({
      detail: "The specified item could not be found.",
      type: "urn:ed-fi:api:not-found",
      title: "Not Found",
      status: 404,
      correlationId: expect.stringMatching(/^0HN/),
      validationErrors: {},
      errors: [],
    });
  });

  test("S1 dms-8: a resource may be written in any casing, and nowhere else", async () => {
    await using dms = await discover({ data, profile: "dms-8" });
    expect((await dms.data("STUDENTS?limit=2")).json).toHaveLength(2);
    await using ods = await discover({ data, profile: "ods-7.3" });
    expect((await ods.data("STUDENTS?limit=2")).status).toBe(404);
  });
});

describe("S1 page tokens", () => {
  test.each(["ods-7.3", "dms-8"] as const)("S1 %s: a walk sees every row once, from any start", async (profile) => {
    await using api = await discover({ data, profile, maxPageSize: 7, smallPartitions: true });
    const starts: string[] = (await api.data("students/partitions?number=3")).json.pageTokens;
    const seen: number[] = [];
    for (const start of starts) {
      let token: string | null = start;
      while (token !== null) {
        const page = await api.data(`students?pageSize=7&pageToken=${encodeURIComponent(token)}`);
        expect(page.status).toBe(200);
        seen.push(...numbersOf(page.json));
        token = page.headers.get("next-page-token");
      }
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("S1 dms-8: a token that is not encoded in the address is refused", async () => {
    await using api = await discover({ data, profile: "dms-8" });
    const token = (await api.data("students?limit=5")).headers.get("next-page-token") ?? "";
    expect(encodeURIComponent(token)).not.toBe(token);
    expect((await api.data(`students?pageToken=${token}`)).status).toBe(400);
    expect(numbersOf((await api.data(`students?pageToken=${encodeURIComponent(token)}&pageSize=2`)).json)).toEqual([
      6, 7,
    ]);
  });

  test("S1 dms-8: partitions refuse parameters of paging; the ODS overlooks them", async () => {
    await using dms = await discover({ data, profile: "dms-8" });
    expect((await dms.data("students/partitions?number=2&limit=5")).status).toBe(400);
    await using ods = await discover({ data, profile: "ods-7.3" });
    expect((await ods.data("students/partitions?number=2&limit=5")).status).toBe(200);
  });

  test.each([
    ["ods-7.3", [null, 5, 6]],
    ["dms-8", [5, 6]],
  ] as const)(
    "S1 %s: a row that goes between choosing and reading leaves what it leaves",
    async (profile, expected) => {
      await using api = await discover({ data, profile });
      api.sandbox.addFaults({
        match: { resource: "students" },
        between: [{ op: "delete", resource: "students", key: { studentUniqueId: "s4" } }],
        times: 1,
      });
      const { json, headers } = await api.data("students?offset=3&limit=3");
      const numbers = json.map(
        (row: { studentUniqueId: string } | null) => row && Number(row.studentUniqueId.slice(1)),
      );
      expect(numbers).toEqual(expected);
      expect(headers.get("next-page-token")).not.toBeNull();
    },
  );

  test("S1 dms-8: a page whose rows all went still has a token", async () => {
    await using api = await discover({ data, profile: "dms-8" });
    const gone = [1, 2, 3].map((number) => ({
      op: "delete",
      resource: "students",
      key: { studentUniqueId: `s${number}` },
    }));
    api.sandbox.addFaults({ match: { resource: "students" }, between: gone, times: 1 });
    const page = await api.data("students?limit=3");
    expect(page.json).toEqual([]);
    const token = encodeURIComponent(page.headers.get("next-page-token") ?? "");
    expect(numbersOf((await api.data(`students?pageToken=${token}&pageSize=2`)).json)).toEqual([4, 5]);
  });
});

test.each(profileNames)("S1 %s: the token comes from where discovery says, another host too", async (profile) => {
  await using api = await discover({ data, profile, separateTokenHost: true });
  expect(new URL(api.document.urls.oauth).origin).not.toBe(api.sandbox.url);
  expect((await api.data("students?limit=1")).json).toHaveLength(1);
  const here = await answerOf(await fetch(`${api.sandbox.url}/oauth/token`, { method: "POST" }));
  expect(here.status).toBe(404);
});

test("S1 a profile that has no addresses of a mode refuses to start", async () => {
  await expect(startSandbox({ data, profile: "ods-7.3", urlMode: "year" })).rejects.toThrow(/no addresses of the mode/);
  await expect(startSandbox({ data, profile: "ods-5.3", urlMode: "context" })).rejects.toThrow(/plain, year, instance/);
  await expect(startSandbox({ data: { 2025: folder, 2026: folder }, urlMode: "tenant" })).rejects.toThrow(
    /name the year/,
  );
});
