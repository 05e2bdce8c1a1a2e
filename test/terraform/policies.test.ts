import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { environmentNames, readEnvironment } from "../../shared/config/environment.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type Body, isList, isObject, readTerraform, textsIn, type Value } from "./configuration.ts";
import { allowedRoles } from "./roles.ts";

const declarations = await readTerraform();
const resources = declarations.filter(({ kind }) => kind === "resource");
const ofType = (type: string) => resources.filter((resource) => resource.type === type);
const address = ({ type, name }: { type: string; name: string }): string => `${type}.${name}`;

/** How the parser writes what is not a literal. */
const expression = (text: string): string => `\${${text}}`;

function blockOf(body: Body, name: string): Body | undefined {
  const value = body[name];
  return isList(value) && isObject(value[0]) ? value[0] : undefined;
}

function local(name: string): Value {
  const found = declarations.find(({ kind, body }) => kind === "locals" && name in body);
  return found?.body[name] ?? null;
}

describe("what terraform/ grants", () => {
  test("is on the list of least roles, and the list holds no more", () => {
    const named = declarations.flatMap(({ body }) =>
      textsIn(body).flatMap((text) => text.match(/roles\/[\w.]+/g) ?? []),
    );
    expect([...new Set(named)].sort()).toEqual(Object.keys(allowedRoles).sort());
  });

  test("is never a role over all of a kind", () => {
    expect(Object.keys(allowedRoles).filter((role) => /^roles\/(owner|editor|viewer)$|admin/i.test(role))).toEqual([]);
  });

  test("is granted member by member, so that what others granted is left alone", () => {
    expect(resources.filter(({ type }) => /_iam_(policy|binding)$/.test(type)).map(address)).toEqual([]);
  });

  test("goes to nobody in general", () => {
    const members = resources.filter(({ type }) => /_iam_member$/.test(type)).map(({ body }) => String(body.member));
    expect(members.length).toBeGreaterThan(20);
    expect(members.filter((member) => /allUsers|allAuthenticatedUsers/.test(member))).toEqual([]);
  });

  test("holds no key and no value of a secret", () => {
    const types = resources.map(({ type }) => type);
    expect(types).not.toContain("google_service_account_key");
    expect(types).not.toContain("google_secret_manager_secret_version");
  });
});

describe("each subscription", () => {
  const subscriptions = ofType("google_pubsub_subscription");
  const pushed = subscriptions.filter(({ body }) => blockOf(body, "push_config"));

  test("that delivers has a dead letter, a retry policy, an identity, and never expires", () => {
    expect(pushed).not.toEqual([]);
    for (const { body } of pushed) {
      expect(blockOf(body, "dead_letter_policy")).toBeDefined();
      expect(blockOf(body, "retry_policy")).toBeDefined();
      expect(blockOf(blockOf(body, "push_config") ?? {}, "oidc_token")).toBeDefined();
      expect(blockOf(body, "expiration_policy")).toEqual({ ttl: "" });
    }
  });

  test("else is that of the dead letters, so that none is lost", () => {
    const pulled = subscriptions.filter((subscription) => !pushed.includes(subscription));
    expect(pulled.map(({ body }) => body.topic)).toEqual([expression("google_pubsub_topic.dead_letter.id")]);
  });
});

