import type { DuckDBConnection } from "@duckdb/node-api";
import type { Statement } from "../../googlesql/translate.ts";
import type { JobContext, Runner, Statistics } from "../jobs/job.ts";
import { prepareDestination, tableNameOf } from "../load/destination.ts";
import type { Catalog } from "../store/catalog.ts";
import { columnList } from "../store/catalog.ts";
import type { Database, Session } from "../store/database.ts";
import { literal } from "../store/sql-text.ts";
import { accessDenied } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { requireReadable } from "./access.ts";
import { translateQuery } from "./googlesql.ts";
import type { QueryConfiguration } from "./query-configuration.ts";
import { describedByQuery, parseQuery } from "./query-configuration.ts";
import type { Referenced, ReferencedTables } from "./referenced-tables.ts";
import type { Result } from "./result.ts";
import { noRows, resultTable, storedResult, takeResult } from "./result.ts";
import { isReadOnly, statementTypeOf } from "./statement.ts";
import type { StatementContext, StatementOutcome, StatementRunner } from "./statement-runner.ts";

interface Query {
  readonly configuration: QueryConfiguration;
  readonly statements: readonly Statement[];
  readonly context: StatementContext;
  readonly bound?: Bound | undefined;
  readonly user: string | undefined;
}

/** The columns of a SELECT, and the version of the catalogue by which they were found. */
interface Bound {
  readonly fields: readonly Field[];
  readonly version: number;
}

interface QueryStatistics extends Statistics {
  readonly query: Statistics;
}

interface Parts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly runner: StatementRunner;
  readonly referenced: ReferencedTables;
}

/** Runs query jobs: a SELECT, a change, DDL, or a script of them. */
export class Querier {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Runs queries as somebody, who may read what the datasets' `access` grants; or as nobody, who may do everything. */
  runnerFor(user: string | undefined): Runner {
    return async (job) => {
      const query = this.#parse(job.configuration.query, user);
      await this.#parts.database.look((connection) => this.#requireAccess(connection, query));
      const bound = await this.#check(query);
      job.compiled();
      const isWriter = query.configuration.destinationTable || !query.statements.every(isReadOnly);
      return isWriter ? await this.#write(job, query) : await this.#read(job, { ...query, bound });
    };
  }

