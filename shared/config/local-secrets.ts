import { readFileSync, statSync } from "node:fs";
import { parse } from "yaml";
import { PermanentError } from "../errors.ts";
import type { SecretStore } from "../ports/secret-store.ts";

/** Bits of a file's mode that let anyone but its owner at it. */
const othersMode = 0o077;

function variableOf(name: string): string {
  return `ROLLCALL_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

function readFile(file: string): Record<string, unknown> {
  let mode: number;
  try {
    mode = statSync(file).mode;
  } catch {
    return {};
  }
  if (process.platform !== "win32" && (mode & othersMode) !== 0) {
    throw new PermanentError(`${file} can be read by others. Its mode must be 0600: chmod 600 ${file}`, { path: file });
  }
  const value: unknown = parse(readFileSync(file, "utf8"));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Credentials on a laptop, the local twin of Secret Manager: the variable ROLLCALL_SECRET_<NAME> with a JSON object, else the entry
 * of that name in a YAML file of mode 0600.
 */
export function openLocalSecrets(file: string, variables: NodeJS.ProcessEnv): SecretStore {
  return {
    read: async (name) => {
      const variable = variableOf(name);
      const fromVariable = variables[variable];
      if (fromVariable) return fromVariable;
      const entry = readFile(file)[name];
      if (entry !== undefined) return typeof entry === "string" ? entry : JSON.stringify(entry);
      throw new PermanentError(
        `There is no secret "${name}". Set ${variable} to its JSON, or add it to ${file} (mode 0600).`,
        {
          secret_name: name,
        },
      );
    },
  };
}
