import { arrayMacros } from "./prelude/arrays.ts";
import { castMacros } from "./prelude/casts.ts";
import { catalogMacros } from "./prelude/catalog.ts";
import { dateMacros } from "./prelude/dates.ts";
import { jsonMacros } from "./prelude/json.ts";
import { numberMacros } from "./prelude/numbers.ts";
import { stringMacros } from "./prelude/strings.ts";
import { textMacros } from "./prelude/texts.ts";

/** NULLs sort as in GoogleSQL, days are those of UTC, and an unknown function is an error, not a download. */
const settings = [
  "SET default_null_order = 'nulls_first_on_asc_last_on_desc'",
  "SET TimeZone = 'UTC'",
  "SET ieee_floating_point_ops = TRUE",
  "SET autoinstall_known_extensions = FALSE",
  "SET autoload_known_extensions = FALSE",
];

const macros = [
  ...numberMacros,
  ...castMacros,
  ...stringMacros,
  ...arrayMacros,
  ...jsonMacros,
  ...textMacros,
  ...dateMacros,
  ...catalogMacros,
];

/**
 * What makes a DuckDB connection fit to run the translator's statements.
 *
 * To be run in order on every connection. The macros are temporary ones: a view that was stored by an earlier version
 * finds the macros of this version, nothing of the prelude is in the database file, and running it twice changes nothing.
 * With `shared` they are ordinary macros of the database that is current when they are made, such as an in-memory one
 * that every connection has on its search path: run once, whatever the number of connections.
 *
 * What stored views rest on are the macros' names and parameters; test/emulator/googlesql/prelude.test.ts holds them.
 */
export function preludeStatements(options: { shared?: boolean } = {}): string[] {
  const kind = options.shared ? "MACRO" : "TEMP MACRO";
  return [...settings, ...macros.map((macro) => `CREATE OR REPLACE ${kind} ${macro}`)];
}
