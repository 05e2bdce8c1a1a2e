import * as z from "zod";
import { PermanentError } from "../errors.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/** A control object as read: its value, and the generation to write against ("0" when there is none). */
export interface Versioned<Value> {
  readonly value: Value | undefined;
  readonly generation: string;
}

/** Reads a control object. @throws PermanentError when it is not what this version of Rollcall writes */
export async function readJson<Schema extends z.ZodType>(
  store: ObjectStore,
  name: string,
  schema: Schema,
): Promise<Versioned<z.output<Schema>>> {
  const object = await store.read(name);
  if (!object) return { value: undefined, generation: "0" };
  let value: unknown;
  try {
    value = JSON.parse(object.body);
  } catch (cause) {
    throw new PermanentError(`The control object ${name} is not JSON`, { object: name }, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, generation: object.generation };
  throw new PermanentError(
    `The control object ${name} is not what this version writes: ${z.prettifyError(parsed.error)}`,
    { object: name },
  );
}

/** Writes a control object if it has not changed since it was read. @throws ConflictError */
export async function writeJson(store: ObjectStore, name: string, value: unknown, generation: string): Promise<string> {
  return store.write(name, `${JSON.stringify(value)}\n`, generation);
}
