import { readFileSync } from "node:fs";
import * as z from "zod";
import { isDescriptor } from "./natural-keys.ts";

/** What a record may hold under a name. */
export interface Member {
  /** `string`, `integer`, `number`, `boolean`, `object` or `array`. */
  readonly type: string;
  /** `date`, `date-time`, `int32`, `int64`, `double`. */
  readonly format?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly required?: boolean | undefined;
  /** Whether it is part of the natural key; in a collection, of what tells its items apart. */
  readonly identity?: boolean | undefined;
  /** Of an object, or of each item of a list. */
  readonly members?: Members | undefined;
}

export type Members = Readonly<{ [name: string]: Member }>;

const memberSchema: z.ZodType<Member> = z.strictObject({
  type: z.string(),
  format: z.string().optional(),
  maxLength: z.int().optional(),
  required: z.boolean().optional(),
  identity: z.boolean().optional(),
  get members() {
    return z.record(z.string(), memberSchema).optional();
  },
});
const tableSchema = z.record(
  z.string(),
  z.array(z.strictObject({ since: z.int(), members: z.record(z.string(), memberSchema) })),
);

const code = (maxLength: number, rest: Partial<Member> = {}): Member => ({ type: "string", maxLength, ...rest });
const day: Member = { type: "string", format: "date" };

/** All descriptors have one shape, which no resource document tells. */
const descriptor: Members = {
  namespace: code(255, { required: true, identity: true }),
  codeValue: code(50, { required: true, identity: true }),
  shortDescription: code(75, { required: true }),
  description: code(1024),
  effectiveBeginDate: day,
  effectiveEndDate: day,
  priorDescriptorId: { type: "integer", format: "int32" },
};

let table: z.infer<typeof tableSchema> | undefined;

/** The members of a resource's records in a data standard; undefined for a resource of which the sandbox knows no more than its key. */
export function membersOf(resource: string, standard: number): Members | undefined {
  if (isDescriptor(resource)) {
    return descriptor;
  }
  table ??= tableSchema.parse(JSON.parse(readFileSync(new URL("./members.json", import.meta.url), "utf8")));
  const versions = table[resource] ?? [];
  return (versions.findLast(({ since }) => since <= standard) ?? versions[0])?.members;
}
