import { describe, expect, test } from "@jest/globals";
import { checkArguments } from "./check-arguments.ts";
import { checkReferences } from "./check-references.ts";
import { type Declaration, declarationsOf, readTerraform } from "./configuration.ts";
import { argumentCount, readSchemas } from "./schema.ts";

const schemas = readSchemas();
const declarations = await readTerraform();
const checked = checkArguments(declarations, schemas);

async function findingsIn(source: string): Promise<string[]> {
  const { findings } = checkArguments(await declarationsOf("planted.tf", source), schemas);
  return findings.map(({ file, line, where, problem }) => `${file}:${line} ${where}: ${problem}`);
}

describe("terraform/ against the provider's schema", () => {
  test("knows every argument and block, has all that are required, and gives them values of their types", () => {
    expect(checked.findings).toEqual([]);
  });

  test("refers to nothing that is not declared, and declares nothing in vain", () => {
    expect(checkReferences(declarations, schemas)).toEqual([]);
  });

  test("looks at all of it", () => {
    const declared = declarations.filter(({ kind }) => ["resource", "data", "provider"].includes(kind));
    expect(checked.resources).toBe(declared.length);
    expect(checked.resources).toBeGreaterThan(75);
    expect(checked.arguments).toBeGreaterThan(450);
  });

  test("is of the version that versions.tf asks for", () => {
    const [settings] = declarations.flatMap(({ kind, body }) =>
      kind === "terraform" ? [body.required_providers] : [],
    );
    const asked = JSON.stringify(settings);
    for (const [provider, version] of Object.entries(schemas.provider_versions)) {
      const [major, minor] = version.split(".");
      expect([provider, asked]).toEqual([
        provider,
        expect.stringContaining(
          `"source":"${provider.replace("registry.terraform.io/", "")}","version":"~> ${major}.${minor}"`,
        ),
      ]);
    }
  });

  test("has a schema with as many arguments as the provider's own", () => {
    const google = schemas.provider_schemas["registry.terraform.io/hashicorp/google"];
    const all = Object.values(google?.resource_schemas ?? {}).reduce((sum, { block }) => sum + argumentCount(block), 0);
    expect(all).toBeGreaterThan(1000);
  });
});

describe("a fault that is planted", () => {
  const topic = (lines: string): string => `resource "google_pubsub_topic" "planted" {\n${lines}\n}\n`;

  test("in an argument's name is found, with file and line", async () => {
    expect(await findingsIn(topic('  name = "a"\n  retention = "1s"'))).toEqual([
      "planted.tf:3 resource google_pubsub_topic.planted retention: the provider knows no such argument",
    ]);
  });

  test("in an argument of a nested block is found", async () => {
    const block = "  message_storage_policy {\n    regions = []\n    allowed_persistence_regions = []\n  }";
    expect(await findingsIn(topic(`  name = "a"\n${block}`))).toEqual([
      "planted.tf:4 resource google_pubsub_topic.planted message_storage_policy regions: the provider knows no such argument",
    ]);
  });

  test("by leaving out an argument or a block that is required is found", async () => {
    expect(await findingsIn(topic("  message_storage_policy {\n  }"))).toEqual([
      "planted.tf:2 resource google_pubsub_topic.planted message_storage_policy: the argument allowed_persistence_regions is missing",
      "planted.tf:1 resource google_pubsub_topic.planted: the argument name is missing",
    ]);
    expect(
      await findingsIn(
        'resource "google_monitoring_alert_policy" "planted" {\n  display_name = "a"\n  combiner = "OR"\n}',
      ),
    ).toEqual(["planted.tf:1 resource google_monitoring_alert_policy.planted: the block conditions is missing"]);
  });

  test.each([
    ['  name = ["a"]', "name: must be a string, not a list"],
    ['  name = "a"\n  labels = "b"', 'labels: must be a map, not "b"'],
    [
      '  name = "a"\n  message_storage_policy {\n    allowed_persistence_regions = "b"\n  }',
      'allowed_persistence_regions: must be a list, not "b"',
    ],
    ['  name = "a"\n  schema_settings = "b"', "schema_settings: is a block, not an argument"],
    ['  name = "a"\n  effective_labels = {}', "effective_labels: is told by the provider and cannot be set"],
  ])("of type in %j is found", async (lines, problem) => {
    expect(await findingsIn(topic(lines))).toEqual([expect.stringContaining(problem)]);
  });

  test("of type in a number and a bool is found", async () => {
    const lines = '  name = "a"\n  topic = "b"\n  ack_deadline_seconds = "soon"\n  enable_message_ordering = "perhaps"';
    expect(await findingsIn(`resource "google_pubsub_subscription" "planted" {\n${lines}\n}`)).toEqual([
      expect.stringContaining('ack_deadline_seconds: must be a number, not "soon"'),
      expect.stringContaining('enable_message_ordering: must be a bool, not "perhaps"'),
    ]);
  });

  test("in a dynamic block, by too many blocks, and in a type of resource is found", async () => {
    const dynamic = '  dynamic "encryptoin" {\n    for_each = []\n    content {}\n  }';
    const twice = "  versioning {\n    enabled = true\n  }\n  versioning {\n    enabled = true\n  }";
    expect(
      await findingsIn(
        `resource "google_storage_bucket" "planted" {\n  name = "a"\n  location = "b"\n${twice}\n${dynamic}\n}`,
      ),
    ).toEqual([
      expect.stringContaining("versioning: may be there 1 times at most"),
      expect.stringContaining("encryptoin: the provider knows no such block"),
    ]);
    expect(await findingsIn('resource "google_pubsub_topics" "planted" {}')).toEqual([
      expect.stringContaining("the schema has none of this type"),
    ]);
  });

  test("in a reference is found", async () => {
    const planted = await declarationsOf(
      "planted.tf",
      topic(
        '  name = var.nothing\n  project = local.labels["x"]\n  labels = { a = google_pubsub_topic.dead_letter.topic, b = google_pubsub_topic.gone.id }',
      ),
    );
    const problems = checkReferences([...declarations, ...planted], schemas).map(({ problem }) => problem);
    expect(problems.sort()).toEqual([
      "google_pubsub_topic.dead_letter has no topic",
      "google_pubsub_topic.gone is not declared",
      "var.nothing is not declared",
    ]);
    const unused: Declaration[] = await declarationsOf("planted.tf", 'variable "unused" {\n  type = string\n}\n');
    expect(checkReferences([...declarations, ...unused], schemas).map(({ where }) => where)).toEqual(["var.unused"]);
  });
});
