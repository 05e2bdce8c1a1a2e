import * as z from "zod";
import type { Session } from "../connector/session.ts";
import { RetryableError } from "../errors.ts";
import { jsonIn } from "./json.ts";

/** Values that are remembered; a mapping has some dozens. */
const rememberedMax = 5000;
/** Of a collection that is looked through: how many at once, which every host allows, and how many pages at most. */
const pageSize = 100;
const pagesMax = 100;

const recordsSchema = z.array(z.looseObject({ namespace: z.string(), codeValue: z.string() }));
type Record = z.infer<typeof recordsSchema>[number];

const nameOf = ({ namespace, codeValue }: Record): string => `${namespace}#${codeValue}`.toLowerCase();

/** Which descriptors a target has. */
export class Descriptors {
  readonly #session: Session;
  readonly #collections: readonly string[];
  readonly #urlOf: (resource: string) => string;
  readonly #asked = new Map<string, Promise<boolean | undefined>>();
  /** Collections that were read whole, once a value was not found there as it is written; undefined where that cannot be. */
  readonly #read = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  /** @param collections everything that the target has, as `/ed-fi/gradeLevelDescriptors` */
  constructor(session: Session, collections: readonly string[], urlOf: (resource: string) => string) {
    this.#session = session;
    this.#collections = collections;
    this.#urlOf = urlOf;
  }

  /** @returns undefined when it cannot be told: then the target says so itself, or not */
  async has(value: string): Promise<boolean | undefined> {
    const key = value.toLowerCase();
    const asked = this.#asked.get(key) ?? this.#ask(value);
    if (this.#asked.size < rememberedMax) this.#asked.set(key, asked);
    return asked;
  }

  async #ask(value: string): Promise<boolean | undefined> {
    const at = value.indexOf("#");
    if (at < 0) return false;
    const collections = this.#collectionsOf(value.slice(0, at));
    if (collections.length === 0) return undefined;
    let isKnown = true;
    for (const collection of collections) {
      const found = await this.#isIn(collection, value.slice(0, at), value.slice(at + 1));
      if (found === true) return true;
      isKnown &&= found === false;
    }
    return isKnown ? false : undefined;
  }

  /**
   * The collections that may have a descriptor, as its namespace says: `uri://ed-fi.org/GradeLevelDescriptor#Ninth grade` and
   * `uri://ed-fi.org/edfilms/SubmissionStatusDescriptor/Canvas#graded`. An extension may have one of the same name.
   */
  #collectionsOf(namespace: string): readonly string[] {
    const name = namespace.split("/").findLast((part) => part.endsWith("Descriptor"));
    if (!name) return [];
    const ending = `/${name}s`.toLowerCase();
    return this.#collections.filter((resource) => resource.toLowerCase().endsWith(ending));
  }

  /** A record that names it may write it in other letters than the target, which does not mind; but its database may, when it is asked. */
  async #isIn(collection: string, namespace: string, codeValue: string): Promise<boolean | undefined> {
    const wanted = nameOf({ namespace, codeValue });
    const read = this.#read.get(collection);
    if (read === undefined) {
      const shown = await this.#get(collection, { namespace, codeValue, limit: "1" });
      if (shown?.some((record) => nameOf(record) === wanted)) return true;
    }
    const all = this.#read.get(collection) ?? this.#readAll(collection);
    this.#read.set(collection, all);
    return (await all)?.has(wanted);
  }

  async #readAll(collection: string): Promise<ReadonlySet<string> | undefined> {
    const names = new Set<string>();
    for (let page = 0; page < pagesMax; page += 1) {
      const shown = await this.#get(collection, { limit: String(pageSize), offset: String(page * pageSize) });
      if (!shown) return undefined;
      for (const record of shown) names.add(nameOf(record));
      if (shown.length < pageSize) return names;
    }
    return undefined;
  }

  /** What a collection shows; undefined when it does not. */
  async #get(collection: string, parameters: Readonly<{ [name: string]: string }>): Promise<Record[] | undefined> {
    try {
      const answer = await this.#session.get(this.#urlOf(collection), parameters);
      return recordsSchema.safeParse(answer.status === 200 ? jsonIn(answer.body) : undefined).data;
    } catch (error) {
      // What cannot be looked up is sent, and the target says what it thinks of it.
      if (error instanceof RetryableError || (error instanceof Error && error.name === "NoTurn")) return undefined;
      throw error;
    }
  }
}
