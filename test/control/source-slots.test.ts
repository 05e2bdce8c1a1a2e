import { describe, expect, test } from "@jest/globals";
import type { Source } from "../../shared/config/sources.ts";
import { Gate, NoTurn, type Visit } from "../../shared/connector/gate.ts";
import { SourceSlots } from "../../shared/control/source-slots.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { keptLog, sourcesFor } from "../fakes/extract-world.ts";
import { type FakeObjectStore, type FakeStoreOptions, fakeObjectStore } from "../fakes/object-store.ts";
import { Agenda } from "../simulation/agenda.ts";

const second = 1000;
const minute = 60 * second;
/** The longest request (120 s), a second to send it, a minute of use, a minute for clocks that differ. */
const slotMs = 241 * second;

interface Town {
  readonly agenda: Agenda;
  readonly control: FakeObjectStore;
  /** What was asked of the control bucket. */
  readonly calls: string[];
  readonly log: ReturnType<typeof keptLog>;
  /** Requests at the source now, and the most there were; when each was begun. */
  readonly source: { now: number; most: number; readonly begun: number[] };
  /** A process of its own, whose clock is off by so much, and who may see the bucket in another way. */
  process(skewMs?: number, bucket?: ObjectStore): Gate;
  /** One request that takes so long. */
  request(visit: Visit, ms?: number): Promise<void>;
}

function town(settings: Partial<Source> = {}, options: FakeStoreOptions = {}): Town {
  const agenda = new Agenda(new Date("2026-11-21T04:00:00Z"));
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => agenda.in(ms, resolve));
  const calls: string[] = [];
  const before: FakeStoreOptions["before"] = async (call, name) => {
    calls.push(`${call} ${name}`);
    await sleep(10);
    await options.before?.(call, name);
  };
  const control = fakeObjectStore({ ...options, before });
  const log = keptLog();
  const [configured] = sourcesFor("http://127.0.0.1:9").sources as [Source];
  const source = { now: 0, most: 0, begun: [] as number[] };
  return {
    agenda,
    control,
    calls,
    log,
    source,
    process: (skewMs = 0, bucket = control) => {
      const clock = { now: () => new Date(agenda.now + skewMs), sleep };
      return new Gate(new SourceSlots({ ...configured, ...settings }, { control: bucket, clock }), { clock, log });
    },
    request: (visit, ms = 100) =>
      visit.pass(async () => {
        source.begun.push(agenda.now);
        source.now += 1;
        source.most = Math.max(source.most, source.now);
        await sleep(ms);
        source.now -= 1;
      }),
  };
}

/** Comes, sends so many requests one after the other, and goes. */
async function walk(place: Town, gate: Gate, requests: number, ms?: number): Promise<void> {
  const visit = gate.enter(place.agenda.now + 60 * minute);
  for (let sent = 0; sent < requests; sent += 1) await place.request(visit, ms);
  await visit.leave();
}

const slotsIn = ({ control }: Town): string[] =>
  [...control.objects.keys()].filter((name) => /\/\d+\.json$/.test(name));

