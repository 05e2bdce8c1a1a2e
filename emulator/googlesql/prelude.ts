import { arrayMacros } from "./prelude/arrays.ts";
import { castMacros } from "./prelude/casts.ts";
import { catalogMacros } from "./prelude/catalog.ts";
import { dateMacros } from "./prelude/dates.ts";
import { jsonMacros } from "./prelude/json.ts";
import { numberMacros } from "./prelude/numbers.ts";
import { stringMacros } from "./prelude/strings.ts";

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
  ...dateMacros,
  ...catalogMacros,
];

/**
 * What makes a DuckDB connection fit to run the translator's statements.
 *
 * To be run in order on every connection. The macros are temporary ones: a view that was stored by an earlier version
 * finds the macros of this version, nothing of the prelude is in the database file, and running it twice changes nothing.
 * What stored views rest on are the macros' names and parameters; test/emulator/googlesql/prelude.test.ts holds them.
 */
export function preludeStatements(): string[] {
  return [...settings, ...macros.map((macro) => `CREATE OR REPLACE TEMP MACRO ${macro}`)];
}