  async #requireAccess(
    connection: DuckDBConnection,
    { user, configuration, statements, context }: Query,
  ): Promise<void> {
    if (user === undefined) return;
    // It is no table, so it is not among those that are read, and it tells of all that there are.
    if (/\binformation_schema\b/i.test(context.googleSql))
      throw accessDenied(`${user} may not read INFORMATION_SCHEMA`);
    if (configuration.destinationTable || !statements.every(({ kind }) => kind === "SELECT")) {
      throw accessDenied(`${user} may only run SELECT statements in the local emulator`);
    }
    const { catalog, referenced } = this.#parts;
    await requireReadable(
      connection,
      { catalog, referenced, user },
      statements.flatMap(({ reads }) => [...reads]),
    );
  }

  /** Checks a query without running it. @returns the statistics of a dry run */
  async dryRun(configuration: unknown, user?: string): Promise<Statistics> {
    const query = this.#parse(configuration, user);
    return await this.#parts.database.look(async (connection) => {
      await this.#requireAccess(connection, query);
      const fields = await this.#bindAll(connection, query);
      const schema = fields.length > 0 ? { schema: { fields } } : {};
      const { query: counts, ...totals } = await this.#statistics(connection, query, []);
      return { ...totals, query: { ...counts, ...schema, totalBytesProcessedAccuracy: "UPPER_BOUND" } };
    });
  }

  #parse(part: unknown, user: string | undefined): Query {
    const configuration = parseQuery(part);
    const { query: googleSql, parameters, datasetId } = configuration;
    const statements = translateQuery(googleSql, this.#parts.catalog.project, datasetId);
    return { configuration, statements, context: { googleSql, parameters }, user };
  }

  /** Finds what is wrong with a query before it waits for its turn, so that its insertion can already answer with it. */
  async #check({ statements, context }: Query): Promise<Bound | undefined> {
    const [only, ...others] = statements;
    if (only === undefined || others.length > 0 || !canBind(only)) return undefined;
    const { database, runner, catalog } = this.#parts;
    const { version } = catalog;
    const fields = await database.look((connection) => runner.bind(connection, only, context));
    return { fields, version };
  }

  /** Binds the statements up to the first that others build upon. @returns the columns of the last SELECT */
  async #bindAll(connection: DuckDBConnection, { statements, context }: Query): Promise<Field[]> {
    let fields: Field[] = [];
    for (const statement of statements) {
      if (!canBind(statement)) break;
      const bound = await this.#parts.runner.bind(connection, statement, context);
      if (bound.length > 0) fields = bound;
    }
    return fields;
  }

  async #read(job: JobContext, query: Query): Promise<Result> {
    const { database } = this.#parts;
    const work = async (connection: DuckDBConnection, keep: () => void) => {
      if (query.user !== undefined) await connection.run(`SET VARIABLE session_user = ${literal(query.user)}`);
      const outcomes = await this.#runAll(connection, query);
      const fields = outcomes.findLast((outcome) => outcome.fields)?.fields;
      const result = fields === undefined ? noRows : await takeResult(connection, fields, keep);
      const statistics = await this.#statistics(connection, query, outcomes);
      await database.look((other) => job.record(other, statistics));
      return result;
    };
    return await database.read(
      (connection, keep) => job.cancellation.during(connection, () => work(connection, keep)),
      sessionOf(query),
    );
  }

  async #write(job: JobContext, query: Query): Promise<Result> {
    const work = async (connection: DuckDBConnection, keep: () => void) => {
      const referenced = await this.#parts.referenced.find(connection, query.statements);
      const outcomes = await this.#runAll(connection, query);
      const fields = outcomes.findLast((outcome) => outcome.fields)?.fields;
      const result = await this.#resultOf(connection, query, { fields, keep });
      await job.record(connection, this.#describe(query, outcomes, referenced));
      return result;
    };
    return await this.#parts.database.write(
      (connection, keep) => job.cancellation.during(connection, () => work(connection, keep)),
      sessionOf(query),
    );
  }

  async #resultOf(
    connection: DuckDBConnection,
    { configuration }: Query,
    { fields, keep }: { fields: readonly Field[] | undefined; keep: () => void },
  ): Promise<Result> {
    if (fields === undefined) return noRows;
    const { destinationTable } = configuration;
    if (!destinationTable) return await takeResult(connection, fields, keep);
    const { catalog, database } = this.#parts;
    const name = tableNameOf(catalog, destinationTable);
    const options = { ...configuration, described: describedByQuery(configuration) };
    await prepareDestination(connection, catalog, name, { fields, options });
    const insert = `INSERT INTO ${catalog.sqlName(name)} (${columnList(fields)}) SELECT * FROM temp.main.${resultTable}`;
    const { rowsChanged } = await connection.run(insert);
    return storedResult(database, {
      select: `SELECT ${columnList(fields)} FROM ${catalog.sqlName(name)}`,
      fields,
      totalRows: rowsChanged,
    });
  }

  async #runAll(connection: DuckDBConnection, { statements, context, bound }: Query): Promise<StatementOutcome[]> {
    const { runner, catalog } = this.#parts;
    const outcomes: StatementOutcome[] = [];
    // Binding a large SELECT takes longer than running many a small one, so it is done again only if there is reason to.
    const fields = bound?.version === catalog.version ? bound.fields : undefined;
    for (const statement of statements) outcomes.push(await runner.run(connection, statement, { ...context, fields }));
    return outcomes;
  }

  async #statistics(
    connection: DuckDBConnection,
    query: Query,
    outcomes: readonly StatementOutcome[],
  ): Promise<QueryStatistics> {
    return this.#describe(query, outcomes, await this.#parts.referenced.find(connection, query.statements));
  }

  #describe({ statements }: Query, outcomes: readonly StatementOutcome[], referenced: Referenced): QueryStatistics {
    const { project } = this.#parts.catalog;
    const bytes = String(referenced.bytes);
    const dml = outcomes.flatMap((outcome) => outcome.dml ?? []);
    const ddl = outcomes.findLast((outcome) => outcome.ddl)?.ddl;
    const sum = (pick: (counts: (typeof dml)[number]) => number) =>
      dml.reduce((total, counts) => total + pick(counts), 0);
    const changed = sum(({ inserted, updated, deleted }) => inserted + updated + deleted);
    const dmlStats = {
      insertedRowCount: String(sum(({ inserted }) => inserted)),
      updatedRowCount: String(sum(({ updated }) => updated)),
      deletedRowCount: String(sum(({ deleted }) => deleted)),
    };
    const target = ddl?.target;
    return {
      totalBytesProcessed: bytes,
      ...(statements.length > 1 ? { numChildJobs: String(statements.length) } : {}),
      query: {
        statementType: statementTypeOf(statements),
        totalBytesProcessed: bytes,
        totalBytesBilled: bytes,
        cacheHit: false,
        referencedTables: referenced.tables.map(({ dataset, table }) => ({
          projectId: project,
          datasetId: dataset,
          tableId: table,
        })),
        ...(dml.length > 0 ? { numDmlAffectedRows: String(changed), dmlStats } : {}),
        ...(ddl === undefined ? {} : { ddlOperationPerformed: ddl.operation }),
        ...(target?.table === undefined
          ? {}
          : { ddlTargetTable: { projectId: project, datasetId: target.dataset, tableId: target.table } }),
        ...(target !== undefined && target.table === undefined
          ? { ddlTargetDataset: { projectId: project, datasetId: target.dataset } }
          : {}),
      },
    };
  }
}

const bindable = new Set<Statement["kind"]>([
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "MERGE",
  "CREATE_TABLE_AS_SELECT",
  "CREATE_VIEW",
]);

const plain = new Set<Statement["kind"]>([...bindable, "ASSERT", "CREATE_TABLE", "DROP_TABLE", "DROP_VIEW"]);

/**
 * One statement that makes nothing temporary leaves a session as it was, but for a small table of results, which the next SELECT
 * replaces. A large one is kept with its connection, or was in the way to a table.
 */
function sessionOf({ statements, configuration, user }: Query): Session {
  if (user !== undefined) return "own";
  const [only, ...others] = statements;
  const isPlain = only !== undefined && others.length === 0 && plain.has(only.kind) && !configuration.destinationTable;
  return isPlain && only.metadata?.temporary !== true ? "shared" : "own";
}

/** Definitions without a query are not bound ahead: DuckDB would not check more than running them does. */
function canBind({ kind, metadata }: Statement): boolean {
  return bindable.has(kind) && metadata?.temporary !== true;
}
