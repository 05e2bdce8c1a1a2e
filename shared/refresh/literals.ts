/** A string as a GoogleSQL literal. */
export function stringLiteral(text: string): string {
  const escaped = text.replace(/[\\'\p{Cc}\u2028\u2029]/gu, (sign) =>
    sign === "'" || sign === "\\" ? `\\${sign}` : `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `'${escaped}'`;
}

/** A column's name, whatever word it is. */
export function columnLiteral(name: string): string {
  return `\`${name}\``;
}

/** A value from a header, as a literal of a column's type. @throws SyntaxError when it is none */
export function valueLiteral(value: string | number | boolean, type: string): string {
  const text = String(value);
  const isNumber = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
  switch (type) {
    case "STRING":
      return stringLiteral(text);
    case "INT64":
      if (!/^-?\d+$/.test(text)) break;
      return text;
    case "NUMERIC":
      if (!isNumber) break;
      return `numeric '${text}'`;
    case "FLOAT64":
      if (!isNumber) break;
      return text;
    case "BOOL":
      if (!/^(true|false)$/i.test(text)) break;
      return text.toLowerCase();
    case "DATE":
      if (!/^\d{4}-\d\d-\d\d$/.test(text)) break;
      return `date '${text}'`;
    case "TIMESTAMP":
      return `timestamp ${stringLiteral(text)}`;
    case "TIME":
      if (!/^\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) break;
      return `time '${text}'`;
    default:
      throw new SyntaxError(`${type} columns are not compared with values`);
  }
  throw new SyntaxError(`"${text}" is no ${type}`);
}
