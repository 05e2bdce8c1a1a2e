import { existsSync, readFileSync } from "node:fs";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import type { Home } from "./home.ts";

/**
 * What takes gradebooks of data standard 4 and later. They stand empty where they are wanted: Grand Bend's own entries are of an older
 * standard, which names them by title and day, and one API cannot have both.
 */
const gradebooks = [
  "gradebookEntries",
  "studentGradebookEntries",
  "submissionStatusDescriptors",
  "assignmentLateStatusDescriptors",
];

type Served = Pick<SandboxOptions, "stateFile" | "lmsx" | "empty" | "dataStandard">;

/** What is wanted of the sandbox Ed-Fi besides Grand Bend's own data. */
export interface Wanted {
  readonly lmsx: boolean;
  readonly gradebooks: boolean;
}

/** How the sandbox Ed-Fi of a home is served: as it is wanted, and so that the changes made earlier, which the home keeps, fit it. */
export function keptSandbox({ sandboxFile }: Home, wanted: Wanted): Served {
  const changes = existsSync(sandboxFile) ? readFileSync(sandboxFile, "utf8") : "";
  const hasGradebooks = wanted.gradebooks || changes.includes("gradebookEntryIdentifier");
  return {
    stateFile: sandboxFile,
    lmsx: wanted.lmsx || changes.includes('"lmsx/'),
    ...(hasGradebooks ? { empty: gradebooks, dataStandard: 4 } : {}),
  };
}
