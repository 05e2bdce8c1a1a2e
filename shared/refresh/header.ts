import { LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { problemsOf } from "../config/problems.ts";
import { canonicalType, isGroupable } from "./column-type.ts";
import { type Layout, parsePartition, partitionProblem } from "./layout.ts";

const columnName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,299}$/, "is no column name");
const severity = z.enum(["error", "warn"]).default("error");
const text = z.string().trim().min(1, "is empty");
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const typeSchema = text.transform((value, context) => {
  try {
    return canonicalType(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    context.addIssue({ code: "custom", message: `"${value}" is not a type: ${error.message}` });
    return z.NEVER;
  }
});

const notNull = z.strictObject({ columns: z.array(columnName).min(1), severity });
const kinds = {
  not_null: z.preprocess((value) => (Array.isArray(value) ? { columns: value } : value), notNull),
  /** Each value of the column is found in another model. */
  relationship: z.strictObject({
    column: columnName,
    to: z.string().regex(/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/i, "write it as dataset.table"),
    /** Its column there; the same name, or the single column of its key, when left out. */
    to_column: columnName.optional(),
    /** Smallest share of the values (those that are not null) that must be found. */
    min_match: z.number().min(0).max(1).default(1),
    severity,
  }),
  accepted_values: z.strictObject({ column: columnName, values: z.array(scalar).min(1), severity }),
  range: z
    .strictObject({ column: columnName, min: scalar.optional(), max: scalar.optional(), severity })
    .refine((range) => range.min !== undefined || range.max !== undefined, "needs a min or a max"),
  /** True for each row, or null where the question does not arise. */
  expression: z.strictObject({ name: z.string().regex(/^[a-z0-9_]+$/, "use a-z, 0-9 and _"), sql: text, severity }),
  /** Rows that are equal in `by` have no day in common; a span without an end goes on for ever. */
  no_overlap: z.strictObject({
    by: z.array(columnName).min(1),
    from: columnName,
    to: columnName,
    severity,
  }),
  /** A total of the rows equals a total of other tables, such as the rows that went into it. */
  equal_total: z.strictObject({
    name: z.string().regex(/^[a-z0-9_]+$/, "use a-z, 0-9 and _"),
    /** An aggregate over the rows. */
    sql: text,
    /** A SELECT of one number. */
    to: text,
    severity,
  }),
  /** A build may not lose more rows than this; 0 for models that shrink when all is well, such as lists of findings. */
  volume: z.strictObject({ min_share: z.number().min(0).max(1), severity }),
};
const testSchema = z
  .strictObject({
    not_null: kinds.not_null.optional(),
    relationship: kinds.relationship.optional(),
    accepted_values: kinds.accepted_values.optional(),
    range: kinds.range.optional(),
    expression: kinds.expression.optional(),
    no_overlap: kinds.no_overlap.optional(),
    equal_total: kinds.equal_total.optional(),
    volume: kinds.volume.optional(),
  })
  .refine((test) => Object.keys(test).length === 1, "name one kind of test per entry");

/** Makes the rows of a model payloads of an API: which pipeline they belong to, and which collection takes them. */
const deliverSchema = z.strictObject({
  pipeline: z.string().regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "use a-z, 0-9 and single _"),
  resource: z.string().regex(/^\/[a-z][A-Za-z0-9-]*\/[a-z][A-Za-z0-9]*$/, "write it as /ed-fi/studentAssessments"),
});

const headerSchema = z.strictObject({
  description: text,
  materialize: z.enum(["table", "view"]).default("table"),
  key: z.array(columnName).min(1),
  partition: text.optional(),
  cluster: z.array(columnName).min(1).max(4, "BigQuery clusters by 4 columns at most").optional(),
  /** What the dataset `restricted` shows of it; left out, the rows about students whom the reader may see. */
  access: z.enum(["everyone", "nobody"]).optional(),
  columns: z
    .record(
      columnName,
      z.strictObject({ type: typeSchema, description: text.optional(), pii: z.boolean().default(false) }),
    )
    .refine((columns) => Object.keys(columns).length > 0, "lists no column"),
  tests: z.array(testSchema).default([]),
  deliver: deliverSchema.optional(),
  /** Inputs that are empty where nothing is read that they are made of; with none of them there the model is left out. */
  optional: z.array(z.string()).min(1).optional(),
});

type Written = z.output<typeof headerSchema>;

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly description: string | undefined;
  readonly pii: boolean;
}

export type WrittenTest = z.output<typeof testSchema>;
export type Deliver = z.output<typeof deliverSchema>;

/** What a model's header says, checked. */
export interface Header {
  readonly description: string;
  readonly layout: Layout;
  readonly key: readonly string[];
  /** Who sees it in the dataset `restricted`: everyone, nobody, or who may see the students that its rows are about. */
  readonly access?: "everyone" | "nobody";
  readonly columns: readonly Column[];
  readonly tests: readonly WrittenTest[];
  /** Where its rows are sent; undefined for a model that is there to be read. */
  readonly deliver?: Deliver;
  /** Inputs that may be missing: they are empty then (docs/decisions, models of unused connectors). */
  readonly optional?: readonly string[];
}

