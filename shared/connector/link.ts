import { PermanentError } from "../errors.ts";
import { stepAlong } from "./trail.ts";
import type { Position } from "./walk.ts";

type LinkPosition = Extract<Position, { type: "link" }>;

/** One link: an address in angle brackets, then parameters whose values may be quoted and hold anything. */
const linkPattern = /<([^>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/g;
const relPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i;

/**
 * The address that a Link header gives for a relation (RFC 8288), as it stands there; undefined when it gives none. Addresses may hold commas
 * and semicolons, so the header cannot be split at them.
 */
export function linkOf(header: string, relation: string): string | undefined {
  for (const [, address, parameters = ""] of header.matchAll(linkPattern)) {
    const [, quoted, plain] = relPattern.exec(parameters) ?? [];
    const relations = (quoted ?? plain ?? "").toLowerCase().split(/\s+/);
    if (relations.includes(relation)) return address;
  }
  return undefined;
}

/**
 * Where a walk by links goes on: null when the answer names no next page, which alone is the end. A page may be short or empty.
 * @param from the address that was asked; a relative link is meant from there
 * @throws PermanentError for a link to another origin: the request that follows it carries the credentials
 */
export function nextLink(headers: Headers, position: LinkPosition, from: string): Position | null {
  const link = linkOf(headers.get("link") ?? "", "next");
  if (link === undefined) return null;
  const { origin, pathname } = new URL(from);
  const next = URL.canParse(link, from) ? new URL(link, from) : undefined;
  if (next?.origin !== origin) {
    throw new PermanentError(
      `The source names a next page at ${next?.origin ?? "an address that is none"}, but is configured at ${origin}. The credentials are not sent there. Check the url in the sources file`,
      { path: pathname },
    );
  }
  const trail = stepAlong(position.trail, next.href, pathname);
  return { type: "link", url: next.href, trail };
}
