import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { at, type Connected, connect, folderOf, rangeOf, students } from "./client.ts";

const rows = students(25);
let api: Connected;

beforeAll(async () => {
  const folder = await folderOf({ "students.jsonl": rows, "staffs.jsonl": [] });
  api = await connect({ data: folder, maxPageSize: 10 });
});
afterAll(async () => {
  await api.sandbox.close();
});

const names = (json: { studentUniqueId: string }[]) => json.map((row) => Number(row.studentUniqueId.slice(1)));
const between = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("Without a limit a page has the largest size, in the order the rows were added", async () => {
  const { json, headers } = await api.get(at("students"));
  expect(names(json)).toEqual(between(1, 10));
  expect(headers.get("total-count")).toBeNull();
});

test.each([
  ["offset=20", between(21, 25)],
  ["offset=3&limit=2", [4, 5]],
  ["limit=0", []],
  ["offset=25", []],
  ["offset=1000", []],
  ["OFFSET=24&Limit=5", [25]],
  ["limit=&offset=", between(1, 10)],
  ["limit=5&pageSize=3", between(1, 5)],
  ["unknown=1&limit=1", [1]],
])("%s is answered with the rows it means", async (query, expected) => {
  expect(names((await api.get(`${at("students")}?${query}`)).json)).toEqual(expected);
});

test("The count is given when asked for, whatever the page", async () => {
  for (const query of ["totalCount=true", "totalCount=true&limit=0", "totalCount=TRUE&offset=30"]) {
    expect((await api.get(`${at("students")}?${query}`)).headers.get("total-count")).toBe("25");
  }
  expect((await api.get(`${at("staffs")}?totalCount=true`)).headers.get("total-count")).toBe("0");
});

const token = Buffer.from("-2147483648,2147483647").toString("base64url");

test.each([
  ["limit=11", "Limit must be a value between 0 and 10."],
  ["limit=-1", "Limit must be a value between 0 and 10."],
  ["offset=-1", "Offset cannot be a negative value."],
  ["pageSize=5", "PageToken is required when pageSize is specified."],
  ["pageSize=5&offset=2", "Use limit instead of pageSize when using limit/offset paging."],
  [
    `pageToken=${token}&offset=0`,
    "Both offset and pageToken parameters were provided, but they support alternative paging approaches and cannot be used together.",
  ],
  [`pageToken=${token}&limit=5`, "Use pageSize instead of limit when using cursor paging with pageToken."],
  [`pageToken=${token}&pageSize=11`, "PageSize must be a value between 0 and 10."],
  [
    `pageToken=${token}&totalCount=true`,
    "Total count cannot be determined while using cursor paging (when pageToken is specified).",
  ],
  ["pageToken=!!!", "The page token provided was invalid."],
  [`pageToken=${Buffer.from("1,2,3").toString("base64url")}`, "The page token provided was invalid."],
])("%s is refused with the words of the ODS", async (query, error) => {
  const { status, headers, json } = await api.get(`${at("students")}?${query}`);
  expect(status).toBe(400);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(json).toMatchObject({
    type: "urn:ed-fi:api:bad-request:parameter-validation-failed",
    title: "Parameter Validation Failed",
    status: 400,
    errors: [error],
  });
});

test.each(["limit=ten", "offset=1.5", "totalCount=perhaps", "minChangeVersion=now"])(
  "%s is no value at all and refused as such",
  async (query) => {
    const { status, json } = await api.get(`${at("students")}?${query}`);
    expect(status).toBe(400);
    expect(Object.keys(json.validationErrors)).toEqual([query.split("=")[0]]);
  },
);

test("A walk by page tokens sees every row once and ends at the page without a token", async () => {
  const seen: number[] = [];
  const sizes: number[] = [];
  let query = "limit=10";
  for (let pages = 0; pages < 10; pages += 1) {
    const { json, headers } = await api.get(`${at("students")}?${query}`);
    seen.push(...names(json));
    sizes.push(json.length);
    const next = headers.get("next-page-token");
    if (next === null) {
      break;
    }
    query = `pageSize=10&pageToken=${next}`;
  }
  expect(seen).toEqual(between(1, 25));
  expect(sizes).toEqual([10, 10, 5, 0]);
});

