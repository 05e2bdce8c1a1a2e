import { expect, test } from "@jest/globals";
import { syntheticDistrict } from "../../sandbox/edfi/synthetic.ts";
import { at, connect } from "./client.ts";

const size = { students: 400, sections: 30, attendanceEvents: 5_000_000 };

test("Millions of made-up rows are served without being made beforehand", async () => {
  const started = performance.now();
  await using api = await connect({ synthetic: { 2026: syntheticDistrict(size) } });
  expect(performance.now() - started).toBeLessThan(1000);
  const events = at("studentSectionAttendanceEvents");
  expect((await api.get(`${events}?limit=0&totalCount=true`)).headers.get("total-count")).toBe("5000000");
  expect((await api.get(`${events}?offset=4999998`)).json).toHaveLength(2);
  expect((await api.get(`${events}/partitions?number=20`)).json.pageTokens).toHaveLength(20);
  const newest = (await api.get("/changeQueries/v1/availableChangeVersions")).json.newestChangeVersion;
  expect((await api.get(`${events}?minChangeVersion=${newest - 2}`)).json).toHaveLength(3);
});

test("The same size gives the same bytes, with keys that do not repeat and references that lead somewhere", async () => {
  await using one = await connect({ synthetic: { 2026: syntheticDistrict(size) } });
  await using other = await connect({ synthetic: { 2026: syntheticDistrict(size) } });
  const path = `${at("studentSectionAttendanceEvents")}?offset=3999900&limit=500`;
  const { text, json } = await one.get(path);
  expect((await other.get(path)).text).toBe(text);
  const key = ({ id, classPeriods, eventDuration, ...rest }: Record<string, unknown>) => JSON.stringify(rest);
  expect(new Set(json.map(key)).size).toBe(500);
  expect(new Set(json.map((row: { id: string }) => row.id)).size).toBe(500);
  const { sectionReference, studentReference, id } = json[7];
  expect((await one.get(`/data/v3${sectionReference.link.href}`)).json.sectionIdentifier).toBe(
    sectionReference.sectionIdentifier,
  );
  expect((await one.get(`/data/v3${studentReference.link.href}`)).json.studentUniqueId).toBe(
    studentReference.studentUniqueId,
  );
  expect((await one.get(`${at("studentSectionAttendanceEvents")}/${id}`)).json).toEqual(json[7]);
});

test("Made-up rows can be changed by id like any others", async () => {
  await using api = await connect({ synthetic: { 2026: syntheticDistrict(size) } });
  const path = at("studentSectionAttendanceEvents");
  const [row] = (await api.get(`${path}?offset=1000&limit=1`)).json;
  await api.sandbox.apply([
    { op: "update", resource: "studentSectionAttendanceEvents", id: row.id, set: { eventDuration: 0.75 } },
  ]);
  expect((await api.get(`${path}?offset=1000&limit=1`)).json).toMatchObject([{ id: row.id, eventDuration: 0.75 }]);
});
