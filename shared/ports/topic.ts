/** Where a verb announces what comes next. Publishing is at least once; every consumer expects duplicates. */
export interface Topic {
  /** Publishes one JSON message (never empty) and returns its message id. */
  publish(message: object, attributes?: Readonly<Record<string, string>>): Promise<string>;
}
