import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { configurationError } from "../config/problems.ts";
import { snakeCase } from "../config/sources.ts";
import { tablesRead } from "./dependencies.ts";
import { type Header, parseHeader } from "./header.ts";
import { isCurrent, isLedger, type Model } from "./model.ts";
import { testQuery } from "./model-tests.ts";
import { parsedModels } from "./parsed-catalogue.ts";
import { relationshipColumn } from "./relationship.ts";
import { partsOf, type SqlFile } from "./sql-file.ts";
import { isKeyword, isSign, normalised, type Token, tokensOf } from "./tokens.ts";

const datasets = new Set(["ref", "staging", "marts", "delivery"]);
const dayKeywords = ["current_date", "current_datetime", "current_timestamp", "current_time"];

type Parsed = { readonly model: Model } | { readonly problems: readonly string[] };

/**
 * Reads every model below a folder; where the build left there what parsing these very files gave, without parsing them.
 * @param currents the `current_*` relations that the connectors have; when left out, any is taken for granted
 * @throws PermanentError listing every mistake of every file with its path
 */
export function readCatalogue(folder: string, currents?: ReadonlySet<string>): Model[] {
  const files = sqlFiles(folder);
  const models = parsedModels(folder, files);
  if (!models) return catalogueOf(files, currents);
  const problems = models.flatMap((model) => endpointProblems(model, currents).map((text) => `${model.file}: ${text}`));
  if (problems.length > 0) throw configurationError("The SQL folder", problems);
  return models;
}

/** The models' files below a folder, in the order of their paths. */
export function sqlFiles(folder: string): SqlFile[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".sql"));
  return paths.sort().map((path) => ({
    path: path.split(sep).join("/"),
    text: readFileSync(join(folder, path), "utf8"),
  }));
}