/** A header, or all that is wrong with it: `path: mistake`. */
export type ParsedHeader = { readonly header: Header } | { readonly problems: readonly string[] };

/** Reads the YAML of a header and checks it in itself. */
export function parseHeader(yaml: string): ParsedHeader {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    // The header begins on the second line of the file.
    return {
      problems: document.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line + 1}: ${message}`),
    };
  }
  const parsed = headerSchema.safeParse(document.toJS());
  if (!parsed.success) return { problems: problemsOf(parsed.error) };
  const problems = crossCheck(parsed.data);
  return problems.length > 0 ? { problems } : { header: headerOf(parsed.data) };
}

function headerOf(written: Written): Header {
  const { materialize, partition, cluster = [], access } = written;
  return {
    description: written.description,
    layout: { materialize, partition: partition === undefined ? undefined : parsePartition(partition), cluster },
    key: written.key,
    ...(access === undefined ? {} : { access }),
    columns: Object.entries(written.columns).map(([name, { type, description, pii }]) => ({
      name,
      type,
      description,
      pii,
    })),
    tests: written.tests,
    ...(written.deliver ? { deliver: written.deliver } : {}),
    ...(written.optional ? { optional: written.optional } : {}),
  };
}

/** What every model whose rows are delivered has (docs/contracts.md). */
const payloadColumns = { source_id: "STRING", school_year: "INT64", record_key: "STRING", payload: "JSON" } as const;
const payloadKey = ["record_key", "school_year", "source_id"];

function deliverProblems({ materialize, key }: Written, types: ReadonlyMap<string, string>): string[] {
  const problems = Object.entries(payloadColumns)
    .filter(([name, type]) => types.get(name) !== type)
    .map(([name, type]) => `deliver: columns needs ${name} of type ${type}`);
  if ([...key].sort().join() !== payloadKey.join()) {
    problems.push("deliver: key must be [source_id, school_year, record_key]");
  }
  if (materialize === "view") problems.push("deliver: materialize must be table, for what was tested is what is sent");
  return problems;
}

function crossCheck(written: Written): string[] {
  const { materialize, key, partition, cluster = [], columns, tests } = written;
  const types = new Map(Object.entries(columns).map(([name, { type }]) => [name, type]));
  const problems: string[] = [];
  const known = (path: string, names: readonly string[]): void => {
    names.forEach((name, index) => {
      if (!types.has(name)) problems.push(`${path}.${index}: columns has no ${name}`);
    });
  };
  known("key", key);
  known("cluster", cluster);
  key.forEach((name, index) => {
    const type = types.get(name);
    if (type && !isGroupable(type)) problems.push(`key.${index}: ${name} is ${type}, which cannot be compared`);
  });
  cluster.forEach((name, index) => {
    const type = types.get(name);
    if (type && (!isGroupable(type) || type === "TIME")) {
      problems.push(`cluster.${index}: ${name} is ${type}, by which BigQuery does not cluster`);
    }
  });
  if (materialize === "view" && (partition !== undefined || cluster.length > 0)) {
    problems.push("materialize: a view has neither partition nor cluster");
  }
  if (written.deliver) problems.push(...deliverProblems(written, types));
  const wrong = partition === undefined ? undefined : partitionProblem(partition, types);
  if (wrong !== undefined) problems.push(`partition: ${wrong}`);
  tests.forEach((test, index) => {
    for (const [kind, { columns: names, path }] of Object.entries(columnsOfTest(test))) {
      names.forEach((name, position) => {
        if (!types.has(name)) problems.push(`tests.${index}.${kind}.${path(position)}: columns has no ${name}`);
      });
    }
  });
  for (const [index, { no_overlap: spans }] of tests.entries()) {
    for (const end of spans ? (["from", "to"] as const) : []) {
      const name = spans?.[end] ?? "";
      const type = types.get(name);
      if (type && type !== "DATE") problems.push(`tests.${index}.no_overlap.${end}: ${name} is ${type}, not DATE`);
    }
  }
  const names = tests.flatMap((test) => test.expression?.name ?? test.equal_total?.name ?? []);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) problems.push(`tests: two expressions or totals are called ${name}`);
  });
  if (tests.filter((test) => test.volume).length > 1) problems.push("tests: volume is given twice");
  return problems;
}

interface NamedColumns {
  readonly columns: readonly string[];
  readonly path: (position: number) => string;
}

function columnsOfTest(test: WrittenTest): Record<string, NamedColumns> {
  const { not_null, relationship, accepted_values, range, no_overlap } = test;
  const single = { relationship, accepted_values, range };
  const found: Record<string, NamedColumns> = {};
  if (not_null) found.not_null = { columns: not_null.columns, path: (position) => `columns.${position}` };
  if (no_overlap) {
    const { by, from, to } = no_overlap;
    const ends = ["from", "to"];
    found.no_overlap = {
      columns: [...by, from, to],
      path: (position) => ends[position - by.length] ?? `by.${position}`,
    };
  }
  for (const [kind, value] of Object.entries(single)) {
    if (value) found[kind] = { columns: [value.column], path: () => "column" };
  }
  return found;
}
