import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import * as z from "zod";
import { writeJson } from "../control/json-object.ts";
import { objectNames } from "../control/place.ts";
import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Token } from "./token.ts";

/**
 * Tokens that instances share. An Ed-Fi host lets a key have about 15 live ones, each for half an hour; were every instance that comes and goes
 * to ask for its own, a night would use them up. A token lies in control sealed with a key that only the source's secret gives: who can read
 * it can have one anyway.
 */

const kept = z.object({
  v: z.literal(1),
  /** The token, sealed; null while somebody asks for it. */
  sealed: z.string().nullable(),
  usable_until: z.int(),
  /** Until when whoever asks for a token has the others wait for it. */
  asking_until: z.int(),
});

type Kept = z.infer<typeof kept>;

/** The client whose tokens these are: where it asks, and with what. */
export interface TokenClient {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
}

/** How long whoever asks may take before another asks too. */
const askingMs = 15_000;
/** How long, and how often, the others wait before they look again. */
const lookAgainMs = 250;
const looksMax = 60;

function derived({ url, key, secret }: TokenClient, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, `${url} ${key}`, `rollcall token ${purpose}`, bytes));
}

/** A name for the tokens of a client, which tells nothing of its secret. */
export function tokenName(client: TokenClient): string {
  return derived(client, "name", 12).toString("hex");
}

function seal(token: string, client: TokenClient): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", derived(client, "seal", 32), nonce);
  const text = Buffer.concat([cipher.update(token, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
}

/** The token in a sealed text; undefined when it was not sealed for this client. */
function unseal(sealed: string, client: TokenClient): string | undefined {
  const bytes = Buffer.from(sealed, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", derived(client, "seal", 32), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** What is kept; nothing when nobody can read it: a token can always be had anew. */
function parse(body: string | undefined): Kept | undefined {
  try {
    return kept.safeParse(JSON.parse(body ?? "null")).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes what is kept, unless somebody else has meanwhile. @returns its generation, or undefined */
async function put(control: ObjectStore, name: string, value: Kept, generation: string): Promise<string | undefined> {
  try {
    return await writeJson(control, name, value, generation);
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

/**
 * The token that the instances share, or a new one, for which one of them asks while the others wait.
 * @param refused a token that the source has refused: if it is the one that is kept, a new one is asked for
 */
export async function sharedToken(
  control: ObjectStore,
  clock: Clock,
  client: TokenClient,
  request: () => Promise<Token>,
  refused?: string,
): Promise<Token> {
  const name = objectNames.token(tokenName(client));
  const nothing: Kept = { v: 1, sealed: null, usable_until: 0, asking_until: 0 };
  for (let look = 0; look < looksMax; look += 1) {
    const object = await control.read(name);
    const found = parse(object?.body) ?? nothing;
    const now = clock.now().getTime();
    const value = found.sealed === null || found.usable_until <= now ? undefined : unseal(found.sealed, client);
    if (value !== undefined && value !== refused) return { value, usableUntil: found.usable_until };
    if (found.asking_until > now) {
      await clock.sleep(lookAgainMs);
      continue;
    }
    const asking = { ...nothing, asking_until: now + askingMs };
    const generation = await put(control, name, asking, object?.generation ?? "0");
    if (generation === undefined) continue;
    try {
      const token = await request();
      await put(
        control,
        name,
        { ...nothing, sealed: seal(token.value, client), usable_until: Math.floor(token.usableUntil) },
        generation,
      );
      return token;
    } catch (error) {
      // The others need not wait for one that failed.
      await put(control, name, nothing, generation);
      throw error;
    }
  }
  // Whoever asks takes too long, or is gone.
  return request();
}
