import { describe, expect, test } from "@jest/globals";
import { globToRegExp, wildcardToRegExp } from "../../../emulator/storage/glob.ts";
import { type ListRequest, list, readListRequest } from "../../../emulator/storage/listing.ts";
import { compareNames } from "../../../emulator/storage/names.ts";
import { simple, storageFixture } from "./fixture.ts";

const names = ["a", "a/", "a/1", "a/2", "a/b/1", "a/b/2", "a/c/1", "b/1", "c", "d/e/f", "z"].sort(compareNames);

function all(query: Partial<Record<keyof ListRequest | "maxResults" | "matchGlob", string>>) {
  const pages: { names: string[]; prefixes: string[] }[] = [];
  let token: string | undefined;
  for (let count = 0; count < 100; count += 1) {
    const parameters = new URLSearchParams({
      ...(query as Record<string, string>),
      ...(token ? { pageToken: token } : {}),
    });
    const page = list(names, readListRequest(parameters));
    pages.push(page);
    token = page.nextPageToken;
    if (token === undefined) break;
  }
  return {
    names: pages.flatMap((page) => page.names),
    prefixes: pages.flatMap((page) => page.prefixes),
    pages: pages.length,
  };
}

describe("list", () => {
  test.each([
    [{}, names, []],
    [{ prefix: "a/" }, ["a/", "a/1", "a/2", "a/b/1", "a/b/2", "a/c/1"], []],
    [{ delimiter: "/" }, ["a", "c", "z"], ["a/", "b/", "d/"]],
    [{ prefix: "a/", delimiter: "/" }, ["a/", "a/1", "a/2"], ["a/b/", "a/c/"]],
    [{ prefix: "a/b" }, ["a/b/1", "a/b/2"], []],
    [{ startOffset: "a/b/2", endOffset: "c" }, ["a/b/2", "a/c/1", "b/1"], []],
    [{ prefix: "a/", startOffset: "a/b", delimiter: "/" }, [], ["a/b/", "a/c/"]],
    [{ delimiter: "/", includeTrailingDelimiter: "true" }, ["a", "a/", "c", "z"], ["a/", "b/", "d/"]],
    [{ matchGlob: "a/*" }, ["a/", "a/1", "a/2"], []],
    [{ matchGlob: "**/1" }, ["a/1", "a/b/1", "a/c/1", "b/1"], []],
    [{ prefix: "nothing" }, [], []],
  ])("%j gives the same in one page as in pages of one and of two", (query, expectedNames, expectedPrefixes) => {
    for (const maxResults of ["1000", "2", "1"]) {
      const result = all({ ...query, maxResults });
      expect(result.names).toEqual(expectedNames);
      expect(result.prefixes).toEqual(expectedPrefixes);
    }
  });

  test("names and prefixes count together towards a page", () => {
    expect(all({ delimiter: "/", maxResults: "2" }).pages).toBe(3);
  });

  test("a bad page token is refused", () => {
    const request = readListRequest(new URLSearchParams({ pageToken: "%%%" }));
    expect(() => list(names, request)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

test("the client pages through a listing and sees every object once, in the order of UTF-8", async () => {
  await using fixture = await storageFixture();
  const given = ["é", "e", "Z", "\uffff", "🎒", ...Array.from({ length: 25 }, (_, index) => `n/${index}`)];
  await Promise.all(given.map((name) => fixture.bucket.file(name).save("x", simple())));
  const [files] = await fixture.bucket.getFiles({ autoPaginate: false, maxResults: 1000 });
  const sorted = [...given].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(files.map(({ name }) => name)).toEqual(sorted);
  const seen: string[] = [];
  for await (const file of fixture.bucket.getFilesStream({ maxResults: 3 } as object))
    seen.push((file as { name: string }).name);
  expect(seen).toEqual(sorted.slice(0, seen.length));
  let query: object | undefined = { autoPaginate: false, maxResults: 7 };
  const paged: string[] = [];
  while (query) {
    const [page, next]: [{ name: string }[], object | undefined, ...unknown[]] = await fixture.bucket.getFiles(query);
    paged.push(...page.map(({ name }) => name));
    query = next;
  }
  expect(paged).toEqual(sorted);
});

test("compareNames orders as the bytes do", () => {
  const samples = ["", "a", "ab", "\ud7ff", "\ue000", "\uffff", "😀", "😁", "a😀", "a\uffff", "é"];
  for (const a of samples) {
    for (const b of samples) {
      expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  }
});

describe("globToRegExp", () => {
  test.each([
    ["*.gz", "a.gz", true],
    ["*.gz", "d/a.gz", false],
    ["**.gz", "d/a.gz", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["{one,two}.json", "two.json", true],
    ["{one,two}.json", "three.json", false],
    ["a.b", "axb", false],
    ["\\*", "*", true],
  ])("%s on %s: %s", (glob, name, expected) => {
    expect(globToRegExp(glob).test(name)).toBe(expected);
  });

  test.each(["[a", "{a"])("%s is refused", (glob) => {
    expect(() => globToRegExp(glob)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

test("in a URI of BigQuery only the star is special", () => {
  expect(wildcardToRegExp("a/*.gz").test("a/b/c.gz")).toBe(true);
  expect(wildcardToRegExp("a/*.gz").test("a/b/cxgz")).toBe(false);
  expect(wildcardToRegExp("a+(b)[c]?").test("a+(b)[c]?")).toBe(true);
});
