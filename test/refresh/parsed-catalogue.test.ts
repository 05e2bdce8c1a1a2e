import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { catalogueOf, readCatalogue, sqlFiles } from "../../shared/refresh/catalogue.ts";
import { parsedFile, parsedText } from "../../shared/refresh/parsed-catalogue.ts";

const folder = mkdtempSync(join(tmpdir(), "rollcall-parsed-"));
const written = () => join(folder, parsedFile);
/** Written down by the build of a program whose parser said something else: so it shows who answers. */
const marked = (text: string) => text.replaceAll('"readsDate":false', '"readsDate":true');

beforeAll(() => {
  cpSync("sql/ref", join(folder, "ref"), { recursive: true });
  cpSync("sql/staging/canvas", join(folder, "staging/canvas"), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("what the build wrote down of the models", () => {
  test("is to the last detail what parsing them gives", () => {
    const files = sqlFiles("sql");
    const models = catalogueOf(files);
    const text = parsedText(files, models);
    const parsed = JSON.parse(text).models.map((model: { file: string }) => ({
      ...model,
      sql: models.find(({ file }) => file === model.file)?.sql,
    }));
    expect(parsed).toEqual(models);
  });

  test("is taken for the files that it is of", () => {
    const files = sqlFiles(folder);
    const models = catalogueOf(files);
    writeFileSync(written(), parsedText(files, models));
    expect(readCatalogue(folder)).toEqual(models);
    writeFileSync(written(), marked(readFileSync(written(), "utf8")));
    expect(readCatalogue(folder).every(({ readsDate }) => readsDate)).toBe(true);
  });

  test("still has its endpoints compared with the connectors", () => {
    expect(() => readCatalogue(folder, new Set())).toThrow(
      /staging\/canvas\/stg_canvas__\w+\.sql: reads current_canvas\.\w+, which is neither a model/,
    );
  });

  test("is left alone when a file is another by one blank, or when it cannot be read", () => {
    appendFileSync(join(folder, "ref/race.sql"), " ");
    expect(readCatalogue(folder).every(({ readsDate }) => readsDate)).toBe(false);
    writeFileSync(written(), '{"files": "');
    expect(readCatalogue(folder)).toEqual(catalogueOf(sqlFiles(folder)));
  });
});
