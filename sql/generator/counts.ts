import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

const connectorSchema = z.object({ connector: z.string(), endpoints: z.record(z.string(), z.unknown()) });

/** A staging model that holds the live records of an endpoint, one row each. */
interface Staged {
  readonly connector: string;
  readonly endpoint: string;
  readonly hasYear: boolean;
  /** The column that says when a record was changed; where the source does not tell, when it was read. */
  readonly changedAt: "last_modified_at" | "extracted_at";
}

/** Endpoints whose staging model has their name, by connector. A model made of a part of a record (`answers`) is none. */
function stagedEndpoints(root: string): Staged[] {
  const folder = join(root, "connectors");
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.sort().flatMap((file) => {
    const { connector, endpoints } = connectorSchema.parse(parse(readFileSync(join(folder, file), "utf8")));
    const path = (name: string): string => join(root, "sql/staging", connector, `${modelOf(connector, name)}.sql`);
    const staged = Object.keys(endpoints).filter((name) => existsSync(path(name)));
    return staged.sort().map((endpoint) => stagedAs(connector, endpoint, readFileSync(path(endpoint), "utf8")));
  });
}

function modelOf(connector: string, endpoint: string): string {
  return `stg_${connector}__${endpoint}`;
}

function stagedAs(connector: string, endpoint: string, text: string): Staged {
  const has = (column: string): boolean => new RegExp(`^ {2}${column}:`, "m").test(text);
  const changedAt = has("last_modified_at") ? "last_modified_at" : "extracted_at";
  if (!has(changedAt)) throw new Error(`${modelOf(connector, endpoint)} does not say when a record was read`);
  return { connector, endpoint, hasYear: has("school_year"), changedAt };
}

/**
 * The models that count what is live in staging, as path below sql/ and text: one for each connector, so that a deployment reads those of its
 * own connectors only; the view of all; and the list of what is counted, so that what nobody stages is told from what was lost.
 * @throws Error naming a staging model without the columns that are needed
 */
export function countFiles(root: string): Map<string, string> {
  const staged = stagedEndpoints(root);
  const connectors = [...new Set(staged.map(({ connector }) => connector))];
  return new Map([
    ...connectors.map((name): [string, string] => [
      `marts/quality/${countModel(name)}.sql`,
      countOf(
        name,
        staged.filter(({ connector }) => connector === name),
      ),
    ]),
    ["marts/quality/dq_staged_count.sql", countOfAll(connectors)],
    ["ref/staged_endpoints.sql", listOf(staged)],
  ]);
}

/** Whether a file is one that {@link countFiles} writes, or wrote before a connector went. */
export function isCountFile(name: string): boolean {
  return /^dq_staged_count(_\w+)?\.sql$/.test(name);
}

function countModel(connector: string): string {
  return `dq_staged_count_${connector}`;
}

const columns = `  source_id: {type: STRING, description: The configured source.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year:
    type: INT64
    description: School year (the year in which it ends) of the ODS; 0 of a source without years.
  row_count: {type: INT64, description: Live records.}
  last_modified_at:
    type: TIMESTAMP
    description: When the newest of them was changed; where the source does not tell, when it was read.`;

function countOf(connector: string, staged: readonly Staged[]): string {
  const parts = staged.map(({ endpoint, hasYear, changedAt }) =>
    [
      `    select source_id, ${hasYear ? "school_year" : "0 as school_year"},`,
      ` ${changedAt === "last_modified_at" ? changedAt : `${changedAt} as last_modified_at`}, '${endpoint}' as endpoint\n`,
      `    from staging.${modelOf(connector, endpoint)}`,
    ].join(""),
  );
  return `/* model
description: >-
  One row per source, endpoint and school year of the connector ${connector}: how many records are live in staging.
  dq_staged_count has those of all connectors. Generated: sql/generate-staging.ts.
materialize: table
key: [source_id, endpoint, school_year]
columns:
${columns}
tests:
  - not_null: [row_count]
*/
with records as (
${parts.join("\n    union all\n")}
),

final as (
    select
        source_id,
        endpoint,
        school_year,
        count(*) as row_count,
        max(last_modified_at) as last_modified_at
    from records
    group by source_id, endpoint, school_year
)

select * from final
`;
}

function countOfAll(connectors: readonly string[]): string {
  return `/* model
description: >-
  One row per source, endpoint and school year: how many records are live in staging. What the source says it has is in
  dq_record_count. Generated: sql/generate-staging.ts.
materialize: view
optional:
${connectors.map((name) => `  - marts.${countModel(name)}`).join("\n")}
key: [source_id, endpoint, school_year]
columns:
${columns}
tests:
  - not_null: [row_count]
*/
with final as (
${connectors.map((name) => `    select * from marts.${countModel(name)}`).join("\n    union all\n")}
)

select * from final
`;
}

function listOf(staged: readonly Staged[]): string {
  const rows = staged.map(({ connector, endpoint }, index) =>
    index === 0
      ? `    struct('${connector}' as connector, '${endpoint}' as endpoint)`
      : `    ('${connector}', '${endpoint}')`,
  );
  return `/* model
description: >-
  One row per endpoint that has a staging model, so that dq_staged_count counts its live records. Generated:
  sql/generate-staging.ts.
materialize: table
key: [connector, endpoint]
columns:
  connector: {type: STRING, description: The kind of API.}
  endpoint: {type: STRING, description: The endpoint.}
*/
select *
from unnest([
${rows.join(",\n")}
])
`;
}
