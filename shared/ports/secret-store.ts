/** Credentials of a source, by name. The value is cached by the implementation and never logged. */
export interface SecretStore {
  /** @throws PermanentError when there is no such secret, naming it and where it was looked for */
  read(name: string): Promise<string>;
}
