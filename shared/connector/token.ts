import * as z from "zod";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { NoTurn } from "./gate.ts";
import type { Grant } from "./grant.ts";
import type { HttpAnswer, HttpClient } from "./http.ts";
import { retryAfterMs } from "./retry.ts";

/** A bearer token and when it should no longer be used. */
export interface Token {
  readonly value: string;
  readonly usableUntil: number;
}

const tokenAnswerSchema = z.looseObject({
  access_token: z.string().min(1),
  // Some servers send the seconds as a string; one that says nothing gets the shortest life that still works.
  expires_in: z.coerce.number().positive().catch(60).default(60),
});

/** Seconds before its end at which a token is renewed, so that no request is sent with one that dies on the way. */
const renewBeforeSeconds = 120;

export interface TokenRequest {
  readonly url: string;
  readonly grant: Grant;
  readonly timeoutMs: number;
}

function refusal(answer: HttpAnswer): PermanentError {
  return new PermanentError(
    "The source refused the credentials. Check the key and secret stored for it, and that they belong to this address.",
    { status: answer.status },
  );
}

/**
 * Asks for a token.
 * @throws PermanentError when the credentials are refused, RetryableError when the limit of live tokens is reached
 */
export async function requestToken(http: HttpClient, clock: Clock, request: TokenRequest): Promise<Token> {
  const { url, timeoutMs, grant } = request;
  const headers = { accept: "application/json", ...grant.headers };
  const answer = await http({ method: "POST", url, timeoutMs, headers, ...(grant.form ? { form: grant.form } : {}) });
  if (answer.status === 429 || answer.status >= 500) {
    throw new RetryableError("The source gives no token for now (too many live ones, or it is overloaded)", {
      status: answer.status,
      wait_ms: retryAfterMs(answer.headers, clock.now()),
    });
  }
  if (answer.status !== 200) throw refusal(answer);
  const parsed = tokenAnswerSchema.safeParse(safeJson(answer.body));
  if (!parsed.success)
    throw new RetryableError("The source's token endpoint answered something that is not a token", { status: 200 });
  const seconds = parsed.data.expires_in;
  const lifeMs = Math.max(seconds - renewBeforeSeconds, seconds / 2) * 1000;
  return { value: parsed.data.access_token, usableUntil: clock.now().getTime() + lifeMs };
}

function safeJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Tokens of this instance by client. One request at a time per client; a token refused is dropped only if it is still the one kept. */
export class TokenCache {
  readonly #tokens = new Map<string, Token>();
  readonly #requests = new Map<string, Promise<Token>>();
  readonly #refused = new Map<string, string>();

  /** @param request asks for a token other than the one that the source has refused */
  async get(client: string, clock: Clock, request: (refused: string | undefined) => Promise<Token>): Promise<Token> {
    const kept = this.#tokens.get(client);
    if (kept && kept.usableUntil > clock.now().getTime()) return kept;
    const running = this.#requests.get(client);
    if (running !== undefined)
      return running.catch((error: unknown) => {
        // The time of whoever asked was up; this one may have more.
        if (error instanceof NoTurn) return this.get(client, clock, request);
        throw error;
      });
    const started = request(this.#refused.get(client))
      .then((token) => {
        this.#tokens.set(client, token);
        return token;
      })
      .finally(() => this.#requests.delete(client));
    this.#requests.set(client, started);
    return started;
  }

  drop(client: string, refused: Token): void {
    if (this.#tokens.get(client)?.value !== refused.value) return;
    this.#tokens.delete(client);
    this.#refused.set(client, refused.value);
  }
}
