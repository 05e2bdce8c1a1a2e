import * as z from "zod";
import { PermanentError } from "../../shared/errors.ts";

const severities = ["info", "low", "moderate", "high", "critical"] as const;

const advisorySchema = z.looseObject({
  url: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  name: z.string(),
  range: z.string().default(""),
});

/** The report of `npm audit --json`, as far as it is looked at. A text under `via` names another package of the list. */
const reportSchema = z.looseObject({
  vulnerabilities: z.record(z.string(), z.looseObject({ via: z.array(z.union([z.string(), advisorySchema])) })),
});

/** What is known and does not concern us: each with its reason, and a day on which it is looked at again. */
export const exceptionsSchema = z.strictObject({
  exceptions: z.array(
    z.strictObject({
      /** GHSA-xxxx-xxxx-xxxx */
      advisory: z.string().regex(/^GHSA(-[0-9a-z]{4}){3}$/),
      reason: z.string().min(20),
      until: z.iso.date(),
    }),
  ),
});

export type Exceptions = z.infer<typeof exceptionsSchema>["exceptions"];

/** What an audit found. */
export interface Verdict {
  /** Advisories that stop a build, a line each. */
  readonly open: readonly string[];
  /** Advisories that an exception covers. */
  readonly excepted: readonly string[];
  /** Exceptions that nothing needs any more. */
  readonly unneeded: readonly string[];
}

/** Advisories from this severity on stop a build. */
const stopping = severities.indexOf("high");

function idOf(url: string): string {
  return /GHSA(-[0-9a-z]{4}){3}/.exec(url)?.[0] ?? url;
}

/**
 * Judges a report against the exceptions.
 * @param today `YYYY-MM-DD`; an exception counts to the end of its last day
 * @throws PermanentError when it is no report: the registry did not answer
 */
export function judge(report: unknown, exceptions: Exceptions, today: string): Verdict {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) {
    throw new PermanentError(
      "The registry gave no audit. Not every registry has one: ask npm's own, with npm_config_registry=https://registry.npmjs.org",
    );
  }
  const found = new Map<string, z.infer<typeof advisorySchema>>();
  for (const { via } of Object.values(parsed.data.vulnerabilities)) {
    for (const cause of via) if (typeof cause !== "string") found.set(idOf(cause.url), cause);
  }
  const valid = new Set(exceptions.filter(({ until }) => until >= today).map(({ advisory }) => advisory));
  const serious = [...found].filter(([, { severity }]) => severities.indexOf(severity) >= stopping);
  const line = ([id, { name, range, severity, title, url }]: (typeof serious)[number]): string =>
    `${id} ${name} ${range} (${severity}): ${title} ${url}`;
  return {
    open: serious.filter(([id]) => !valid.has(id)).map(line),
    excepted: serious.filter(([id]) => valid.has(id)).map(line),
    unneeded: exceptions.map(({ advisory }) => advisory).filter((advisory) => !found.has(advisory)),
  };
}