describe("the functions", () => {
  const [deployed] = ofType("google_cloudfunctions2_function");
  const service = blockOf(deployed?.body ?? {}, "service_config");

  test("run on the Node that the project is made for, each as itself, and nobody outside reaches them", () => {
    expect(blockOf(deployed?.body ?? {}, "build_config")?.runtime).toBe(
      `nodejs${readFileSync(".nvmrc", "utf8").trim()}`,
    );
    expect(service?.service_account_email).toBe(expression("google_service_account.function[each.key].email"));
    expect(service?.ingress_settings).toBe("ALLOW_INTERNAL_ONLY");
  });

  test("have no trigger but our own subscriptions", () => {
    expect(deployed?.body.event_trigger).toBeUndefined();
  });

  test("are told all that they must know, under names that they read", () => {
    const names = [...String(local("environment")).matchAll(/^\s*([A-Z_]+)\s+=/gm)].map(([, name = ""]) => name);
    const known = new Set([...environmentNames, "LOG_EXECUTION_ID"]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    const told = Object.fromEntries(names.map((name) => [name, /SECONDS|BYTES/.test(name) ? "100" : "something"]));
    expect(readEnvironment(told).projectId).toBe("something");
  });
});

describe("the row of each function", () => {
  const rows = local("functions");
  const deployedRows = isObject(rows) ? Object.entries(rows) : [];

  test.each(deployedRows)("%s publishes, queries and reads secrets as its code does", (name, row) => {
    if (!isObject(row)) throw new Error(`functions.tf says nothing of ${name}`);
    const code = readFileSync(`functions/${name}/index.ts`, "utf8");
    const topics = [...code.matchAll(/environment\.topics\.(\w+)/g)].map(([, topic = ""]) => topic);
    expect(isList(row.publishes) ? [...row.publishes].sort() : []).toEqual([...new Set(topics)].sort());
    expect(row.secrets).toBe(code.includes("openSecrets("));
    const isQuerying = code.includes("openWarehouse(");
    expect(isList(row.edits) ? row.edits.length > 0 : typeof row.edits === "string").toBe(isQuerying);
  });

  test("is there for each function, and for no other", () => {
    const names = globSync("functions/*/index.ts").map((file) => file.split("/")[1]);
    expect(deployedRows.map(([name]) => name).sort()).toEqual(names.sort());
  });
});

describe("what holds data", () => {
  test("is not destroyed by mistake", () => {
    const kept = resources.filter(({ body }) => blockOf(body, "lifecycle")?.prevent_destroy === true).map(address);
    expect(kept.sort()).toEqual([
      "google_bigquery_dataset.dataset",
      "google_kms_crypto_key.data",
      "google_storage_bucket.control",
      "google_storage_bucket.landing",
    ]);
  });

  test("is deleted from control only where it is made again: never a watermark or the state of a model", () => {
    const control = ofType("google_storage_bucket").find(({ name }) => name === "control");
    const rule = blockOf(control?.body ?? {}, "lifecycle_rule") ?? {};
    const deleted = blockOf(rule, "condition")?.matches_prefix;
    const { inFlights, slots, checkpoints } = objectNames;
    expect(deleted).toEqual([checkpoints, inFlights, "leases/", slots, "tokens/"]);
    expect([objectNames.extractLeases, objectNames.token("client")]).toEqual(["leases/extract/", "tokens/client.json"]);
  });

  test("is in buckets that can never be public", () => {
    for (const { body } of ofType("google_storage_bucket")) {
      expect(body.uniform_bucket_level_access).toBe(true);
      expect(body.public_access_prevention).toBe("enforced");
    }
  });
});

describe("what is measured", () => {
  const code = globSync(["shared/**/*.ts", "functions/**/*.ts"])
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");

  test("are lines that the functions write, with fields that they have", () => {
    const counters = local("counters");
    const all = isObject(counters) ? Object.values(counters).filter(isObject) : [];
    expect(all.length).toBeGreaterThan(5);
    for (const { messages, labels } of all) {
      const texts = isList(messages) ? messages.map(String) : [];
      expect(texts.filter((text) => !code.includes(`"${text}"`))).toEqual([]);
      const fields = isList(labels) ? labels.map(String) : [];
      expect(fields.filter((field) => !code.includes(`  "${field}",`))).toEqual([]);
    }
  });

  test("is charted under the names of its metrics", () => {
    const counters = local("counters");
    const named = ofType("google_logging_metric").map(({ body }) => String(body.name).replace("rollcall/", ""));
    const made = new Set([...Object.keys(isObject(counters) ? counters : {}), ...named]);
    const charted = textsIn(local("charts")).flatMap((text) =>
      [...text.matchAll(/user\/rollcall\/(\w+)/g)].map(([, name = ""]) => name),
    );
    expect(charted.length).toBeGreaterThan(4);
    expect(charted.filter((name) => !made.has(name))).toEqual([]);
  });

  test.each([
    "load: the run was not loaded",
    "model failed",
    "endpoints are stale: they were not loaded for too long",
    "delivery finished, but not everything was taken",
    "a delivery is overdue: it was asked for again and again, and does not move",
  ])('is told to a person when the log says "%s"', (text) => {
    const counters = local("counters");
    const counting = Object.entries(isObject(counters) ? counters : {}).flatMap(([name, counter]) =>
      textsIn(counter).includes(text) ? [name] : [],
    );
    const watched = textsIn(local("alerts")).flatMap((filter) =>
      [...filter.matchAll(/google_logging_metric\.count\[\\?"(\w+)/g)].map(([, name = ""]) => name),
    );
    expect(counting).toHaveLength(1);
    expect(watched).toEqual(expect.arrayContaining(counting));
  });

  test("leads, where it alerts, to headings that the runbook has", () => {
    const runbook = readFileSync("docs/runbook.md", "utf8");
    const alerts = local("alerts");
    const all = isObject(alerts) ? Object.values(alerts).filter(isObject) : [];
    const contents = ofType("google_monitoring_alert_policy").flatMap(({ body }) =>
      String(blockOf(body, "documentation")?.content),
    );
    const fixed = contents.flatMap((content) => /runbook.md: ([^$]+)$/.exec(content)?.[1] ?? []);
    const headings = [...all.flatMap(({ headings: named }) => (isList(named) ? named.map(String) : [])), ...fixed];
    expect(headings.length).toBeGreaterThan(7);
    expect(headings.filter((heading) => !new RegExp(`^##+ ${heading}$`, "m").test(runbook))).toEqual([]);
  });
});

describe("what is written about terraform/", () => {
  const variables = declarations.filter(({ kind }) => kind === "variable");
  const example = readFileSync("terraform/terraform.tfvars.example", "utf8");
  const guide = readFileSync("docs/deploy.md", "utf8");

  test("the example of variables has all that must be given, and none that there is not", () => {
    const named = [...example.matchAll(/^(?:# )?(\w+)\s+= /gm)].map(([, name = ""]) => name);
    const given = [...example.matchAll(/^(\w+)\s+= /gm)].map(([, name = ""]) => name);
    expect(named.filter((name) => !variables.some((variable) => variable.name === name))).toEqual([]);
    const required = variables.filter(({ body }) => !("default" in body)).map(({ name }) => name);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  test("every variable has a description and a type", () => {
    expect(variables.filter(({ body }) => !body.description || !body.type).map(({ name }) => name)).toEqual([]);
  });

  test("the guide names outputs and variables that there are", () => {
    const outputs = declarations.filter(({ kind }) => kind === "output").map(({ name }) => name);
    const asked = [...guide.matchAll(/terraform output (\w+)/g)].map(([, name = ""]) => name);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((name) => !outputs.includes(name))).toEqual([]);
    const rows = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name);
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter((name) => !variables.some((variable) => variable.name === name))).toEqual([]);
  });

  test("the guide leads to headings that are there", () => {
    const anchorsOf = (file: string): string[] =>
      [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, "")
          .replaceAll(" ", "-"),
      );
    for (const [, file = "", anchor = ""] of guide.matchAll(/\]\(([\w.]*)#([^)]+)\)/g)) {
      expect(anchorsOf(file === "" ? "docs/deploy.md" : `docs/${file}`)).toContain(anchor);
    }
  });
});

describe("how fresh data must be", () => {
  /** Hours of the week at which a mode begins, by the defaults of its variable: days as cron says them. */
  function hoursOf(mode: string): number[] {
    const variable = declarations.find(({ kind, name }) => kind === "variable" && name === mode);
    const [, days = "", hour = ""] =
      /optional\(string,\s*"([\d,-]+)"\).*optional\(number,\s*(\d+)\)/s.exec(String(variable?.body.type)) ?? [];
    return days.split(",").flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, day) => (from + day) * 24 + Number(hour));
    });
  }

  /** The longest time between two of these, round the week. */
  function longestGap(hours: readonly number[]): number {
    const sorted = hours.toSorted((a, b) => a - b);
    return Math.max(...sorted.map((hour, index) => (sorted[index + 1] ?? (sorted[0] ?? 0) + 168) - hour));
  }

  test("goes by the default schedules: no false alarm in the longest pause, and one when a run is missed after it", () => {
    const text = "sources: [{ id: one, connector: edfi, url: https://x.example, secret: s }]";
    const [source] = parseSources(text, "sources.yaml", readConnectors("connectors")).sources;
    const pause = longestGap([...hoursOf("delta"), ...hoursOf("full")]);
    expect(pause).toBe(48);
    expect(source?.stale_after_hours).toBeGreaterThan(pause + 3);
    expect(source?.stale_after_hours).toBeLessThan(pause + 24);
    const days = longestGap(hoursOf("full")) / 24;
    expect(source?.full_run_days).toBeGreaterThan(days);
    expect(source?.full_run_days).toBeLessThan(2 * days);
  });
});
