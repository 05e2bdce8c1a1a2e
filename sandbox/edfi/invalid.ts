/** What is wrong with a record, by the path of the value: collected while it is looked over. */
export interface Invalid {
  add(path: string, message: string): void;
  /** As the answer has it. */
  readonly messages: Readonly<Record<string, readonly string[]>>;
}

export function noneInvalid(): Invalid {
  const messages: Record<string, string[]> = {};
  return {
    messages,
    add: (path, message) => {
      const known = messages[path] ?? [];
      messages[path] = known.includes(message) ? known : [...known, message];
    },
  };
}

/** A member's name as messages have it. */
export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
