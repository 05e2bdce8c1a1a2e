/** One place at a source: whoever holds it may have one request under way there. */
export interface Slot {
  readonly number: number;
  /** Where it is kept, for people. */
  readonly name: string;
  /** Until when it is surely held (milliseconds since the epoch): what is begun with it has to end before. */
  readonly heldUntil: number;
  /** How far apart requests are begun with it, in milliseconds. */
  readonly spacingMs: number;
  /** @throws ConflictError when somebody else has it now */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** The slots of one source, which all processes share. */
export interface Slots {
  /** How many there are. */
  readonly count: number;
  /** The longest that a request takes before it is given up. */
  readonly requestMs: number;
  /** Takes one that nobody has; undefined when there is none. @param held the numbers of those that this process has */
  take(held: ReadonlySet<number>): Promise<Slot | undefined>;
  /** Tells the processes that have slots that this one waits. */
  want(): Promise<void>;
  /** Whether another process waits. */
  isWanted(): Promise<boolean>;
}
