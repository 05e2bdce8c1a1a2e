import { Command } from "commander";
import { processVariables } from "../../shared/config/environment.ts";
import { openLocalSecrets } from "../../shared/config/local-secrets.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import type { SessionPorts } from "../../shared/connector/session.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { type Examination, examine } from "../../shared/doctor/examine.ts";
import type { Finding } from "../../shared/doctor/finding.ts";
import { openSecretManager } from "../../shared/google/secrets.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { SecretStore } from "../../shared/ports/secret-store.ts";
import { callersCredentials } from "../cloud/credentials.ts";
import { exitCodes } from "../exit.ts";
import { openHome } from "../local/home.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { type Configuration, readConfiguration, selectTargets } from "../local/targets.ts";
import { listOf, schoolYear } from "../options.ts";
import { toJson } from "../output/rows.ts";
import { deploymentSources, projectId } from "./deployment.ts";

interface DoctorOptions {
  readonly project?: string;
  readonly sources?: string;
  readonly source?: string[];
  readonly endpoint?: string[];
  readonly schoolYear?: number[];
  readonly json: boolean;
}

/** What is tried again is no news here: what stays is told as a finding. */
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The credentials of sources are this machine's, or those that a project's functions use. */
async function openSecrets(project: string | undefined): Promise<SecretStore> {
  if (project === undefined) return openLocalSecrets(openHome().secretsFile, processVariables());
  return openSecretManager({ projectId: project, clock: systemClock, credentials: await callersCredentials() });
}

async function openSessionPorts(project: string | undefined): Promise<SessionPorts> {
  return {
    http: createHttpClient({ userAgent: "rollcall" }),
    secrets: await openSecrets(project),
    tokens: new TokenCache(),
    clock: systemClock,
    log: silent,
  };
}

/** The newest year is looked at in full; of the others, which the same key reads, whether they are there. */
async function examineSource(
  configuration: Configuration,
  id: string,
  endpoints: readonly string[],
  years: readonly number[],
  ports: SessionPorts,
  tell: (examination: Examination) => void,
): Promise<void> {
  const source = configuration.sources.sources.find((candidate) => candidate.id === id);
  const connector = source && configuration.connectors.get(source.connector);
  if (!source || !connector) return;
  const [newest, ...others] = [...years].sort((a, b) => b - a);
  if (newest === undefined) return;
  const inFull = await examine(source, connector, newest, ports, endpoints);
  tell(inFull);
  const readable = inFull.endpoints.find(({ read }) => read === "yes")?.endpoint ?? endpoints[0];
  for (const year of others) tell(await examine(source, connector, year, ports, readable ? [readable] : []));
}

const marks: Record<Finding["status"], string> = { works: "works", note: "note ", fails: "FAILS" };

function examinationText({ source, schoolYear: year, requests, findings }: Examination): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return [
    `${source}${year ? `, school year ${year}` : ""} (${requests} requests)`,
    ...findings.flatMap(({ check, status, text, remedy }) => [
      `  ${marks[status]}  ${check.padEnd(width)}  ${text}`,
      ...(remedy ? [`         ${" ".repeat(width)}  → ${remedy}`] : []),
    ]),
  ].join("\n");
}

function asJson({ source, schoolYear: year, requests, findings, endpoints }: Examination) {
  return {
    source,
    school_year: year,
    requests,
    findings,
    endpoints: endpoints.map(({ endpoint, path, read, readChanges, said }) => ({
      endpoint,
      path,
      read,
      read_changes: readChanges,
      ...(said === undefined ? {} : { said }),
    })),
  };
}

/** `rollcall doctor` */
export function doctorCommand(setExitCode: (code: number) => void): Command {
  return new Command("doctor")
    .description("Try what a run needs of each source, and say what to ask the host for where it does not work")
    .option(
      "--project <id>",
      "with the secrets of this Google Cloud project, read with your own credentials",
      projectId,
    )
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--source <id>", "only this source; may be repeated", listOf(String))
    .option("--endpoint <name>", "only this endpoint; may be repeated", listOf(String))
    .option("--school-year <year>", "only this school year; may be repeated", listOf(schoolYear))
    .option("--json", "print it as JSON, with what may be done with each endpoint", false)
    .addHelpText(
      "after",
      "\nReads one record of each endpoint at most and keeps none; never more requests at once than the source's concurrency." +
        "\nExit codes: 0 all works, 1 something does not, 2 wrong options or files.",
    )
    .action(async ({ project, sources, source, endpoint, schoolYear: years, json }: DoctorOptions) => {
      const place = project === undefined ? {} : { project };
      const configuration = readConfiguration(deploymentSources(sources, place));
      const targets = selectTargets(configuration, { source, endpoint, schoolYear: years });
      offerSandboxSecret();
      const ports = await openSessionPorts(project);
      const told: Examination[] = [];
      const tell = (examination: Examination): void => {
        told.push(examination);
        if (!json) process.stdout.write(`${told.length > 1 ? "\n" : ""}${examinationText(examination)}\n`);
      };
      for (const id of new Set(targets.map((target) => target.source))) {
        const own = targets.filter((target) => target.source === id);
        const chosen = [...new Set(own.map((target) => target.endpoint))];
        const ownYears = [...new Set(own.map((target) => target.schoolYear))];
        await examineSource(configuration, id, chosen, ownYears, ports, tell);
      }
      if (json) process.stdout.write(`${toJson(told.map(asJson), 2)}\n`);
      const isWell = told.every(({ findings }) => findings.every(({ status }) => status !== "fails"));
      setExitCode(isWell ? exitCodes.ok : exitCodes.failed);
    });
}
