import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { isOnPath } from "../program.ts";
import { Emulated } from "./emulated.ts";

const run = promisify(execFile);

const testWithBq = isOnPath("bq") ? test : test.skip;

testWithBq(
  "Google's own bq loads and queries through the emulator's description of itself (skipped where it is not installed)",
  async () => {
    await using emulated = await Emulated.start();
    await emulated.client.createDataset("ds");
    await emulated.client.query("CREATE TABLE ds.t AS SELECT 'a' AS id, 1 AS n");
    const token = join(emulated.folder, "token");
    await writeFile(token, "none");
    await writeFile(join(emulated.folder, "more.csv"), "b,2\n");
    const env = {
      ...process.env,
      HOME: emulated.folder,
      CLOUDSDK_CONFIG: emulated.folder,
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
      CLOUDSDK_CORE_PROJECT: "demo",
    };
    const bq = async (...words: string[]) => {
      const { stdout } = await run(
        "bq",
        ["--api", emulated.server.url, "--project_id", "demo", "--format", "json", ...words],
        { env },
      );
      return stdout;
    };
    await bq("load", "ds.t", join(emulated.folder, "more.csv"));
    const rows = await bq(
      "query",
      "--nouse_legacy_sql",
      "--parameter",
      "min:INT64:1",
      "SELECT id, n FROM ds.t WHERE n >= @min ORDER BY id",
    );
    expect(JSON.parse(rows)).toEqual([
      { id: "a", n: "1" },
      { id: "b", n: "2" },
    ]);
  },
);