/** The models in these files, in name order. @throws PermanentError as {@link readCatalogue} */
export function catalogueOf(files: readonly SqlFile[], currents?: ReadonlySet<string>): Model[] {
  const models = new Map<string, Model>();
  const problems: string[] = [];
  for (const file of files) {
    const parsed = parseModel(file);
    if ("problems" in parsed) {
      problems.push(...parsed.problems.map((problem) => `${file.path}: ${problem}`));
      continue;
    }
    const other = models.get(parsed.model.name);
    if (other) problems.push(`${file.path}: ${other.file} is already ${parsed.model.name}`);
    else models.set(parsed.model.name, parsed.model);
  }
  const names = new Set(files.map(({ path }) => nameOf(path)?.name));
  for (const model of models.values()) {
    for (const problem of inputProblems(model, models, names, currents)) problems.push(`${model.file}: ${problem}`);
  }
  if (problems.length > 0) throw configurationError("The SQL folder", problems);
  return [...models.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads one file by itself: its header, its tokens, what it reads. */
export function parseModel({ path, text }: SqlFile): Parsed {
  const name = nameOf(path);
  if (!name) return { problems: [`a model lies in ${[...datasets].join("/, ")}/ and is named in a-z, 0-9 and _`] };
  const parts = partsOf(text);
  if (!parts) return { problems: ['begins without a header, "/* model … */"'] };
  const parsed = parseHeader(parts.header);
  if ("problems" in parsed) return parsed;
  try {
    return modelOf(path, name, parts.sql, parsed.header);
  } catch (error) {
    if (error instanceof SyntaxError) return { problems: [error.message] };
    throw error;
  }
}

/** Where a school keeps its own models, in folders as the shipped ones: upgrades never touch it. */
const customFolder = "custom/";

function nameOf(path: string): { name: string; dataset: string; table: string } | undefined {
  const [dataset = "", ...rest] = (path.startsWith(customFolder) ? path.slice(customFolder.length) : path).split("/");
  const table = basename(path, ".sql");
  if (rest.length === 0 || !datasets.has(dataset) || !/^[a-z][a-z0-9_]*$/.test(table)) return undefined;
  return { name: `${dataset}.${table}`, dataset, table };
}

function modelOf(
  file: string,
  name: { name: string; dataset: string; table: string },
  sql: string,
  header: Header,
): Parsed {
  const tokens = tokensOf(sql);
  const tests = header.tests.map(({ expression, equal_total: total }) =>
    tokensOf([expression?.sql, total?.sql, total?.to].filter((part) => part !== undefined).join("\n")),
  );
  const all = [tokens, ...tests];
  const references = all.flatMap((part) => tablesRead(part).map((reference) => ({ ...reference, part })));
  const problems = statementProblems(tokens);
  for (const { path, line, part } of references) {
    if (path.split(".").length === 2) continue;
    const where = part === tokens ? `line ${line} of the SELECT: ` : "tests: ";
    problems.push(`${where}reads ${path}; write a table as dataset.table`);
  }
  problems.push(...deliverProblems(name, header));
  const read = references.map(({ path }) => path);
  for (const input of header.optional ?? []) {
    if (!read.includes(input)) problems.push(`optional: ${input} is not read`);
    else if (isCurrent(input)) problems.push(`optional: ${input} is no model; read its staging model`);
  }
  if (problems.length > 0) return { problems };
  const related = header.tests.flatMap(({ relationship }) => (relationship ? [relationship.to] : []));
  const inputs = new Set([...references.map(({ path }) => path), ...related]);
  // A table may be compared with itself, but not be read to build itself: that is a cycle, which the graph reports.
  const readsItself = tablesRead(tokens).some(({ path }) => path === name.name);
  if (!readsItself) inputs.delete(name.name);
  const definition = createHash("sha256").update(JSON.stringify([header, normalised(tokens)]));
  return {
    model: {
      ...name,
      file,
      sql,
      header,
      inputs: [...inputs].sort(),
      readsDate: all.flat().some((token) => isKeyword(token, ...dayKeywords)),
      definition: definition.digest("hex"),
    },
  };
}

/** A model whose rows are sent is named by where they go, so that a table says it as well as its header does. */
function deliverProblems({ dataset, table }: { dataset: string; table: string }, { deliver }: Header): string[] {
  if (!deliver) return [];
  if (dataset !== "delivery") return ["deliver: only models in delivery/ are delivered"];
  const resource = snakeCase(deliver.resource.slice(deliver.resource.lastIndexOf("/") + 1));
  const expected = `${deliver.pipeline}__${resource}`;
  return table === expected ? [] : [`deliver: the file of this pipeline and resource is named ${expected}.sql`];
}

function statementProblems(tokens: readonly Token[]): string[] {
  const problems: string[] = [];
  const first = tokens.find((token) => !isSign(token, "("));
  if (!isKeyword(first, "select", "with")) problems.push("is not one SELECT (WITH is allowed)");
  for (const token of tokens) {
    if (isSign(token, ";")) problems.push(`line ${token.line} of the SELECT: has a ;, but a model is one SELECT`);
    if (isSign(token, "@") || isSign(token, "?")) {
      problems.push(`line ${token.line} of the SELECT: has a parameter, but a model has none`);
    }
  }
  return problems;
}

function inputProblems(
  model: Model,
  models: ReadonlyMap<string, Model>,
  names: ReadonlySet<string | undefined>,
  currents: ReadonlySet<string> | undefined,
): string[] {
  const unknown = model.inputs.filter((input) => !isCurrent(input) && !isLedger(input) && !names.has(input));
  const problems = [...endpointProblems(model, currents), ...unknown.map(unknownInput)];
  model.header.tests.forEach(({ relationship }, index) => {
    const parent = relationship && models.get(relationship.to);
    if (!relationship || !names.has(relationship.to)) {
      if (relationship && !unknown.includes(relationship.to)) {
        problems.push(`tests.${index}.relationship.to: ${relationship.to} is no model`);
      }
      return;
    }
    if (parent && relationshipColumn(relationship, parent) === undefined) {
      problems.push(`tests.${index}.relationship: name the column of ${relationship.to} with to_column`);
    }
  });
  if (problems.length === 0) problems.push(...valueProblems(model, models));
  return problems;
}

/** What a model reads of endpoints that no connector has. */
function endpointProblems(model: Model, currents: ReadonlySet<string> | undefined): string[] {
  return model.inputs.filter((input) => isCurrent(input) && currents?.has(input) === false).map(unknownInput);
}

function unknownInput(input: string): string {
  return `reads ${input}, which is neither a model, an endpoint (current_*) nor the ledger (ops.*)`;
}

/** Values in the tests that do not fit the type of their column. */
function valueProblems(model: Model, models: ReadonlyMap<string, Model>): string[] {
  const isWhole = model.header.tests.every(({ relationship }) => !relationship || models.has(relationship.to));
  if (!isWhole) return [];
  try {
    testQuery(model, models, model.name);
    return [];
  } catch (error) {
    if (error instanceof SyntaxError) return [`tests: ${error.message}`];
    throw error;
  }
}
