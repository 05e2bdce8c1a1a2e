import { Command, InvalidArgumentError, Option } from "commander";
import { type ImitatedApi, imitatedApis } from "../../sandbox/imitated.ts";
import { type ProfileName, profileNames, startSandbox, type UrlMode, urlModes } from "../../sandbox/sandbox.ts";
import { openHome } from "../local/home.ts";
import { sandboxCredentials } from "../local/sandbox-secret.ts";
import { keptSandbox } from "../local/sandbox-state.ts";

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return number;
}

interface SandboxOptions {
  readonly source: string;
  readonly data?: string[];
  readonly size?: "S" | "M" | "L";
  readonly profile: ProfileName;
  readonly urlMode?: UrlMode;
  readonly port?: number;
  readonly lmsx: boolean;
  readonly forget: boolean;
}

/** Folders by school year from `2011=DIR` or just `DIR` (which serves 2011); several for one year lie over each other. */
function foldersOf(given: readonly string[] | undefined): Record<number, string[]> | undefined {
  if (!given) return undefined;
  const folders: Record<number, string[]> = {};
  for (const item of given) {
    const match = /^(\d{4})=(.+)$/.exec(item);
    const year = match ? Number(match[1]) : 2011;
    folders[year] = [...(folders[year] ?? []), match?.[2] ?? item];
  }
  return folders;
}

async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

/** The usual port of each API: they may all run at once. */
const ports: Readonly<Record<string, number>> = { edfi: 8765, isams: 8766, canvas: 8767, nwea: 8768, forms: 8769 };

/** Serves one of the APIs beside Ed-Fi's. What is changed in them is forgotten when they stop. */
async function serveImitated(source: string, start: (port: number) => Promise<ImitatedApi>, port: number) {
  const api = await start(port);
  process.stdout.write(
    `Sandbox ${source} API at ${api.url}\nsecret ${JSON.stringify(api.secret)}\n` +
      `Change its data: POST ${api.url}/sandbox/changes (docs/sandbox.md). Stop it with Ctrl-C.\n`,
  );
  await untilStopped();
  await api.close();
}

/** `rollcall sandbox` */
export function sandboxCommand(): Command {
  return new Command("sandbox")
    .description("Serve a sandbox API alone, until Ctrl-C")
    .addOption(
      new Option("--source <connector>", "which API; the options below but --port are for edfi")
        .choices(["edfi", ...Object.keys(imitatedApis)])
        .default("edfi"),
    )
    .option(
      "--data <folder>",
      "folder of <resource>.jsonl[.gz], or 2012=FOLDER for a school year; may be repeated",
      (text, list: string[] = []) => [...list, text],
    )
    .addOption(
      new Option("--size <size>", "a made-up district of 1 k, 100 k or 5 M rows instead").choices(["S", "M", "L"]),
    )
    .addOption(new Option("--profile <profile>", "which API it imitates").choices(profileNames).default("ods-7.3"))
    .addOption(new Option("--url-mode <mode>", "how its addresses are divided").choices(urlModes))
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one (default: 8765 and up, by source)", port)
    .option("--lmsx", "with the LMSX extension: assignments and their submissions, which can be written to", false)
    .option("--forget", "start from the data as published, without the changes made earlier", false)
    .action(async (options: SandboxOptions) => {
      const usualPort = options.port ?? ports[options.source] ?? 0;
      const imitated = imitatedApis[options.source];
      if (imitated) return await serveImitated(options.source, imitated, usualPort);
      const data = foldersOf(options.data);
      const home = openHome();
      const sandbox = await startSandbox({
        ...sandboxCredentials,
        profile: options.profile,
        port: usualPort,
        ...(options.urlMode ? { urlMode: options.urlMode } : {}),
        ...(options.size ? { size: options.size } : {}),
        ...(data ? { data } : {}),
        ...(options.lmsx ? { lmsx: true, claims: { "*": { create: true, update: true, delete: true } } } : {}),
        ...(options.forget || data || options.size ? {} : keptSandbox(home, { lmsx: options.lmsx, gradebooks: false })),
      });
      process.stdout.write(
        `Sandbox Ed-Fi API (${options.profile}) at ${sandbox.url}\nkey ${sandbox.key}, secret ${sandbox.secret}\n` +
          `Change its data: POST ${sandbox.url}/sandbox/changes (docs/sandbox.md). Stop it with Ctrl-C.\n`,
      );
      await untilStopped();
      await sandbox.close();
    });
}
