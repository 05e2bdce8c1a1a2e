import { describe, expect, test } from "@jest/globals";
import type { DeliverPorts } from "../../shared/deliver/deliver.ts";
import { stateName } from "../../shared/deliver/state.ts";
import { type DeliverySeams, simulateDelivery } from "./delivery.ts";

/** Seeds in which a planted bug must show at the latest. */
const seedsMax = 200;

type Control = DeliverPorts["control"];

const withControl = (ports: DeliverPorts, change: (control: Control) => Partial<Control>): DeliverPorts => ({
  ...ports,
  control: { ...ports.control, ...change(ports.control) },
});

interface Planted extends DeliverySeams {
  readonly name: string;
  readonly found: RegExp;
}

/** Nothing but deaths: what a dead process leaves is seldom met by a change that comes back to what was there before. */
const deadly = {
  ...{ death: 0.04, refusal: 0, lostAnswer: 0, hold: 0, sourceFailure: 0, falseConflict: 0 },
  ...{ lateMessage: 0, lostMessage: 0, doubleMessage: 0 },
};

const isJournal = (name: string): boolean => name.includes("/journal/");

const planted: readonly Planted[] = [
  {
    name: "a record is sent without having been announced",
    ports: (ports) =>
      withControl(ports, (control) => ({
        write: (name, body, generation) =>
          control.write(name, isJournal(name) ? withoutIntents(body) : body, generation),
      })),
    weather: deadly,
    found: /the target lacks/,
  },
  {
    name: "a part of the ledger is loaded as often as it is asked for",
    ports: (ports) => ({
      ...ports,
      payloadsOf: (delivery) => {
        const payloads = ports.payloadsOf(delivery);
        let times = 0;
        return {
          ...payloads,
          record: (name, rows) => {
            times += 1;
            return payloads.record(`${name} ${times} ${Math.random()}`, rows);
          },
        };
      },
    }),
    weather: { death: 0.02, lostAnswer: 0.02 },
    found: /the ledger has a row twice/,
  },
  {
    name: "nobody asks which other rows are the same record",
    ports: (ports) => ({
      ...ports,
      payloadsOf: (delivery) => ({ ...ports.payloadsOf(delivery), claims: async () => [] }),
    }),
    found: /the target lacks|a run with nothing to do sent something/,
  },
  {
    name: "two may send at once, and write over each other's journal",
    ports: (ports) =>
      withControl(ports, (control) => ({
        read: async (name) => (name.startsWith("leases/") ? undefined : control.read(name)),
        write: async (name, body, generation) => {
          if (name.startsWith("leases/")) return "1";
          if (!isJournal(name)) return control.write(name, body, generation);
          const there = await control.read(name);
          return control.write(name, body, there?.generation ?? "0");
        },
      })),
    weather: { doubleMessage: 0.5, lostMessage: 0 },
    found: /sent again|lacks|never|fails|object|twice|left behind|dead letter|no verb/,
  },
  {
    name: "what was announced by the dead is forgotten",
    ports: (ports) =>
      withControl(ports, (control) => ({
        read: async (name) => {
          const found = await control.read(name);
          return found && isJournal(name) ? { ...found, body: withoutIntents(found.body) } : found;
        },
      })),
    weather: deadly,
    found: /the target lacks/,
  },
  {
    name: "what another announced goes with the entries that one takes away who was held",
    ports: (ports) =>
      withControl(ports, (control) => ({
        write: (name, body, generation) =>
          control.write(name, name === stateName("map-results") ? withoutOpen(body) : body, generation),
      })),
    weather: { hold: 0.02 },
    found: /the target lacks/,
  },
  {
    name: "nobody asks for what stopped",
    watch: (ports) => ({ ...ports, sources: { ...ports.sources, deliveries: [] } }),
    weather: { lostMessage: 0.3 },
    found: /stands still|never looked/,
  },
];

function withoutOpen(body: string): string {
  return JSON.stringify({ ...(JSON.parse(body) as object), open: [] });
}

function withoutIntents(body: string): string {
  const entry = JSON.parse(body) as { lines: { kind: string }[] };
  return JSON.stringify({ ...entry, lines: entry.lines.filter(({ kind }) => kind !== "intent") });
}

describe("a planted bug is found", () => {
  test.each(planted)(
    "$name",
    async ({ ports, watch, weather, found }) => {
      for (let seed = 1; seed <= seedsMax; seed += 1) {
        const { violations } = await simulateDelivery(seed, {
          ...(ports ? { ports } : {}),
          ...(watch ? { watch } : {}),
          ...(weather ? { weather } : {}),
        });
        if (violations.some((violation) => found.test(violation))) return;
      }
      throw new Error(`none of ${seedsMax} seeds finds it`);
    },
    60_000,
  );
});

test("a seed is one history", async () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const { trace } = await simulateDelivery(seed, { isTraced: true });
    expect(trace.length).toBeGreaterThan(50);
    const again = (await simulateDelivery(seed, { isTraced: true })).trace;
    expect(again).toEqual(trace);
  }
}, 30_000);

test("worlds of deliveries end right, whatever goes wrong in them, and what goes wrong does come up", async () => {
  const signs = {
    deaths: /dies (?:before|after)$/,
    held: /held (?:before|after)$/,
    lost: /answer lost$/,
    interrupted: /whose delivery was interrupted are sent again/,
    asked: /a delivery stopped in the middle|a delivery was not begun/,
    continued: /"hop":[1-9]/,
    deleted: /DELETE/,
    refused: /not everything was taken/,
  };
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    const { violations, trace } = await simulateDelivery(seed, { isTraced: true });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const [sign, pattern] of Object.entries(signs)) if (trace.some((line) => pattern.test(line))) seen.add(sign);
  }
  expect([...seen].sort()).toEqual(Object.keys(signs).sort());
}, 60_000);
