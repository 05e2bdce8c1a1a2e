import type { Expression } from "../syntax.ts";
import { writeOverloaded } from "./overload.ts";
import { fieldNames, stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Writes TO_JSON_STRING: a struct or array that shows in the text is taken apart, since its parts show their types. */
export function writeToJsonString(value: Expression, writer: Writer): string {
  return jsonText(value, "bq_to_json_string", writer);
}

/** Writes TO_JSON. */
export function writeToJson(value: Expression, writer: Writer): string {
  return `CAST(${jsonText(value, "bq_to_json_text", writer)} AS JSON)`;
}

function jsonText(value: Expression, macro: string, writer: Writer): string {
  if (value.kind === "struct" && value.type === undefined && value.fields.length > 0) {
    const names = fieldNames(value);
    const named = value.fields.map((field, index) => ({ value: field.value, name: names[index] ?? "" }));
    // JSON keeps its members sorted by name in BigQuery, the text of TO_JSON_STRING those of a struct in their order.
    const ordered = macro === "bq_to_json_text" ? named.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : named;
    const members = ordered.map(({ name, value: member }, index) => {
      const head = `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`;
      return `${stringLiteral(head)} || ${jsonText(member, macro, writer)}`;
    });
    return `(${members.join(" || ")} || '}')`;
  }
  if (value.kind === "array" && value.type === undefined && value.items.length > 0) {
    const items = value.items.map((item) => jsonText(item, macro, writer));
    return `('[' || ${items.join(" || ',' || ")} || ']')`;
  }
  return writeOverloaded(macro, [value], [writer.expression(value)], writer);
}
