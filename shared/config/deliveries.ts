import * as z from "zod";

const idSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}$/, "use lower case letters, digits and dashes, 2 to 63 characters");

/** What models of sql/delivery/ find in ref.deliveries: docs/mappings.md says which pipeline reads what. */
const mappingSchema = z.strictObject({
  /** The Ed-Fi data standard of the target. */
  data_standard: z.union([z.literal(3), z.literal(4), z.literal(5), z.literal(6)]).default(5),
  /** Beginning of all namespaces that are written; the pipeline's own when left out. */
  namespace: z
    .string()
    .max(180)
    .regex(/^uri:\/\/[^\s'"#]+[^\s'"#/]$/, "write it as uri://www.nwea.org")
    .optional(),
  /** Which of the source's ids of a student is compared, and with which of the target. */
  student_id: z
    .string()
    .regex(/^[a-z][a-z_]*$/, "write it as the column, such as student_id")
    .optional(),
  target_student_id: z.enum(["student_unique_id", "state", "local"]).optional(),
  /** Whether a result keeps the id that its source gives it, or has one computed of what all of NWEA's ways tell. */
  result_ids: z.enum(["told", "computed"]).optional(),
  /** Everything goes into this school year of the target; into the year that a record belongs to when left out. */
  into_school_year: z.int().min(1990).max(2100).optional(),
  /** Whether a summer term belongs to the school year that ended or to the one that is coming. */
  summer_term: z.enum(["ended", "coming"]).default("ended"),
  /** Share of the students that must be found in the target before any result is sent. */
  min_match_rate: z.number().min(0).max(1).optional(),
});

export const deliverySchema = z.strictObject({
  id: idSchema,
  /** Which models are sent: those of sql/delivery/<pipeline>/. */
  pipeline: z.string().regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "use a-z, 0-9 and single _, as the folder is named"),
  /** The source whose rows are sent (column source_id). */
  from: z.string().min(1),
  /** Further sources whose rows are sent as those of `from`: NWEA's partner API beside the district's export. */
  also_from: z.array(z.string().min(1)).max(10).default([]),
  /** The source that is sent to. */
  to: z.string().min(1),
  /** Name of the JSON secret with credentials that may write; those that read are another client's. */
  secret: z.string().min(1),
  /** How records of the source become payloads. */
  mapping: mappingSchema.prefault({}),
  /** Requests at once, in all and per resource; the target's own concurrency bounds both. */
  concurrency: z.int().min(1).max(32).default(8),
  concurrency_per_resource: z.int().min(1).max(20).default(8),
  /** Beginnings of the namespaces that are this delivery's own: only records in them are ever deleted. */
  namespaces: z.array(z.string().regex(/^uri:\/\/\S+$/, "write it as uri://www.nwea.org")).default([]),
  /** A text that is longer than the target takes: the record is not sent, or the text is cut and ends in a hash of the whole. */
  too_long: z.enum(["reject", "cut"]).default("reject"),
  /** A run ends early when more than this share of its last requests failed. */
  failures_max_share: z.number().min(0.01).max(1).default(0.5),
  /** A run says so when a larger share of a resource's rows could not be matched with what the target has: students, sections. */
  unmatched_max_share: z.number().min(0).max(1).default(0.1),
  /** Records that were delivered and have no payload any more are deleted in the target; never when left out. */
  deletes: z
    .strictObject({
      /** No record is deleted when more than these would be, in number or as a share of what was delivered. */
      max: z.int().min(1).default(100),
      max_share: z.number().gt(0).max(1).default(0.05),
    })
    .optional(),
});

/** Payloads of one pipeline, from one source, into one target. */
export type Delivery = z.infer<typeof deliverySchema>;

/** The sources whose rows a delivery sends, that which they are sent as first. */
export function sourcesOf({ from, also_from: others }: Pick<Delivery, "from" | "also_from">): readonly string[] {
  return [from, ...others];
}

interface Named {
  readonly id: string;
  readonly connector: string;
}

/** What is wrong with the deliveries given the sources: `path: mistake`. */
export function deliveryProblems(deliveries: readonly Delivery[], sources: readonly Named[]): string[] {
  const problems: string[] = [];
  const known = `(there are: ${sources.map(({ id }) => id).join(", ")})`;
  const ids = deliveries.map(({ id }) => id);
  deliveries.forEach((delivery, index) => {
    const where = `deliveries.${index}`;
    if (delivery.also_from.length > 0 && delivery.mapping.result_ids === "told") {
      problems.push(`${where}.mapping.result_ids: sources that tell the same results tell other ids: write computed`);
    }
    if (ids.indexOf(delivery.id) !== index) problems.push(`${where}.id: "${delivery.id}" is used twice`);
    for (const end of ["from", "to"] as const) {
      const source = sources.find(({ id }) => id === delivery[end]);
      if (!source) problems.push(`${where}.${end}: there is no source "${delivery[end]}" ${known}`);
      else if (end === "to" && source.connector !== "edfi") {
        problems.push(
          `${where}.to: "${source.id}" is of the connector ${source.connector}; only edfi takes deliveries`,
        );
      }
    }
    for (const [place, id] of delivery.also_from.entries()) {
      const at = `${where}.also_from.${place}`;
      if (!sources.some((source) => source.id === id)) problems.push(`${at}: there is no source "${id}" ${known}`);
      else if (sourcesOf(delivery).indexOf(id) !== place + 1) problems.push(`${at}: "${id}" is named twice`);
    }
    if (delivery.deletes && delivery.namespaces.length === 0) {
      problems.push(`${where}.namespaces: name the namespaces that are your own, for deletes are limited to them`);
    }
    const twin = deliveries.findIndex((other) => sameWay(other, delivery));
    if (twin !== index) problems.push(`${where}: deliveries.${twin} has the same pipeline, from and to`);
  });
  return problems;
}

function sameWay(one: Delivery, other: Delivery): boolean {
  return one.pipeline === other.pipeline && one.from === other.from && one.to === other.to;
}
