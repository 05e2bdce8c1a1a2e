import { parseDocument } from "yaml";
import { configurationError } from "./problems.ts";

/**
 * What a configuration file says. JSON is YAML too, and parsed by itself in no time, where a connector as YAML takes a tenth of a second of
 * a function's start: the build writes it so (scripts/artefact/contents.ts).
 * @throws PermanentError listing what cannot be read
 */
export function parseYaml(text: string, file: string): unknown {
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // A flow mapping of YAML may begin a file as well.
    }
  }
  const document = parseDocument(text);
  if (document.errors.length === 0) return document.toJS();
  throw configurationError(
    file,
    document.errors.map((error) => error.message),
  );
}