test("A page token is the range of what is left, as the ODS writes it", async () => {
  const { headers } = await api.get(`${at("students")}?limit=3`);
  expect(rangeOf(headers.get("next-page-token") ?? "")).toEqual([-2147483645, 2147483647]);
  expect((await api.get(`${at("students")}?limit=0`)).headers.get("next-page-token")).toBeNull();
  expect((await api.get(`${at("students")}?offset=25`)).headers.get("next-page-token")).toBeNull();
});

test("Partitions are of five pages at least, so a small resource has one", async () => {
  const { json } = await api.get(`${at("students")}/partitions?number=3`);
  expect(json.pageTokens.map(rangeOf)).toEqual([[-2147483648, 2147483647]]);
  expect((await api.get(`${at("staffs")}/partitions`)).json).toEqual({ pageTokens: [] });
});

test("Small partitions do not overlap, the last has no end, and each walk stays inside its own", async () => {
  const { json } = await api.get(`${at("students")}/partitions?number=3&allowSmallPartitions=true`);
  expect(json.pageTokens.map(rangeOf)).toEqual([
    [-2147483648, -2147483640],
    [-2147483639, -2147483631],
    [-2147483630, 2147483647],
  ]);
  const walks: number[][] = [];
  for (const first of json.pageTokens) {
    const walk: number[] = [];
    let next: string | null = first;
    while (next !== null) {
      const page = await api.get(`${at("students")}?pageSize=4&pageToken=${next}`);
      walk.push(...names(page.json));
      next = page.headers.get("next-page-token");
    }
    walks.push(walk);
  }
  expect(walks).toEqual([between(1, 9), between(10, 18), between(19, 25)]);
});

test.each(["0", "201", "-3"])("%s partitions are refused", async (number) => {
  const { status, json } = await api.get(`${at("students")}/partitions?number=${number}`);
  expect([status, json.errors]).toEqual([400, ["Number of partitions must be between 1 and 200."]]);
});

test("One record is had by its id, in any writing of it", async () => {
  const id = rows[6]?.id ?? "";
  const withDashes =
    `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`.toUpperCase();
  for (const name of [id, withDashes]) {
    const { status, text } = await api.get(`${at("students")}/${name}`);
    expect([status, text]).toEqual([200, JSON.stringify(rows[6])]);
  }
  const missing = await api.get(`${at("students")}/${"f".repeat(32)}`);
  expect([missing.status, missing.json.detail]).toEqual([404, "The specified item could not be found."]);
});

test("Filters are values of the record by their flattened names; unknown ones are ignored", async () => {
  expect(names((await api.get(`${at("students")}?studentUniqueId=s7&totalCount=true`)).json)).toEqual([7]);
  expect((await api.get(`${at("students")}?studentUniqueId=s7&totalCount=true`)).headers.get("total-count")).toBe("1");
  expect(names((await api.get(`${at("students")}?firstName=First 12`)).json)).toEqual([12]);
  expect(names((await api.get(`${at("students")}?studentUniqueId=nobody`)).json)).toEqual([]);
  expect(names((await api.get(`${at("students")}?id=${rows[2]?.id}`)).json)).toEqual([3]);
});

test("The API refuses to be written to by a client that may only read", async () => {
  const response = await fetch(api.sandbox.url + at("students"), {
    method: "POST",
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(403);
});

test("Answers are packed for those who accept it, and have their length in any case", async () => {
  await using large = await connect({ data: await folderOf({ "students.jsonl": rows }) });
  const packed = await fetch(large.sandbox.url + at("students"), {
    headers: { authorization: `Bearer ${large.token}`, "accept-encoding": "gzip" },
  });
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect(await packed.json()).toHaveLength(25);
  const plain = await large.get(at("students"), { "accept-encoding": "identity" });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(plain.headers.get("content-length")).toBe(String(Buffer.byteLength(plain.text)));
});
