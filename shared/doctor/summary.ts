import { type EndpointAccess, type Finding, fails, note, works } from "./finding.ts";

function pathsOf(endpoints: readonly EndpointAccess[]): string {
  return endpoints.map(({ path }) => path).join(", ");
}

function counted(endpoints: readonly EndpointAccess[]): string {
  return endpoints.length === 1 ? "1 endpoint" : `${endpoints.length} endpoints`;
}

/** What the API said of the first of them: one voice is enough to recognise the cause. */
function voice(endpoints: readonly EndpointAccess[]): string {
  const said = endpoints.find((endpoint) => endpoint.said !== undefined)?.said;
  return said === undefined ? "" : `. The source says: ${said}`;
}

function readFindings(endpoints: readonly EndpointAccess[], claimSet: string): Finding[] {
  const of = (access: EndpointAccess["read"]): EndpointAccess[] => endpoints.filter(({ read }) => read === access);
  const [readable, forbidden, missing, unclear] = [of("yes"), of("no"), of("not offered"), of("unknown")];
  const findings: Finding[] = [];
  if (readable.length > 0) findings.push(works("read", `${readable.length} of ${endpoints.length} endpoints`));
  if (forbidden.length > 0) {
    const remedy = `Ask the host: add to ${claimSet} the action Read on ${pathsOf(forbidden)}. What you do not want, list under exclude in the sources file.`;
    findings.push(fails("read", `${counted(forbidden)} may not be read${voice(forbidden)}`, remedy));
  }
  if (unclear.length > 0) {
    const remedy = `Run it again later; if it stays, ask the host to look at ${pathsOf(unclear)}.`;
    findings.push(fails("read", `${counted(unclear)} gave no clear answer${voice(unclear)}`, remedy));
  }
  if (missing.length > 0) {
    const text = `not offered by this data standard: ${counted(missing)} (${pathsOf(missing)})`;
    findings.push(note("read", text, "Nothing to do; list them under exclude in the sources file to silence this."));
  }
  return findings;
}

function deleteFindings(endpoints: readonly EndpointAccess[], claimSet: string): Finding[] {
  const asked = endpoints.filter(({ read, readChanges }) => read === "yes" && readChanges !== null);
  const readable = asked.filter(({ readChanges }) => readChanges === "yes");
  const forbidden = asked.filter(({ readChanges }) => readChanges === "no");
  const others = asked.filter(({ readChanges }) => readChanges === "unknown" || readChanges === "not offered");
  const findings: Finding[] = [];
  if (readable.length > 0) findings.push(works("deletes", `can be read of ${counted(readable)}`));
  if (forbidden.length > 0) {
    const remedy = `Ask the host: add to ${claimSet} the action ReadChanges on ${pathsOf(forbidden)}. Until then deleted records stay until a full run.`;
    findings.push(fails("deletes", `cannot be read of ${counted(forbidden)}${voice(forbidden)}`, remedy));
  }
  if (others.length > 0) {
    const remedy = `Ask the host to look at /deletes of ${pathsOf(others)}. Until then deleted records stay until a full run.`;
    findings.push(fails("deletes", `${counted(others)} gave no clear answer${voice(others)}`, remedy));
  }
  return findings;
}

/** What may be read and what not, in one finding for each remedy: what the host is asked for names every resource. */
export function summarizeAccess(
  endpoints: readonly EndpointAccess[],
  claimSet: string | undefined,
  hasChanges: boolean,
): Finding[] {
  const name = claimSet === undefined ? "the key's claim set" : `the claim set "${claimSet}"`;
  return [...readFindings(endpoints, name), ...(hasChanges ? deleteFindings(endpoints, name) : [])];
}
