import { expect, test } from "@jest/globals";
import { folderOf, students } from "./client.ts";
import { type Discovered, discover, numbersOf } from "./discovered.ts";

const data = { 2026: await folderOf({ "students.jsonl": students(4) }) };
const named = ["ods-5.3", "ods-6.1"] as const;
const flagged = ["ods-7.1", "ods-7.3"] as const;
const byName = (name: string) => ({ headers: { "snapshot-identifier": name } });
const byFlag = { headers: { "use-snapshot": "true" } };

const change = async (api: Discovered) => {
  await api.sandbox.apply([
    { op: "delete", resource: "students", key: { studentUniqueId: "s1" } },
    { op: "insert", resource: "students", record: { studentUniqueId: "s5" } },
    { op: "update", resource: "students", key: { studentUniqueId: "s2" }, set: { firstName: "Later" } },
  ]);
};

const newest = async (api: Discovered, request?: RequestInit) => {
  const { json } = await api.changes("availableChangeVersions", request);
  return json.newestChangeVersion ?? json.NewestChangeVersion;
};

test.each([
  ...named.map((profile) => [profile, byName("NIGHT")] as const),
  ...flagged.map((profile) => [profile, byFlag] as const),
])("S9 %s: a snapshot stays as it was taken, whatever happens to the data", async (profile, request) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "takeSnapshot", name: "NIGHT" });
  await change(api);
  const frozen = await api.data("students?totalCount=true", request);
  expect(numbersOf(frozen.json)).toEqual([1, 2, 3, 4]);
  expect(frozen.headers.get("total-count")).toBe("4");
  expect(frozen.json[1].firstName).toBe("First 2");
  expect((await api.data("students/deletes", request)).json).toEqual([]);
  expect((await api.data("students?minChangeVersion=5", request)).json).toEqual([]);
  expect([await newest(api, request), await newest(api)]).toEqual([4, 7]);
  expect(numbersOf((await api.data("students")).json)).toEqual([2, 3, 4, 5]);
});

test.each(named)(
  "S9 %s: the list of snapshots has their names and times; a name that is gone is 410",
  async (profile) => {
    const now = () => Date.UTC(2025, 9, 1, 3);
    await using api = await discover({ data, profile, now });
    expect((await api.changes("snapshots")).json).toEqual([]);
    await api.sandbox.apply([{ op: "takeSnapshot", name: "ABC123" }, { op: "takeSnapshot" }]);
    expect((await api.changes("snapshots")).json).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        snapshotIdentifier: "ABC123",
        snapshotDateTime: "2025-10-01T03:00:00Z",
      },
      expect.objectContaining({ snapshotIdentifier: "SNAPSHOT2" }),
    ]);
    await api.sandbox.apply({ op: "dropSnapshot", name: "ABC123" });
    for (const answer of [
      await api.data("students", byName("ABC123")),
      await api.changes("availableChangeVersions", byName("ABC123")),
    ]) {
      expect([answer.status, answer.json]).toEqual([410, { message: "Snapshot not available." }]);
    }
    expect((await api.data("students", byName("SNAPSHOT2"))).status).toBe(200);
  },
);

test.each(named)("S9 %s: a name that is taken again means the newer snapshot", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply([{ op: "takeSnapshot", name: "NIGHT" }]);
  await change(api);
  await api.sandbox.apply([{ op: "takeSnapshot", name: "NIGHT" }]);
  expect((await api.changes("snapshots")).json).toHaveLength(1);
  expect(numbersOf((await api.data("students", byName("NIGHT"))).json)).toEqual([2, 3, 4, 5]);
});

test.each(flagged)("S9 %s: the flag means the newest snapshot, with what was changed before it", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "takeSnapshot", name: "OLD" });
  await change(api);
  await api.sandbox.apply({ op: "takeSnapshot", name: "NEW" });
  await api.sandbox.apply([
    { op: "delete", resource: "students", key: { studentUniqueId: "s5" } },
    { op: "update", resource: "students", key: { studentUniqueId: "s2" }, set: { firstName: "Too late" } },
  ]);
  const frozen = (await api.data("students", byFlag)).json;
  expect(numbersOf(frozen)).toEqual([2, 3, 4, 5]);
  expect(frozen[0].firstName).toBe("Later");
  expect((await api.data("students/deletes", byFlag)).json).toHaveLength(1);
  expect(await newest(api, byFlag)).toBe(7);
});

test.each(flagged)("S9 %s: without a snapshot the flag is a 404 that says so, on every read", async (profile) => {
  await using api = await discover({ data, profile });
  for (const answer of [
    await api.data("students", byFlag),
    await api.data("students/deletes", byFlag),
    await api.changes("availableChangeVersions", byFlag),
  ]) {
    expect(answer.status).toBe(404);
    expect(answer.text).toContain("Snapshot not found.");
  }
  expect((await api.data("students", { headers: { "use-snapshot": "false" } })).status).toBe(200);
  expect((await api.changes("snapshots")).status).toBe(404);
});

test.each(flagged)("S9 %s: a snapshot is read only", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "takeSnapshot" });
  const { status, headers } = await api.data("students", { ...byFlag, method: "POST", body: "{}" });
  expect([status, headers.get("allow")]).toEqual([405, "GET"]);
});

test.each(flagged)("S9 %s: a snapshot may vanish or be taken anew in the middle of a walk", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "takeSnapshot", name: "NIGHT" });
  await change(api);
  api.sandbox.addFaults([
    { match: { resource: "students", nth: 2 }, apply: [{ op: "takeSnapshot", name: "NIGHT" }], times: 1 },
    { match: { resource: "students", nth: 3 }, apply: [{ op: "dropSnapshot", name: "NIGHT" }], times: 1 },
  ]);
  expect(await newest(api, byFlag)).toBe(4);
  expect(numbersOf((await api.data("students?limit=2", byFlag)).json)).toEqual([1, 2]);
  expect(numbersOf((await api.data("students?limit=2&offset=2", byFlag)).json)).toEqual([4, 5]);
  expect(await newest(api, byFlag)).toBe(7);
  expect((await api.data("students", byFlag)).status).toBe(404);
});

test("S9 dms-8: the headers of snapshots mean nothing, so that a reader believes in one it does not have", async () => {
  await using api = await discover({ data, profile: "dms-8" });
  await api.sandbox.apply({ op: "takeSnapshot", name: "NIGHT" });
  await change(api);
  for (const request of [byFlag, byName("NIGHT"), byName("none")]) {
    expect(numbersOf((await api.data("students", request)).json)).toEqual([2, 3, 4, 5]);
  }
});

test("S9 a snapshot that nobody took cannot be dropped, and a reset takes all away", async () => {
  await using api = await discover({ data, profile: "ods-6.1" });
  expect((await api.control("POST", "changes", [{ op: "dropSnapshot" }])).status).toBe(404);
  const taken = await api.control("POST", "changes", [{ op: "takeSnapshot", name: "N" }]);
  expect(taken.json.changes).toEqual([{ op: "takeSnapshot", year: 2026, snapshot: "N", changeVersion: 4 }]);
  await api.control("POST", "reset");
  expect((await api.changes("snapshots")).json).toEqual([]);
});
