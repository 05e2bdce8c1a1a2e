import type { Layout } from "./layout.ts";
import { columnLiteral, stringLiteral } from "./literals.ts";
import type { Model } from "./model.ts";

/** The statements of a build. Each can be run again: it replaces, or does nothing when there is nothing to do. */

function columnList(model: Model, withTypes: boolean): string {
  const lines = model.header.columns.map(({ name, type, description }) => {
    const options = description === undefined ? "" : ` options(description = ${stringLiteral(description)})`;
    return `    ${columnLiteral(name)}${withTypes ? ` ${type}` : ""}${options}`;
  });
  return `(\n${lines.join(",\n")}\n)`;
}

function layoutClauses({ partition, cluster }: Layout, types: ReadonlyMap<string, string>): string[] {
  const clauses: string[] = [];
  if (partition?.kind === "range") {
    const { column, start, end, step } = partition;
    const array = `generate_array(${start}, ${end}, ${step})`;
    clauses.push(`partition by range_bucket(${columnLiteral(column)}, ${array})`);
  }
  if (partition?.kind === "date") {
    const { column, grain } = partition;
    const name = columnLiteral(column);
    const isDate = types.get(column) === "DATE";
    if (grain === "day") clauses.push(`partition by ${isDate ? name : `date(${name})`}`);
    else clauses.push(`partition by ${isDate ? "date_trunc" : "timestamp_trunc"}(${name}, ${grain})`);
  }
  if (cluster.length > 0) clauses.push(`cluster by ${cluster.map(columnLiteral).join(", ")}`);
  return clauses;
}

/**
 * Builds a model's rows into another table. The list of columns carries their descriptions; it is matched to the SELECT
 * by position, which is safe only once a dry run has compared names, order and types.
 * @param select the model's own, or one that takes some of its rows from the table that is there
 */
export function createTable(model: Model, table: string, select: string): string {
  const types = new Map(model.header.columns.map(({ name, type }) => [name, type]));
  return [
    `create or replace table ${table} ${columnList(model, true)}`,
    ...layoutClauses(model.header.layout, types),
    `options(description = ${stringLiteral(model.header.description)})`,
    "as",
    select,
  ].join("\n");
}

export function createView(model: Model): string {
  return [
    `create or replace view ${model.name} ${columnList(model, false)}`,
    `options(description = ${stringLiteral(model.header.description)})`,
    "as",
    model.sql,
  ].join("\n");
}

/** Puts the tested table in the place of the old one, in one step and without copying its rows. */
export function swapTable(model: Model, next: string): string {
  return `create or replace table ${model.name} clone ${next}`;
}

export function dropRelation(kind: "table" | "view", name: string): string {
  return `drop ${kind} if exists ${name}`;
}

const nextPattern = /__next_[0-9a-f]{8}$/;

/**
 * Where a build puts its rows until they are tested. Each build has its own, so that a job which outlived its function
 * cannot write into the table of the build that follows.
 */
export function nextTable(model: Model, buildId: string): string {
  return `${model.name}__next_${buildId.slice(-8)}`;
}

/** Whether a table is one that a build left behind. */
export function isNextTable(table: string): boolean {
  return nextPattern.test(table);
}