describe("slots of a source", () => {
  test("let three processes have as many requests under way as it allows, and never one more", async () => {
    const place = town({ concurrency: 4 });
    const walks = [1, 2, 3].flatMap(() => {
      const gate = place.process();
      return Array.from({ length: 20 }, () => walk(place, gate, 5));
    });
    await place.agenda.runDry();
    await Promise.all(walks);
    expect(place.source.most).toBe(4);
    expect(place.source.begun).toHaveLength(300);
    expect(slotsIn(place)).toEqual([]);
  });

  test("cost a lonely extraction one write and one delete, however many requests it sends", async () => {
    const place = town();
    const walked = walk(place, place.process(), 40);
    await place.agenda.runDry();
    await walked;
    expect(place.calls).toEqual([
      expect.stringMatching(/^write slots\/d1\/\d.json$/),
      expect.stringMatching(/^delete /),
    ]);
  });

  test("are kept by a process that works for long, with a renewal every half a minute", async () => {
    const place = town({ concurrency: 1 });
    const walked = walk(place, place.process(), 600, second);
    await place.agenda.runDry();
    await walked;
    expect(place.calls.filter((call) => call.startsWith("write"))).toHaveLength(20);
  });

  test("are given back by a process at work when another one waits, and it has its turn again", async () => {
    const place = town({ concurrency: 1 });
    const turns: { who: string; at: number }[] = [];
    const busy = async (who: string): Promise<void> => {
      const visit = place.process().enter(Number.POSITIVE_INFINITY);
      while (place.agenda.now < start + 5 * minute) {
        await place.request(visit, second);
        if (turns.at(-1)?.who !== who) turns.push({ who, at: place.agenda.now });
      }
      await visit.leave();
    };
    const start = place.agenda.now;
    const all = Promise.all([busy("a"), busy("b"), busy("c")]);
    await place.agenda.runDry();
    await all;
    const counts = ["a", "b", "c"].map((who) => turns.filter((turn) => turn.who === who).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    const lengths = turns.slice(1).map(({ at }, index) => at - (turns[index]?.at ?? 0));
    expect(Math.max(...lengths)).toBeLessThan(40 * second);
    expect(place.source.most).toBe(1);
  });

  test("of a process that was killed are free when they have ended, and not before", async () => {
    const place = town({ concurrency: 1 });
    void place.request(place.process().enter(Number.POSITIVE_INFINITY), 1e9);
    await place.agenda.pass(second);
    const start = place.agenda.now;
    const walked = walk(place, place.process(), 1);
    await place.agenda.pass(slotMs + 5 * second);
    await walked;
    expect(place.source.begun[1]).toBeGreaterThan(start + slotMs - 2 * second);
  });

  test("that were taken, but not for the one who took them to know, end by themselves", async () => {
    let isLost = false;
    const place = town(
      { concurrency: 1 },
      {
        after: (call) => {
          if (call === "write" && !isLost) {
            isLost = true;
            throw new RetryableError("503");
          }
          // The look whether the write took effect fails, too.
          if (call === "read" && place.calls.length === 2) throw new RetryableError("503");
        },
      },
    );
    const walked = walk(place, place.process(), 1);
    await place.agenda.pass(slotMs + 5 * second);
    await walked;
    expect(place.source.begun).toHaveLength(1);
  });

  test("are lost to a process that was held up for longer than they last: it sends nothing until it has one again", async () => {
    const place = town({ concurrency: 1 });
    const sleeper = place.process().enter(Number.POSITIVE_INFINITY);
    const first = place.request(sleeper);
    await place.agenda.pass(second);
    await first;
    // Nothing happens in the process for five minutes; meanwhile another one takes what has ended.
    await place.agenda.pass(5 * minute);
    const other = place.request(place.process().enter(Number.POSITIVE_INFINITY), minute);
    await place.agenda.pass(second);
    const second_ = place.request(sleeper);
    await place.agenda.pass(30 * second);
    expect(place.source.begun).toHaveLength(2);
    await place.agenda.pass(10 * minute);
    await Promise.all([other, second_]);
    expect(place.source.most).toBe(1);
    expect(place.source.begun).toHaveLength(3);
  });

  test.each([
    ["one minute ahead", 60 * second],
    ["one minute behind", -60 * second],
  ])(
    "are not taken from a process while its last request may last, by another whose clock is %s",
    async (_, skewMs) => {
      const place = town({ concurrency: 1 });
      let writes = 0;
      // It takes its slot, and cannot renew it.
      const bucket: ObjectStore = {
        ...place.control,
        write: async (...given) => {
          writes += 1;
          if (writes > 1) throw new RetryableError("503");
          return place.control.write(...given);
        },
      };
      const holder = place.process(skewMs, bucket).enter(Number.POSITIVE_INFINITY);
      void (async () => {
        // Requests that last nearly as long as they may, one behind the other.
        for (;;) await place.request(holder, 119 * second);
      })();
      await place.agenda.pass(second);
      const other = walk(place, place.process(), 1);
      await place.agenda.pass(10 * minute);
      await other;
      expect(place.source.begun).toHaveLength(2);
      expect(place.source.most).toBe(1);
    },
  );

  test("are used no more by a process that cannot renew them", async () => {
    let isDown = false;
    const before: FakeStoreOptions["before"] = (call) => {
      if (isDown && call === "write") throw new RetryableError("503");
    };
    const place = town({ concurrency: 1 }, { before });
    const visit = place.process().enter(place.agenda.now + 60 * minute);
    const first = place.request(visit);
    await place.agenda.pass(second);
    await first;
    isDown = true;
    await place.agenda.pass(61 * second);
    const waiting = place.request(visit);
    await place.agenda.pass(minute);
    expect(place.source.begun).toHaveLength(1);
    expect(place.log.lines.map(({ message }) => message)).toContain("a slot of a source could not be renewed");
    isDown = false;
    await place.agenda.pass(10 * second);
    await waiting;
    expect(place.source.begun).toHaveLength(2);
  });

  test("whose control bucket cannot be used at all end the wait with that error", async () => {
    const before = () => {
      throw new PermanentError("The function may not write to the control bucket");
    };
    const place = town({}, { before });
    const walked = walk(place, place.process(), 1);
    walked.catch(() => undefined);
    await place.agenda.pass(minute);
    await expect(walked).rejects.toThrow("may not write");
  });

  test("that cannot be given back keep nobody from going", async () => {
    const before: FakeStoreOptions["before"] = (call) => {
      if (call === "delete") throw new RetryableError("503");
    };
    const place = town({}, { before });
    const walked = walk(place, place.process(), 1);
    await place.agenda.runDry();
    await walked;
    expect(place.log.lines.map(({ message }) => message)).toEqual(["a slot of a source could not be given back"]);
  });

  test("are taken by one of many who ask at the same moment", async () => {
    const place = town({ concurrency: 1 });
    const walks = Array.from({ length: 12 }, () => walk(place, place.process(), 1, second));
    await place.agenda.pass(10 * minute);
    await Promise.all(walks);
    expect(place.source.most).toBe(1);
  });
});

describe("the gate of a process", () => {
  test("serves an extraction with one request before the many of another", async () => {
    const place = town({ concurrency: 2 });
    const gate = place.process();
    const large = gate.enter(Number.POSITIVE_INFINITY);
    const small = gate.enter(Number.POSITIVE_INFINITY);
    const done: string[] = [];
    const send = async (visit: Visit, name: string): Promise<void> => {
      await place.request(visit, second);
      done.push(name);
    };
    const all = Promise.all([
      ...Array.from({ length: 20 }, () => send(large, "large")),
      ...Array.from({ length: 2 }, () => send(small, "small")),
    ]);
    await place.agenda.runDry();
    await all;
    expect(done.lastIndexOf("small")).toBeLessThan(6);
  });

  test("lets the first come get through where there is no time for all", async () => {
    const place = town({ concurrency: 2, requests_per_second: 1 });
    const gate = place.process();
    const until = place.agenda.now + 40 * second;
    let through = 0;
    const all = Array.from({ length: 30 }, async () => {
      const visit = gate.enter(until);
      try {
        for (let sent = 0; sent < 6; sent += 1) await place.request(visit);
        through += 1;
      } catch (error) {
        if (!(error instanceof NoTurn)) throw error;
      }
      await visit.leave();
    });
    await place.agenda.runDry();
    await Promise.all(all);
    expect(through).toBeGreaterThanOrEqual(5);
  });

  test("lets small extractions by while large ones are at work", async () => {
    const place = town({ concurrency: 2 });
    const gate = place.process();
    const large = Array.from({ length: 4 }, () => walk(place, gate, 600, second));
    await place.agenda.pass(second);
    const from = place.agenda.now;
    const small = Promise.all(Array.from({ length: 10 }, () => walk(place, gate, 6, second)));
    let smallEnd = 0;
    void small.then(() => {
      smallEnd = place.agenda.now;
    });
    await place.agenda.runDry();
    await Promise.all(large);
    // Two slots: their own minute of work is half a minute, behind the large ones' half a minute at the head of the line.
    expect(smallEnd - from).toBeLessThan(90 * second);
  });

  test("sends away whose time is up, and says so", async () => {
    const place = town({ concurrency: 1 });
    const gate = place.process();
    void place.request(gate.enter(Number.POSITIVE_INFINITY), 10 * minute);
    await place.agenda.pass(second);
    const visit = gate.enter(place.agenda.now + 90 * second);
    const waiting = place.request(visit);
    waiting.catch(() => undefined);
    await place.agenda.pass(89 * second);
    expect(visit.hasWaitedInVain).toBe(false);
    await place.agenda.pass(2 * second);
    await expect(waiting).rejects.toThrow(NoTurn);
    expect(visit.hasWaitedInVain).toBe(true);
  });

  test("goes on after a request that failed", async () => {
    const place = town({ concurrency: 1 });
    const visit = place.process().enter(Number.POSITIVE_INFINITY);
    const failing = visit.pass(() => Promise.reject(new RetryableError("The source broke off")));
    failing.catch(() => undefined);
    const next = place.request(visit);
    await place.agenda.pass(minute);
    await expect(failing).rejects.toThrow("broke off");
    await next;
  });

  test("gives back a slot that comes when the last visitor is about to go", async () => {
    const place = town({ concurrency: 2 });
    const visit = place.process().enter(place.agenda.now + 500);
    const requests = Promise.allSettled([place.request(visit, 495), place.request(visit, 495)]);
    const gone = requests.then(() => visit.leave());
    await place.agenda.runDry();
    await gone;
    expect(slotsIn(place)).toEqual([]);
  });

  test("gives back while everybody rests what others may need", async () => {
    const place = town({ concurrency: 1 });
    const visit = place.process().enter(Number.POSITIVE_INFINITY);
    const first = place.request(visit);
    await place.agenda.pass(second);
    await first;
    visit.rest(30 * second);
    await place.agenda.pass(0);
    await place.agenda.pass(second);
    expect(slotsIn(place)).toEqual([]);
  });
});

describe("a source with a rate", () => {
  test.each([
    [4, 12],
    [4, 7],
    [3, 2],
    [2, 0.5],
  ])("of %i at once and %d a second is asked no faster, by three processes", async (concurrency, perSecond) => {
    const place = town({ concurrency, requests_per_second: perSecond });
    for (let process = 0; process < 3; process += 1) {
      const gate = place.process();
      for (let party = 0; party < 6; party += 1) void walk(place, gate, 1000, 50);
    }
    await place.agenda.pass(2 * minute);
    const { begun } = place.source;
    const inWindow = begun.map((from) => begun.filter((at) => at >= from && at < from + second).length);
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(Math.ceil(perSecond));
    expect(begun.length).toBeGreaterThan(0.75 * perSecond * 120);
  });
});
