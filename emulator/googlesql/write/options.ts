import type { ColumnMetadata, Metadata, OptionValue } from "../statement.ts";
import type { ColumnDefinition, Option } from "../statement-syntax.ts";
import type { Expression } from "../syntax.ts";

/** The metadata that OPTIONS(…) of a table, view or schema holds; nothing if there are no options. */
export function optionMetadata(options: readonly Option[]): Pick<Metadata, "description" | "labels" | "options"> {
  if (options.length === 0) {
    return {};
  }
  const values = optionValues(options);
  const { description, labels } = values;
  return {
    ...(typeof description === "string" ? { description } : {}),
    ...(Array.isArray(labels) ? { labels: labelRecord(labels) } : {}),
    options: values,
  };
}

function optionValues(options: readonly Option[]): Record<string, OptionValue> {
  return Object.fromEntries(options.map((option) => [option.name, optionValue(option.value, option.text)]));
}

function optionValue(value: Expression, text: string): OptionValue {
  switch (value.kind) {
    case "literal":
      if (value.type === "NULL") {
        return null;
      }
      if (value.type === "BOOL") {
        return value.value === "TRUE";
      }
      return value.type === "INT64" || value.type === "FLOAT64" ? Number(value.value) : value.value;
    case "array":
      return value.items.map((item) => optionValue(item, text));
    case "struct":
      return value.fields.map((field) => optionValue(field.value, text));
    default:
      return text;
  }
}

function labelRecord(labels: readonly OptionValue[]): Record<string, string> {
  const pairs = labels.filter((label) => Array.isArray(label)).map(([name, value]) => [String(name), String(value)]);
  return Object.fromEntries(pairs);
}

/** What the definition of a column says. */
export function columnMetadata(column: ColumnDefinition): ColumnMetadata {
  return {
    ...columnOptions(column.name.text, column.options),
    type: column.typeText,
    ...(column.required ? { required: true } : {}),
    ...(column.defaultValue === undefined ? {} : { defaultValue: column.defaultValue.text }),
  };
}

export function columnOptions(name: string, options: readonly Option[]): ColumnMetadata {
  const { description, options: all } = optionMetadata(options);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(all === undefined ? {} : { options: all }),
  };
}
