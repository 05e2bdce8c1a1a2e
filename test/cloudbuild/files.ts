import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";

// Fields as Cloud Build names them (v1, projects.builds and projects.triggers); those that are not used here are left out, so that a
// misspelt one is refused.

const substitutionsSchema = z.record(z.string().regex(/^_[A-Z][A-Z0-9_]*$/), z.string());

const stepSchema = z.strictObject({
  id: z.string().regex(/^[a-z-]+$/),
  name: z.string(),
  waitFor: z.array(z.string()).min(1),
  script: z.string(),
});

const buildSchema = z.strictObject({
  steps: z.array(stepSchema).min(1),
  substitutions: substitutionsSchema,
  timeout: z.string().regex(/^\d+s$/),
  options: z.strictObject({
    automapSubstitutions: z.literal(true),
    // With an identity of one's own Cloud Build asks where the logs are to go.
    logging: z.literal("CLOUD_LOGGING_ONLY"),
    machineType: z.enum(["E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"]),
  }),
});

const repositorySchema = { uri: z.url(), repoType: z.literal("GITHUB") };

const triggerSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z-]*$/),
  description: z.string().max(200),
  github: z
    .strictObject({
      owner: z.string(),
      name: z.string(),
      push: z.union([z.strictObject({ branch: z.string() }), z.strictObject({ tag: z.string() })]).optional(),
      pullRequest: z
        .strictObject({
          branch: z.string(),
          commentControl: z.enum(["COMMENTS_ENABLED", "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"]),
        })
        .optional(),
    })
    .optional(),
  sourceToBuild: z.strictObject({ ...repositorySchema, ref: z.string() }).optional(),
  filename: z.literal("cloudbuild.yaml").optional(),
  gitFileSource: z
    .strictObject({ ...repositorySchema, path: z.literal("cloudbuild.yaml"), revision: z.string() })
    .optional(),
  serviceAccount: z.string().regex(/^projects\/[^/]+\/serviceAccounts\/[\w-]+@/),
  approvalConfig: z.strictObject({ approvalRequired: z.boolean() }).optional(),
  substitutions: substitutionsSchema,
});

export type Step = z.infer<typeof stepSchema>;
export type Build = z.infer<typeof buildSchema>;
export type Trigger = z.infer<typeof triggerSchema>;

/** cloudbuild.yaml. @throws ZodError for a field that Cloud Build does not have, or that is not used here */
export function readBuild(): Build {
  return buildSchema.parse(parse(readFileSync("cloudbuild.yaml", "utf8")));
}

/** .ci/triggers/*.yaml by name. */
export function readTriggers(): ReadonlyMap<string, Trigger> {
  const files = readdirSync(".ci/triggers").map((name) => readFileSync(`.ci/triggers/${name}`, "utf8"));
  return new Map(files.map((text) => triggerSchema.parse(parse(text))).map((trigger) => [trigger.name, trigger]));
}
