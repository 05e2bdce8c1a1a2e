/** What of an endpoint this looks at. */
interface EndpointNames {
  readonly path: string;
  readonly post?: { readonly body: Readonly<Record<string, unknown>> } | undefined;
  readonly parents?: Readonly<Record<string, { readonly endpoint: string }>> | undefined;
}

type Endpoints = Readonly<Record<string, EndpointNames>>;

function placeholdersOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The names that texts of a body are in full; in other texts braces mean what they mean to the API. */
function namesInBody(body: unknown): string[] {
  return [...JSON.stringify(body).matchAll(/"\{(\w+)\}"/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The names that the parents of an endpoint give values to, nearest first; undefined when they go round in a circle. */
function namesGiven(endpoints: Endpoints, name: string): string[] | undefined {
  const given: string[] = [];
  const seen = new Set<string>();
  for (let at = name; ; ) {
    if (seen.has(at)) return undefined;
    seen.add(at);
    const [parent] = Object.entries(endpoints[at]?.parents ?? {});
    if (!parent) return given;
    given.push(parent[0]);
    at = parent[1].endpoint;
  }
}

/** What zod cannot see: parents that do not exist or go round in a circle, names in a path that nothing gives a value to. */
export function endpointProblems(endpoints: Endpoints): string[] {
  return Object.entries(endpoints).flatMap(([name, { path, post, parents = {} }]) => {
    const where = `endpoints.${name}`;
    const missing = Object.entries(parents).filter(([, { endpoint }]) => !endpoints[endpoint]);
    if (missing.length > 0) {
      return missing.map(([key, { endpoint }]) => `${where}.parents.${key}: there is no endpoint "${endpoint}"`);
    }
    const given = namesGiven(endpoints, name);
    if (!given) return [`${where}.parents: an endpoint cannot be its own parent, nor its parent's`];
    const inPath = placeholdersOf(path);
    const inBody = namesInBody(post?.body ?? {});
    const unused = Object.keys(parents).filter((key) => ![...inPath, ...inBody].includes(key));
    const unknown = (at: string, names: readonly string[]): string[] =>
      names
        .filter((placeholder) => !given.includes(placeholder))
        .map(
          (placeholder) => `${where}.${at}: nothing gives {${placeholder}} a value (name an endpoint under parents)`,
        );
    return [
      ...unused.map((key) => `${where}.path: it does not say {${key}}, which its parents give values to`),
      ...unknown("path", inPath),
      ...unknown("post.body", inBody),
    ];
  });
}
