/** How rows go through a number of lanes. */
export interface Lanes<Row> {
  readonly lanes: number;
  /** Rows that are announced together, before the first of them is worked on; the next as many when half of them are left. */
  readonly ahead: number;
  readonly announce: (rows: readonly Row[]) => Promise<void>;
  readonly work: (row: Row) => Promise<void>;
  /** Whether no more rows are to be begun. */
  readonly isOver: () => boolean;
}

/**
 * Works on rows in several lanes, each row once it is announced; the next ones are announced while those before are worked on.
 * @returns rows that were announced and not begun
 * @throws the first failure, when all lanes have ended
 */
export async function throughLanes<Row>(rows: readonly Row[], options: Lanes<Row>): Promise<Row[]> {
  const { lanes, ahead, announce, work, isOver } = options;
  const ready: Row[] = [];
  let at = 0;
  let announcing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const announceMore = async (): Promise<void> => {
    const block = rows.slice(at, at + ahead);
    at += block.length;
    try {
      await announce(block);
      ready.push(...block);
    } catch (error) {
      failure ??= { error };
    } finally {
      announcing = undefined;
    }
  };
  const next = async (): Promise<Row | undefined> => {
    for (;;) {
      if (failure || isOver()) return undefined;
      // Half of a block lasts until the next one is written down, so that no lane waits for it.
      if (ready.length < Math.max(lanes, ahead / 2) && at < rows.length) announcing ??= announceMore();
      const row = ready.shift();
      if (row !== undefined) return row;
      if (!announcing) return undefined;
      await announcing;
    }
  };
  const lane = async (): Promise<void> => {
    for (let row = await next(); row !== undefined; row = await next()) {
      try {
        await work(row);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, rows.length) }, lane));
  await announcing;
  if (failure) throw failure.error;
  return ready;
}
