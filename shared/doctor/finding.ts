/** `works`; `note`: worth knowing, and nothing is lost by it; `fails`: somebody has to do something. */
export type FindingStatus = "works" | "note" | "fails";

/** What one check found, in words for a person. No secret and no record ever gets in here. */
export interface Finding {
  readonly check: string;
  readonly status: FindingStatus;
  readonly text: string;
  /** What to do, or exactly what to ask the host for. */
  readonly remedy?: string;
}

/** Whether something may be done. `unknown`: the API did not say (it was unwell, or it was not asked). */
export type Access = "yes" | "no" | "not offered" | "unknown";

/** What the credentials may do with one endpoint. */
export interface EndpointAccess {
  readonly endpoint: string;
  /** As the API spells it, for the host. */
  readonly path: string;
  readonly read: Access;
  /** Whether deletes may be read; null where there is no such feed. */
  readonly readChanges: Access | null;
  /** What the API said about it when it refused. */
  readonly said?: string;
}

export const works = (check: string, text: string): Finding => ({ check, status: "works", text });

export const note = (check: string, text: string, remedy?: string): Finding => ({
  check,
  status: "note",
  text,
  ...(remedy === undefined ? {} : { remedy }),
});

export const fails = (check: string, text: string, remedy: string): Finding => ({
  check,
  status: "fails",
  text,
  remedy,
});
