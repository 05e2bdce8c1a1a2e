import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { scratchFolder } from "../scratch-folder.ts";
import { answerOf } from "./client.ts";
import { tokenFrom } from "./discovered.ts";

const command = join(import.meta.dirname, "../../cli/rollcall.js");

/** What the command prints until it serves, and a way to end it. */
async function serve(...args: string[]) {
  const cwd = scratchFolder("sandbox-test");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", command, "sandbox", ...args], {
    cwd,
    env: { ...process.env, ROLLCALL_HOME: cwd },
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let printed = "";
  const [, url = "", key = "", secret = ""] = await new Promise<string[]>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => reject(new Error(chunk.toString())));
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const match = /at (http:\S+)\nkey (\S+), secret (\S+)\n/.exec(printed);
      if (match !== null) {
        resolve(match);
      }
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    return await ended;
  };
  return { url, key, secret, stop };
}

test.each(profileNames)("S1 rollcall sandbox --profile %s serves that version", async (profile) => {
  const sandbox = await serve("--profile", profile, "--port", "0", "--size", "S");
  const { json } = await answerOf(await fetch(sandbox.url));
  expect(json.version).toBe(/[\d.]+$/.exec(profile)?.[0].replace(/^8$/, "8.0"));
  expect(await tokenFrom(json.urls.oauth, sandbox)).not.toBe("");
  expect(await sandbox.stop()).toBe(0);
});

test("S1 rollcall sandbox --url-mode divides the addresses", async () => {
  const sandbox = await serve("--profile", "ods-6.1", "--url-mode", "year", "--port", "0", "--size", "S");
  const { json } = await answerOf(await fetch(sandbox.url));
  expect(json.apiMode).toBe("Year Specific");
  expect(await sandbox.stop()).toBe(0);
});
