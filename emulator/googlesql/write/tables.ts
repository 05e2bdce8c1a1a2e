import type { TablePath } from "../syntax.ts";
import { identifier, stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

/** The dataset and table a path names in the project of the emulator. */
export interface TableName {
  dataset: string;
  table: string;
}

/**
 * Resolves a path of a table: dataset.table, or project.dataset.table of the emulator's own project.
 *
 * @throws UnsupportedSql for another project, which is not found, and for a table without a dataset
 */
export function tableName(path: TablePath, writer: Writer): TableName {
  const [table, named, ...project] = path.parts.toReversed();
  const dataset = named ?? writer.script.defaultDataset;
  if (table === undefined || dataset === undefined) {
    return writer.refuse(`table ${table ?? ""} without a dataset`, path.offset);
  }
  checkProject(project.toReversed().join("."), path, writer);
  return { dataset, table };
}

/** Resolves the path of a dataset. */
export function datasetName(path: TablePath, writer: Writer): string {
  const [dataset, ...project] = path.parts.toReversed();
  checkProject(project.toReversed().join("."), path, writer);
  return dataset ?? "";
}

function checkProject(project: string, path: TablePath, writer: Writer): void {
  if (project !== "" && project !== writer.script.projectId) {
    writer.refuse(`project ${project}`, path.offset, `Not found: Project ${project}`);
  }
}

/** Writes the name of a table that is changed, made or read: of a dataset, or temporary. */
export function writeTableName(path: TablePath, writer: Writer): string {
  const [only] = path.parts;
  if (path.parts.length === 1 && only !== undefined && writer.script.temporaryTables.has(only.toLowerCase())) {
    return `temp.main.${identifier(only)}`;
  }
  const { dataset, table } = tableName(path, writer);
  return [writer.script.projectId, dataset, table].map(identifier).join(".");
}

/** Writes the name of a table that is read, and notes that it is. */
export function writeReadTable(path: TablePath, writer: Writer): string {
  const sql = writeTableName(path, writer);
  if (!sql.startsWith("temp.")) {
    const name = tableName(path, writer);
    writer.script.reads.set(`${name.dataset}.${name.table}`, name);
  }
  return sql;
}

/** Views of INFORMATION_SCHEMA for which the prelude has a macro. */
const catalogViews = ["TABLES", "COLUMNS", "VIEWS", "SCHEMATA"];

/** Writes [dataset.]INFORMATION_SCHEMA.view; undefined when the path is none. */
export function writeCatalogView(path: TablePath, writer: Writer): string | undefined {
  const at = path.parts.findIndex((part) => part.toUpperCase() === "INFORMATION_SCHEMA");
  if (at < 0) {
    return undefined;
  }
  const view = path.parts[at + 1]?.toUpperCase() ?? "";
  const [named, ...project] = path.parts.slice(0, at).toReversed();
  const dataset = named ?? writer.script.defaultDataset;
  const isOfProject = view === "SCHEMATA";
  const isKnown = at === path.parts.length - 2 && catalogViews.includes(view);
  if (!isKnown || dataset?.startsWith("region-") || (dataset === undefined && !isOfProject)) {
    return writer.refuse(`INFORMATION_SCHEMA.${view}`, path.offset);
  }
  const projectName = isOfProject ? named : project.toReversed().join(".");
  checkProject(projectName ?? "", path, writer);
  const names = [writer.script.projectId, ...(isOfProject ? [] : [dataset ?? ""])].map(stringLiteral).join(", ");
  return `bq_information_schema_${view.toLowerCase()}(${names})`;
}
