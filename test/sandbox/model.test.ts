import { expect, test } from "@jest/globals";
import type { ChangeInput } from "../../sandbox/sandbox.ts";
import { at, type Connected, connect, folderOf, students } from "./client.ts";

/** A record of the plainest model of the API there is: a list that is looked through from end to end. */
interface Row {
  id: string;
  key: string;
  name: string;
  version: number;
}

interface Model {
  rows: Row[];
  tombstones: { id: string; key: string; version: number }[];
  newest: number;
}

function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function mutate(model: Model, random: (below: number) => number, step: number): ChangeInput {
  const place = random(model.rows.length);
  const row = model.rows[place];
  const resource = "students";
  const kind = row === undefined ? 0 : random(4);
  if (row === undefined || kind === 0) {
    const [id, key] = [`ff${step.toString(16).padStart(30, "0")}`, `n${step}`];
    model.newest += 1;
    model.rows.push({ id, key, name: "new", version: model.newest });
    return { op: "insert", resource, id, record: { studentUniqueId: key, firstName: "new" } };
  }
  if (kind === 1) {
    const name = `name ${random(3)}`;
    if (name !== row.name) {
      model.newest += 1;
      Object.assign(row, { name, version: model.newest });
    }
    return { op: "update", resource, id: row.id, set: { firstName: name } };
  }
  model.newest += 1;
  model.rows.splice(place, 1);
  model.tombstones.push({ id: row.id, key: row.key, version: model.newest });
  if (kind === 2) {
    return { op: "delete", resource, key: { studentUniqueId: row.key } };
  }
  const newId = `ee${step.toString(16).padStart(30, "0")}`;
  model.newest += 1;
  model.rows.push({ ...row, id: newId, version: model.newest });
  return { op: "recreate", resource, id: row.id, newId };
}

async function walk(api: Connected, query: string, pageSize: number): Promise<string[]> {
  const ids: string[] = [];
  const { json } = await api.get(`${at("students")}/partitions?number=3&allowSmallPartitions=true${query}`);
  for (const first of json.pageTokens) {
    let next: string | null = first;
    while (next !== null) {
      const page = await api.get(`${at("students")}?pageSize=${pageSize}&pageToken=${next}${query}`);
      ids.push(...page.json.map((row: Row) => row.id));
      next = page.headers.get("next-page-token");
    }
  }
  return ids;
}

async function compare(api: Connected, model: Model, random: (below: number) => number): Promise<void> {
  const [one, other] = [random(model.newest + 2), random(model.newest + 2)];
  const [min, max] = [Math.min(one, other), Math.max(one, other)];
  const window = `&minChangeVersion=${min}&maxChangeVersion=${max}`;
  const inWindow = ({ version }: { version: number }) => version >= min && version <= max;
  const all = model.rows.map((row) => row.id);
  const some = model.rows.filter(inWindow).map((row) => row.id);
  expect(await walk(api, "", 4)).toEqual(all);
  expect(await walk(api, window, 3)).toEqual(some);
  const offset = random(all.length + 2);
  const page = await api.get(`${at("students")}?offset=${offset}&limit=5&totalCount=true${window}`);
  expect(page.json.map((row: Row) => row.id)).toEqual(some.slice(offset, offset + 5));
  expect(page.headers.get("total-count")).toBe(String(some.length));
  const named = (await api.get(`${at("students")}?firstName=name 1`)).json.map((row: Row) => row.id);
  expect(named).toEqual(model.rows.filter((row) => row.name === "name 1").map((row) => row.id));
  const gone = model.tombstones.filter((line) => inWindow(line) && !model.rows.some((row) => row.key === line.key));
  const deletes = (await api.get(`${at("students")}/deletes?limit=500${window}`)).json;
  expect(deletes.map((line: { id: string }) => line.id)).toEqual(gone.map((line) => line.id));
}

test.each([1, 2, 3])(
  "After any changes every page, window and feed is what the plainest model says (seed %i)",
  async (seed) => {
    const rows = students(20);
    const model: Model = {
      rows: rows.map(({ id, studentUniqueId, firstName }, index) => ({
        id,
        key: studentUniqueId,
        name: firstName,
        version: index + 1,
      })),
      tombstones: [],
      newest: 20,
    };
    const random = numbers(seed);
    await using api = await connect({ data: await folderOf({ "students.jsonl": rows }) });
    for (let step = 1; step <= 60; step += 1) {
      await api.sandbox.apply(mutate(model, random, step));
      if (step % 6 === 0) {
        await compare(api, model, random);
      }
    }
    expect(await api.sandbox.newestChangeVersion()).toBe(BigInt(model.newest));
  },
);
