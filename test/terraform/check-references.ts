import type { Finding } from "./check-arguments.ts";
import { type Declaration, isObject, textsIn } from "./configuration.ts";
import type { ProviderSchema, ProviderSchemas } from "./schema.ts";

const resourceReference =
  /(?<![\w."/-])(data\.)?((?:google|time)_\w+)\.(\w+)(?:\[(?:[^[\]]|\[[^\]]*\])*\])?(?:\.(\w+))?/g;
const namedReference = /(?<![\w.])(var|local)\.(\w+)/g;

function localNames(declarations: readonly Declaration[]): string[] {
  return declarations.flatMap(({ kind, body }) => (kind === "locals" ? Object.keys(body) : []));
}

function variableNames(declarations: readonly Declaration[]): string[] {
  return declarations.flatMap(({ kind, name }) => (kind === "variable" ? [name] : []));
}

/** Names of the attributes and blocks that a reference to a resource may go on with. */
function membersOf(type: string, isData: boolean, schemas: readonly ProviderSchema[]): Set<string> | undefined {
  for (const schema of schemas) {
    const found = (isData ? schema.data_source_schemas : schema.resource_schemas)[type];
    if (found) {
      const { attributes = {}, block_types: blocks = {} } = found.block;
      return new Set([...Object.keys(attributes), ...Object.keys(blocks)]);
    }
  }
  return undefined;
}

/** Finds references to what is not declared or has no such attribute, and variables and locals that nothing uses. */
export function checkReferences(declarations: readonly Declaration[], schemas: ProviderSchemas): Finding[] {
  const providers = Object.values(schemas.provider_schemas);
  const declared = new Set(
    declarations.flatMap(({ kind, type, name }) =>
      kind === "resource" ? [`${type}.${name}`] : kind === "data" ? [`data.${type}.${name}`] : [],
    ),
  );
  const names = new Set([
    ...variableNames(declarations).map((name) => `var.${name}`),
    ...localNames(declarations).map((name) => `local.${name}`),
  ]);
  const used = new Set<string>();
  const findings = declarations.flatMap((declaration): Finding[] => {
    const { kind, type, name, file, line, body } = declaration;
    const problems = textsIn(isObject(body) ? body : {}).flatMap((text) => [
      ...[...text.matchAll(namedReference)].flatMap(([reference]) => {
        // A variable's own conditions do not count as a use of it.
        if (kind !== "variable") used.add(reference);
        return names.has(reference) ? [] : [`${reference} is not declared`];
      }),
      ...[...text.matchAll(resourceReference)].flatMap(([, data = "", ofType = "", ofName = "", member]) => {
        const address = `${data}${ofType}.${ofName}`;
        if (!declared.has(address)) return [`${address} is not declared`];
        const members = membersOf(ofType, data !== "", providers);
        return member !== undefined && members && !members.has(member) ? [`${address} has no ${member}`] : [];
      }),
    ]);
    const where = `${kind} ${[type, name].filter(Boolean).join(".")}`;
    return problems.map((problem) => ({ file, line, where, problem }));
  });
  const unused = [...names].filter((name) => !used.has(name));
  return [
    ...findings,
    ...unused.map((name) => ({ file: "terraform", line: 0, where: name, problem: "nothing uses it" })),
  ];
}
