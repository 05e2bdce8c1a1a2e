export function discoveryDocument(origin: string): unknown {
  return { rootUrl: `${origin}/` };
}
