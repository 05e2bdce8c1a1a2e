import { isIPv4, isIPv6 } from "node:net";

/** Names by which the metadata server of Google Cloud answers: it gives tokens of the function's own identity. */
const metadataNames = new Set(["metadata", "metadata.google.internal", "metadata.goog"]);

/** The host of an address as Node will ask it: IPv4 in any spelling is four numbers by now, IPv6 has no brackets. */
function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** The IPv4 address inside an IPv6 one (::ffff:a9fe:a9fe), else the host as it is. */
function unmapped(host: string): string {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (!mapped) return host;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function isLinkLocal(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("169.254.") || host.startsWith("0.");
  return (
    isIPv6(host) && (/^fe[89ab]/.test(host) || host === "::" || host === "fd00:ec2::254" || host === "fd20:ce::254")
  );
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host === "::1") return true;
  return isIPv4(host) && host.startsWith("127.");
}

/**
 * Why an address that a source tells of itself is not asked; undefined when it may be. A source may well be at several hosts, and in a private
 * network; but no source is at the machine that asks, unless it is configured there, and none may have its credentials sent in clear.
 * @param source the address in the sources file, which a person has chosen
 */
export function whyNotAsked(address: string, source: string): string | undefined {
  if (!URL.canParse(address)) return "it is none";
  const [asked, own] = [new URL(address), new URL(source)];
  if (asked.protocol !== "https:" && asked.protocol !== "http:") return "it is neither http: nor https:";
  if (asked.username !== "" || asked.password !== "") return "it has credentials of its own";
  if (own.protocol === "https:" && asked.protocol === "http:") return "it is http:, and the source is asked by https:";
  const host = unmapped(hostOf(asked));
  if (metadataNames.has(host) || isLinkLocal(host)) return "it is of the machine that asks, not of a source";
  if (isLoopback(host) && !isLoopback(unmapped(hostOf(own)))) return "it is of the machine that asks, not of a source";
  return undefined;
}
