import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { isOnPath } from "../program.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { storageFixture } from "./fixture.ts";

const run = promisify(execFile);

const testWithGcloud = isOnPath("gcloud") ? test : test.skip;

testWithGcloud(
  "gcloud storage, an independent client, writes, lists and reads (skipped where it is not installed)",
  async () => {
    await using fixture = await storageFixture();
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "config"));
    await writeFile(join(folder.path, "token"), "not-a-token");
    await writeFile(join(folder.path, "small.txt"), "hello from gcloud\n");
    const environment = {
      ...process.env,
      CLOUDSDK_CONFIG: join(folder.path, "config"),
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder.path, "token"),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${fixture.server.url}/storage/v1/`,
      CLOUDSDK_CORE_PROJECT: "test-project",
      CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "true",
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "true",
    };
    const gcloud = async (...parameters: string[]) =>
      (await run("gcloud", ["storage", ...parameters], { env: environment, timeout: 40_000 })).stdout;
    await gcloud("cp", join(folder.path, "small.txt"), "gs://landing/dir/small.txt");
    expect((await fixture.bucket.file("dir/small.txt").download())[0].toString()).toBe("hello from gcloud\n");
    await fixture.bucket.file("dir/from client.txt").save("hello from the client\n", { resumable: false });
    expect((await gcloud("ls", "gs://landing/dir/")).trim().split("\n")).toEqual([
      "gs://landing/dir/from client.txt",
      "gs://landing/dir/small.txt",
    ]);
    expect(await gcloud("cat", "gs://landing/dir/from client.txt")).toBe("hello from the client\n");
  },
  120_000,
);
