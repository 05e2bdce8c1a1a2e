import { createHash } from "node:crypto";
import { doneStatuses, isDone, uncertainStatuses } from "../../shared/deliver/outcome.ts";
import type { LedgerRow, Payloads, Position, Scope, Tally, Unmatched } from "../../shared/deliver/payloads.ts";

/** A row of a delivery model. */
export interface PayloadRow {
  readonly schoolYear: number;
  readonly recordKey: string;
  readonly payload: unknown;
  readonly changedAt?: string;
}

export interface MemoryPayloads extends Payloads {
  /** Rows by table. */
  readonly tables: Map<string, PayloadRow[]>;
  readonly ledger: LedgerRow[];
  /** What could not become a payload. */
  readonly unmatchedRows: Unmatched[];
  /** Names of the parts that were loaded. */
  readonly parts: Set<string>;
  /** Called before anything is asked or written, and after something is written. */
  around: (call: string) => void | Promise<void>;
}

export const payloadHash = (payload: unknown): string =>
  createHash("sha256").update(payloadText(payload)).digest("hex");

function payloadText(payload: unknown): string {
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

const settling: readonly string[] = [...doneStatuses, ...uncertainStatuses];

function positionOf({ recordKey, changedAt = "" }: PayloadRow): Position {
  return { recordKey, changedAt };
}

/** What changed last comes first, then by record key. */
function isBehind(one: Position, other: Position): boolean {
  return one.changedAt === other.changedAt ? one.recordKey > other.recordKey : one.changedAt < other.changedAt;
}

/** Payloads and ledger in memory, with the meaning that the SQL of `shared/deliver/warehouse-payloads.ts` has. */
export function memoryPayloads(): MemoryPayloads {
  const tables = new Map<string, PayloadRow[]>();
  const ledger: LedgerRow[] = [];
  const parts = new Set<string>();

  const rowsOf = ({ table, schoolYear }: Scope) =>
    (tables.get(table) ?? [])
      .filter((row) => row.schoolYear === schoolYear)
      .sort((one, other) => (isBehind(positionOf(one), positionOf(other)) ? 1 : -1));
  const later = (one: LedgerRow, other: LedgerRow): number =>
    one.at === other.at ? one.sequence - other.sequence : one.at < other.at ? -1 : 1;
  const lastBy = ({ resource, schoolYear }: Scope, isMeant: (row: LedgerRow) => boolean) => {
    const last = new Map<string, LedgerRow>();
    for (const row of ledger) {
      if (row.resource !== resource || row.schoolYear !== schoolYear || !isMeant(row)) continue;
      const other = last.get(row.recordKey);
      if (!other || later(row, other) > 0) last.set(row.recordKey, row);
    }
    return last;
  };
  const facts = (scope: Scope) => ({
    attempts: lastBy(scope, () => true),
    settled: lastBy(scope, ({ status }) => settling.includes(status)),
    sure: lastBy(scope, ({ status }) => isDone(status)),
  });
  const isThere = (row: LedgerRow | undefined): boolean =>
    row !== undefined && ["created", "updated", "exists"].includes(row.status);
  const lastOf = (row: LedgerRow | undefined) =>
    row && {
      status: row.status,
      runId: row.runId,
      payloadHash: row.payloadHash,
      attempt: row.attempt,
      at: new Date(row.at),
    };
  const keyOf = ({ naturalKey, recordKey }: LedgerRow): string =>
    naturalKey === undefined ? recordKey : JSON.stringify(naturalKey);
  /** Of several rows that are one record to the target, that which was sent last. */
  const holdersOf = (settled: ReadonlyMap<string, LedgerRow>): ReadonlySet<LedgerRow> => {
    const holders = new Map<string, LedgerRow>();
    for (const row of settled.values()) {
      const other = holders.get(keyOf(row));
      if (!other || later(row, other) > 0) holders.set(keyOf(row), row);
    }
    return new Set(holders.values());
  };
  const currentOf = (scope: Scope): ReadonlySet<PayloadRow> => {
    const { settled } = facts(scope);
    const holders = holdersOf(settled);
    const isCurrent = (row: PayloadRow): boolean => {
      const found = settled.get(row.recordKey);
      if (found === undefined || !isThere(found) || !holders.has(found)) return false;
      return found.payloadHash === payloadHash(row.payload);
    };
    return new Set(rowsOf(scope).filter(isCurrent));
  };
  const goneOf = (scope: Scope): LedgerRow[] => {
    const { attempts, settled } = facts(scope);
    const keys = new Set(rowsOf(scope).map(({ recordKey }) => recordKey));
    const claimed = new Set(
      [...attempts.values()].flatMap((row) => (keys.has(row.recordKey) && row.naturalKey ? keyOf(row) : [])),
    );
    return [...holdersOf(settled)]
      .filter((row) => !["deleted", "gone"].includes(row.status) && !keys.has(row.recordKey))
      .filter((row) => !claimed.has(keyOf(row)))
      .sort((one, other) => (one.recordKey < other.recordKey ? -1 : 1));
  };

  const self: MemoryPayloads = {
    tables,
    ledger,
    parts,
    unmatchedRows: [],
    unmatched: async () => [...self.unmatchedRows],
    around: () => undefined,
    async years({ table }) {
      await self.around("years");
      const years = [...(tables.get(table) ?? []), ...ledger].map(({ schoolYear }) => schoolYear);
      return [...new Set(years)].sort();
    },
    async counts(scope) {
      await self.around("counts");
      const { sure } = facts(scope);
      return {
        payloads: rowsOf(scope).length,
        current: currentOf(scope).size,
        vanished: goneOf(scope).length,
        delivered: [...sure.values()].filter(isThere).length,
      };
    },
    async pending(scope, after, limit) {
      await self.around("pending");
      const { attempts, sure } = facts(scope);
      const current = currentOf(scope);
      const due = rowsOf(scope).filter(
        (row) => (after === undefined || isBehind(positionOf(row), after)) && !current.has(row),
      );
      return due.slice(0, limit).map((row) => ({
        recordKey: row.recordKey,
        payload: payloadText(row.payload),
        payloadHash: payloadHash(row.payload),
        changedAt: row.changedAt ?? "",
        isThere: isThere(sure.get(row.recordKey)),
        last: lastOf(attempts.get(row.recordKey)),
      }));
    },
    async isUntried({ resource, schoolYear }) {
      await self.around("isUntried");
      return !ledger.some((row) => row.resource === resource && row.schoolYear === schoolYear);
    },
    async claims(scope, naturalKeys) {
      await self.around("claims");
      const { attempts } = facts(scope);
      return rowsOf(scope).flatMap((row) => {
        const { naturalKey } = attempts.get(row.recordKey) ?? {};
        const text = JSON.stringify(naturalKey);
        return naturalKey && naturalKeys.includes(text) ? [{ ...positionOf(row), naturalKey: text }] : [];
      });
    },
    async vanished(scope, after, limit) {
      await self.around("vanished");
      const { attempts } = facts(scope);
      const found = goneOf(scope).filter(({ recordKey }) => recordKey > after);
      return found.slice(0, limit).flatMap(({ recordKey, naturalKey }) => {
        const last = lastOf(attempts.get(recordKey));
        return last ? [{ recordKey, naturalKey, last }] : [];
      });
    },
    async namespaces(scope) {
      const found = rowsOf(scope).flatMap(({ payload }) => (payload as { namespace?: string }).namespace ?? []);
      return [...new Set(found)].sort();
    },
    async tally(runId) {
      await self.around("tally");
      const last = new Map<string, LedgerRow>();
      for (const row of ledger) {
        if (row.runId !== runId) continue;
        const key = JSON.stringify([row.resource, row.schoolYear, row.recordKey]);
        const other = last.get(key);
        if (!other || later(row, other) > 0) last.set(key, row);
      }
      const counts = new Map<string, Tally>();
      for (const { resource, status, problems } of last.values()) {
        const key = `${resource} ${status}`;
        const reason = problems?.[0]?.reason ?? counts.get(key)?.reason ?? null;
        counts.set(key, { resource, status, count: (counts.get(key)?.count ?? 0) + 1, reason });
      }
      return [...counts.values()];
    },
    async record(name, rows) {
      await self.around("record");
      const part = `${name} ${createHash("sha256").update(JSON.stringify(rows)).digest("hex")}`;
      if (!parts.has(part)) {
        parts.add(part);
        ledger.push(...structuredClone([...rows]));
      }
      await self.around("recorded");
    },
  };
  return self;
}
