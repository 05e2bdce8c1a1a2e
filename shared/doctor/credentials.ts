import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import type { HttpAnswer } from "../connector/http.ts";
import type { Session } from "../connector/session.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import { type Finding, fails, note, works } from "./finding.ts";

/** What an API says of a token (protocols §1.5). Names and ids of people are not in it. */
const tokenInfoSchema = z.looseObject({
  active: z.boolean().default(true),
  namespace_prefixes: z.array(z.string()).default([]),
  education_organizations: z.array(z.unknown()).optional(),
  assigned_profiles: z.array(z.unknown()).default([]),
  claim_set: z.looseObject({ name: z.string() }).optional(),
  resources: z.array(z.looseObject({ resource: z.string(), operations: z.array(z.string()).default([]) })).optional(),
});

type TokenInfo = z.output<typeof tokenInfoSchema>;

/** What the API grants, by the path of a resource in lower case. */
export type Claims = ReadonlyMap<string, ReadonlySet<string>>;

export interface Credentials {
  readonly findings: readonly Finding[];
  /** False: nothing else can be asked with them. */
  readonly isAccepted: boolean;
  readonly claimSet: string | undefined;
  /** Undefined where the API does not tell. */
  readonly claims: Claims | undefined;
}

/** Why no token was given, and what to do. */
export function refusedCredentials(error: unknown, source: Source): Finding {
  if (error instanceof PermanentError) {
    const secret = `the secret "${source.secret}"`;
    return fails(
      "credentials",
      error.message,
      `Put the right key and secret into ${secret}. If they are right, ask the host whether the key is active, has not been given a new secret, and belongs to this address.`,
    );
  }
  if (error instanceof RetryableError) {
    const { status } = error.details;
    return status === 429
      ? fails(
          "credentials",
          `${error.message} (429)`,
          "Another program may be using the same key. Ask the host for a key of its own for Rollcall; this one works again when its tokens have expired (half an hour as a rule).",
        )
      : fails(
          "credentials",
          `${error.message}${status === undefined ? "" : ` (${status})`}`,
          "Run it again later; if it stays, ask the host to look at the API's token endpoint.",
        );
  }
  throw error;
}

function infoOf(answer: HttpAnswer): TokenInfo | undefined {
  if (answer.status !== 200) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return tokenInfoSchema.safeParse(value).data;
}

function infoFindings(info: TokenInfo): Finding[] {
  const organizations = info.education_organizations?.length;
  const findings = [
    works(
      "credentials",
      [
        "accepted",
        ...(info.claim_set ? [`claim set "${info.claim_set.name}"`] : []),
        ...(organizations === undefined
          ? []
          : [`${organizations} education organization${organizations === 1 ? "" : "s"}`]),
      ].join("; "),
    ),
  ];
  if (organizations === 0) {
    findings.push(
      note(
        "education organizations",
        "the key belongs to none, so most rows may be left out of every answer without a word",
        "Ask the host to assign the key to your local education agency.",
      ),
    );
  }
  if (info.assigned_profiles.length > 0) {
    findings.push(
      note(
        "profiles",
        `${info.assigned_profiles.length} profiles are assigned to the key; they may leave out members of records, or refuse requests`,
        "Ask the host for a key without profiles.",
      ),
    );
  }
  return findings;
}

/** Tries the credentials, and asks the API what they may do where it tells. */
export async function examineCredentials(source: Source, { auth }: Connector, session: Session): Promise<Credentials> {
  const accepted = (findings: readonly Finding[]): Credentials => ({
    findings,
    isAccepted: true,
    claimSet: undefined,
    claims: undefined,
  });
  // Other ways of authentication show only when something is read.
  if (auth.type !== "oauth2_client_credentials") return accepted([]);
  const [url] = (auth.introspection_urls ?? []).flatMap((template) => session.address(template) ?? []);
  if (url === undefined) return accepted([]);
  let answer: HttpAnswer;
  try {
    answer = await session.ask((token = "") => ({ method: "POST", url, form: { token } }));
  } catch (error) {
    return { ...accepted([refusedCredentials(error, source)]), isAccepted: false };
  }
  const info = infoOf(answer);
  if (!info) {
    const text = `accepted; the API does not tell what they may do (token_info answered ${answer.status}), so it is tried`;
    return accepted([works("credentials", text)]);
  }
  if (!info.active) {
    const finding = fails(
      "credentials",
      "the API gave a token and calls it inactive",
      "Ask the host whether the key has been revoked or has expired.",
    );
    return { ...accepted([finding]), isAccepted: false };
  }
  return {
    ...accepted(infoFindings(info)),
    claimSet: info.claim_set?.name,
    claims:
      info.resources &&
      new Map(
        info.resources.map(({ resource, operations }) => [
          resource.replace(/^\//, "").toLowerCase(),
          new Set(operations.map((operation) => operation.toLowerCase())),
        ]),
      ),
  };
}
