import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startFunction } from "../../bench/cold-start/start.ts";
import { type PubSubServer, startPubSub } from "../../emulator/pubsub/server.ts";
import { bundle, notBundled } from "../../scripts/artefact/bundle.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { unzip } from "./unzip.ts";

const run = promisify(execFile);
const functions = ["extract", "load", "refresh", "reconcile"] as const;
const letters = "dead-letter";

let folder: string;
let unpacked: string;
let artefact: Buffer;
let files: Map<string, Buffer>;
let server: PubSubServer;
let topics: Topics;

async function build(out: string, variables: Record<string, string> = {}): Promise<Buffer> {
  const options = ["--sources", "sources.example.yaml", "--out", out];
  await run(process.execPath, ["scripts/build.ts", ...options], { env: { ...process.env, ...variables } });
  return readFileSync(out);
}

/** The packages that package.json names, as `npm ci` would put them there, and no others. */
function installDependencies(): void {
  for (const name of notBundled) {
    const place = join(unpacked, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(resolve("node_modules", name), place);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-artefact-"));
  unpacked = join(folder, "unpacked");
  server = await startPubSub({ folder: join(folder, "pubsub"), projectId: "demo" });
  topics = openTopics({ projectId: "demo", emulatorHost: server.host });
  await topics.createTopic(letters);
  await topics.ensurePullSubscription(letters, letters);
  artefact = await build(join(folder, "one.zip"));
  files = unzip(artefact);
  for (const [path, body] of files) {
    mkdirSync(dirname(join(unpacked, path)), { recursive: true });
    writeFileSync(join(unpacked, path), body);
  }
  installDependencies();
}, 60_000);

afterAll(async () => {
  await topics.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("what is in the artefact", () => {
  test("is the same to the last byte when it is built again, at another time and place of the world", async () => {
    const again = await build(join(folder, "two.zip"), { TZ: "Pacific/Auckland", LC_ALL: "tr_TR.UTF-8" });
    expect(again.equals(artefact)).toBe(true);
  });

  test("is below 5 MB", () => expect(artefact.length).toBeLessThan(5e6));

  test("are the functions, what they read and what is to be installed, and nothing else", () => {
    const others = [...files.keys()].filter(
      (name) => !/^(?:[a-z]+\.mjs|shared-[A-Z0-9]+\.mjs|connectors\/\w+\.yaml|sql\/(?:[\w.]+\/)+\w+\.sql)$/.test(name),
    );
    expect(others.sort()).toEqual(["package-lock.json", "package.json", "sources.yaml"]);
    for (const name of functions) expect([...files.keys()]).toContain(`${name}.mjs`);
  });

  test("comes from the deployed code and its packages: no test, emulator, sandbox or command", async () => {
    const { inputs } = await bundle(resolve("."));
    expect(inputs.filter((input) => !/^(?:functions|shared|node_modules)\//.test(input))).toEqual([]);
    expect(inputs.filter((input) => /duckdb|jest|biome|commander|esbuild/.test(input))).toEqual([]);
  });

  test("asks for no package that is neither in it nor named in package.json", () => {
    const { dependencies } = JSON.parse(files.get("package.json")?.toString() ?? "");
    const code = [...files].filter(([name]) => name.endsWith(".mjs"));
    const asked = code.flatMap(([, body]) =>
      [
        ...body
          .toString()
          .matchAll(/(?:^|[;}\n])(?:import|export)[^;"']*?(?:from)?"([^".][^"]*)"|\bimport\("([^".][^"]*)"\)/g),
      ].map((found) => found[1] ?? found[2] ?? ""),
    );
    const packages = asked.filter((name) => !name.startsWith("node:") && !process.getBuiltinModule(name));
    expect(new Set(packages)).toEqual(new Set(["google-gax/fallback", ...notBundled.slice(0, 3)]));
    expect(Object.keys(dependencies)).toEqual([...notBundled]);
  });

  test("installs what the project's lock file names, and all that this needs", () => {
    const locked = JSON.parse(files.get("package-lock.json")?.toString() ?? "").packages;
    const project = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
    for (const name of notBundled) expect(locked[""].dependencies[name]).toBe(project[`node_modules/${name}`].version);
    for (const [place, { version, integrity, dev }] of Object.entries<Record<string, string>>(locked)) {
      if (place === "") continue;
      expect({ place, version, integrity, dev }).toEqual({
        place,
        version: project[place].version,
        integrity: project[place].integrity,
        dev: undefined,
      });
    }
    const names = Object.keys(locked);
    for (const { dependencies = {} } of Object.values<{ dependencies?: object }>(locked)) {
      for (const name of Object.keys(dependencies))
        expect(names.some((place) => place.endsWith(`node_modules/${name}`))).toBe(true);
    }
  });
});

describe("a function started from the artefact", () => {
  /** Starts a function by the framework's own command and posts it a message that is none. */
  async function answerFrom(place: string, target: string) {
    const started = await startFunction({
      folder: place,
      target,
      variables: {
        GOOGLE_CLOUD_PROJECT: "demo",
        LANDING_BUCKET: "landing",
        CONTROL_BUCKET: "control",
        PUBSUB_EMULATOR_HOST: server.host,
        METADATA_SERVER_DETECTION: "none",
        SOURCES_FILE: place === unpacked ? "sources.yaml" : "sources.example.yaml",
      },
    });
    try {
      const data = Buffer.from('{"v":7,"source":"none"').toString("base64");
      const answer = await fetch(`${started.url}/projects/demo/topics/${target}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          subscription: "s",
          message: { data, messageId: "1", publishTime: "2026-11-21T03:00:00Z" },
        }),
      });
      const set: unknown[] = [];
      await topics.consume(letters, async ({ text, attributes }) => {
        set.push({ text, attributes });
        return true;
      });
      await started.stop();
      return { status: answer.status, logged: started.printed(), set };
    } finally {
      await started.stop();
    }
  }

  test("answers a message that is none as it does from the source tree, whichever it is", async () => {
    const fromSource = JSON.stringify(await answerFrom(resolve("."), "extract"));
    expect(fromSource).toMatch(/"status":204.*dead letter.*The message is not JSON/);
    for (const target of functions) {
      expect(JSON.stringify(await answerFrom(unpacked, target))).toBe(fromSource.replaceAll("extract", target));
    }
  });
});
