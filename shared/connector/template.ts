import { PermanentError } from "../errors.ts";

/** What an address of a connector file may name in braces. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

/** Fills `{name}` in a template; undefined when one of the names has no value (the API does not offer it). */
export function expandIfKnown(template: string, values: TemplateValues): string | undefined {
  let known = true;
  const text = template.replaceAll(/\{([\w.]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) known = false;
    return value ?? "";
  });
  return known ? text : undefined;
}

/** Fills `{name}` in a template. @throws PermanentError naming the placeholder without a value */
export function expand(template: string, values: TemplateValues): string {
  return template.replaceAll(/\{([\w.]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new PermanentError(
      `The address "${template}" needs {${name}}, which neither the source nor the API's discovery gives.`,
      {
        why: name,
      },
    );
  });
}
