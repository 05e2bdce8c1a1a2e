import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import * as z from "zod";
import type { Member, Members } from "./members.ts";
import { pathOf, schemaNameOf } from "./resource-names.ts";

/**
 * Writes members.json, what a record of the resources that are written to may hold and must hold, from the OpenAPI documents in
 * connectors/openapi. `--check` writes nothing and fails when the file differs from what would be written.
 */
const documents = fileURLToPath(new URL("../../connectors/openapi", import.meta.url));
const file = fileURLToPath(new URL("./members.json", import.meta.url));

/** The resources that results are delivered to. Of others the natural key is all that is looked at. */
const described = [
  "assessments",
  "objectiveAssessments",
  "studentAssessments",
  "gradebookEntries",
  "studentGradebookEntries",
  "surveys",
  "surveySections",
  "surveyQuestions",
  "surveyResponses",
  "surveyQuestionResponses",
  "lmsx/assignments",
  "lmsx/assignmentSubmissions",
];

/** What the server writes itself. */
const serversOwn: ReadonlySet<string> = new Set(["id", "link", "_etag", "_lastModifiedDate"]);

const propertySchema = z.object({
  $ref: z.string().optional(),
  type: z.string().optional(),
  format: z.string().optional(),
  maxLength: z.int().optional(),
  "x-Ed-Fi-isIdentity": z.boolean().default(false),
  items: z.object({ $ref: z.string() }).optional(),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.unknown()),
  components: z.object({
    schemas: z.record(
      z.string(),
      z.object({
        required: z.array(z.string()).default([]),
        properties: z.record(z.string(), propertySchema).default({}),
      }),
    ),
  }),
});
type Document = z.infer<typeof documentSchema>;

// Two of the documents quote references twice, which YAML refuses.
function readDocument(name: string): { readonly since: number; readonly document: Document } {
  const bytes = readFileSync(join(documents, name));
  const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const document = documentSchema.parse(parse(text.replaceAll(/""(#[^"]*)""/g, '"$1"')));
  return { since: Number(/ds-(\d)/.exec(name)?.[1] ?? 3), document };
}

function membersOf(document: Document, name: string, depth = 0): Members {
  const schema = document.components.schemas[name];
  if (schema === undefined || depth > 5) {
    throw new Error(`${name}: ${depth > 5 ? "a record nested without end" : "no such schema"}`);
  }
  const own = Object.entries(schema.properties).filter(([member]) => !serversOwn.has(member));
  return Object.fromEntries(
    own.map(([member, property]): [string, Member] => {
      const target = (property.$ref ?? property.items?.$ref)?.split("/").pop();
      return [
        member,
        {
          type: property.items ? "array" : property.$ref ? "object" : (property.type ?? "string"),
          ...(property.format === undefined ? {} : { format: property.format }),
          ...(property.maxLength === undefined ? {} : { maxLength: property.maxLength }),
          ...(schema.required.includes(member) ? { required: true } : {}),
          ...(property["x-Ed-Fi-isIdentity"] ? { identity: true } : {}),
          ...(target === undefined ? {} : { members: membersOf(document, target, depth + 1) }),
        },
      ];
    }),
  );
}

/** Of each resource its members by data standard, each time they changed. */
function table(): Record<string, { since: number; members: Members }[]> {
  const read = readdirSync(documents)
    .filter((name) => /\.yaml(\.gz)?$/.test(name))
    .map(readDocument)
    .sort((one, other) => one.since - other.since);
  return Object.fromEntries(
    described.map((resource) => {
      const versions: { since: number; members: Members }[] = [];
      for (const { since, document } of read) {
        if (document.paths[pathOf(resource)] === undefined) {
          continue;
        }
        const members = membersOf(document, schemaNameOf(resource));
        if (JSON.stringify(members) !== JSON.stringify(versions.at(-1)?.members)) {
          versions.push({ since, members });
        }
      }
      return [resource, versions];
    }),
  );
}

// A line for each version of a resource: few enough to read, short enough to compare.
function text(): string {
  const resources = Object.entries(table()).map(([resource, versions]) => {
    const lines = versions.map((version) => `    ${JSON.stringify(version)}`);
    return `  ${JSON.stringify(resource)}: [\n${lines.join(",\n")}\n  ]`;
  });
  return `{\n${resources.join(",\n")}\n}\n`;
}

const wanted = text();
if (!process.argv.includes("--check")) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, "utf8") !== wanted) {
  process.stderr.write("sandbox/edfi/members.json differs (run: node sandbox/edfi/generate-members.ts)\n");
  process.exitCode = 1;
}
