import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { keyFor, keyText, keyValues } from "../../sandbox/edfi/natural-keys.ts";
import { parseRecord } from "../../sandbox/json/lossless.ts";
import { grandBend } from "../../sandbox/sandbox.ts";
import { resourceFiles } from "../../sandbox/store/folder.ts";
import { at, type Connected, connect } from "./client.ts";

let api: Connected;
let startMs = 0;

beforeAll(async () => {
  const started = performance.now();
  api = await connect({});
  startMs = performance.now() - started;
});
afterAll(async () => {
  await api.sandbox.close();
});

const files = resourceFiles(grandBend[2011] ?? []);
const linesOf = (resource: string) =>
  gunzipSync(readFileSync(files.get(resource)?.path ?? ""))
    .toString("utf8")
    .trimEnd()
    .split("\n");

test("The bundled district is served within a second of the start", () => {
  expect(startMs).toBeLessThan(1000);
  expect(files.size).toBe(260);
});

test.each(["students", "studentAssessments", "calendarDates", "studentSchoolAssociations", "gradeLevelDescriptors"])(
  "All %s come by page tokens as they are in the file",
  async (resource) => {
    const rows: string[] = [];
    let query = "limit=500";
    for (let page = 0; page < 20; page += 1) {
      const { text, headers } = await api.get(`${at(resource)}?${query}`);
      const next = headers.get("next-page-token");
      if (next === null) {
        expect(text).toBe("[]");
        break;
      }
      rows.push(text.slice(1, -1));
      query = `pageSize=500&pageToken=${next}`;
    }
    expect(rows.join(",")).toBe(linesOf(resource).join(","));
  },
);

test("Its change versions are the ODS's own, the calendar's after them", async () => {
  const { newestChangeVersion: newest } = (await api.get("/changeQueries/v1/availableChangeVersions")).json;
  const first = (await api.get(`${at("students")}?minChangeVersion=67065&maxChangeVersion=67066`)).json;
  expect(first.map((row: { studentUniqueId: string }) => row.studentUniqueId)).toEqual(["604821", "604822"]);
  const count = async (resource: string, query: string) =>
    (await api.get(`${at(resource)}?limit=0&totalCount=true&${query}`)).headers.get("total-count");
  expect(await count("calendarDates", `minChangeVersion=${newest - 833}`)).toBe("834");
  expect(await count("calendars", `minChangeVersion=${newest - 836}&maxChangeVersion=${newest - 834}`)).toBe("3");
});

test("Every resource has a natural key that tells its rows apart", () => {
  for (const resource of files.keys()) {
    const records = linesOf(resource).slice(0, 2000).map(parseRecord);
    const key = keyFor(resource, records[0], 3);
    const texts = records
      .map((record) => (key === undefined ? undefined : keyValues(record, key)))
      .map((values) => values && keyText(values));
    expect([resource, new Set(texts).size, texts.includes(undefined)]).toEqual([resource, records.length, false]);
  }
});

test("A section's new key is followed through its enrollments, grades and attendance", async () => {
  const [section] = (await api.get(`${at("sections")}?limit=1`)).json;
  const id = section.sectionIdentifier;
  const count = async (resource: string, name: string) =>
    Number(
      (await api.get(`${at(resource)}?limit=0&totalCount=true&sectionIdentifier=${name}`)).headers.get("total-count"),
    );
  const before = await Promise.all(["studentSectionAssociations", "grades"].map((resource) => count(resource, id)));
  await api.sandbox.apply({
    op: "keyChange",
    resource: "sections",
    id: section.id,
    newKey: { sectionIdentifier: "RENAMED-1" },
  });
  expect(before.every((number) => number > 0)).toBe(true);
  expect(
    await Promise.all(["studentSectionAssociations", "grades"].map((resource) => count(resource, "RENAMED-1"))),
  ).toEqual(before);
  expect(await Promise.all(["studentSectionAssociations", "grades"].map((resource) => count(resource, id)))).toEqual([
    0, 0,
  ]);
  expect(
    (await api.get(`${at("studentSectionAssociations")}/keyChanges?limit=1&totalCount=true`)).headers.get(
      "total-count",
    ),
  ).toBe(String(before[0]));
});

test("The data carry their attribution and licences", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../sandbox/data/README.md", import.meta.url)), "utf8");
  for (const word of ["CC-BY-4.0", "Apache-2.0", "Ed-Fi Alliance", "OpenEduAnalytics"]) {
    expect(readme).toContain(word);
  }
});
