/**
 * What must be found nowhere but in the pages, the tables and the messages themselves. The tests put it wherever a source or a service of
 * Google may: in headers, in bodies of errors, in records; and in the secret.
 */
export const planted = {
  surname: "Quintanilla",
  firstName: "Zyxmaria",
  birthDate: "1987-03-14",
  studentId: "604822987",
  email: "zyxmaria.quintanilla@district.example",
  cookie: "session-of-somebody",
  secret: "planted-secret-value",
  key: "planted-key-value",
};

export const sentence =
  `The student ${planted.firstName} ${planted.surname} (${planted.studentId}), born '${planted.birthDate}', ${planted.email}, is not ` +
  `allowed with ${planted.key}:${planted.secret} or Basic ${Buffer.from(`${planted.key}:${planted.secret}`).toString("base64")}`;

/** The planted words in a text, and more that should not be there; a decoded text has them too where an encoded one does. */
export function found(text: string, more: readonly string[] = []): string[] {
  const words = [
    ...Object.values(planted),
    ...more,
    Buffer.from(`${planted.key}:${planted.secret}`).toString("base64"),
  ];
  return words.filter((word) => text.toLowerCase().includes(word.toLowerCase()));
}
