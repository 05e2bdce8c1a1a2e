import { afterEach, describe, expect, test } from "@jest/globals";
import { momentText } from "../../shared/connector/window-parameters.ts";
import { watermark } from "../extract/district.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectorWith, extractFrom, type RestApi, restApi, restWorld } from "./rest-api.ts";

const connector = connectorWith(`
records: { at: $, id: $.id }
paging: { type: link }
changes: { type: updated_since, parameter: updated_after, format: local, overlap_minutes: 30 }
endpoints:
  members: { path: members, key: [$.id] }
  teams: { path: teams, key: [$.id], changes: { type: none } }
`);

let api: RestApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

describe("a moment", () => {
  const moment = Date.parse("2026-07-01T16:05:09.123Z");
  test.each([
    ["utc", "2026-07-01T16:05:09.123Z"],
    ["local", "2026-07-02T00:05:09"],
    ["date", "2026-07-02"],
    ["epoch_seconds", "1782921909"],
    ["epoch_milliseconds", "1782921909123"],
  ] as const)("E80 is told as %s by the school's clocks", (format, expected) => {
    expect(momentText(moment, format, "Asia/Singapore")).toBe(expected);
  });

  test("E80 is told by the clocks of summer and of winter", () => {
    expect(momentText(Date.parse("2026-03-29T00:59:59Z"), "local", "Europe/London")).toBe("2026-03-29T00:59:59");
    expect(momentText(Date.parse("2026-03-29T01:00:00Z"), "local", "Europe/London")).toBe("2026-03-29T02:00:00");
  });
});

describe("what was changed since a moment", () => {
  async function world() {
    api = await restApi(() => ({ body: [{ id: 1 }] }));
    const clock = fakeClock();
    const source = "    time_zone: Asia/Singapore\n";
    return { ...restWorld(connector, api.url, { clock, source }), clock };
  }

  test("is asked for from a while before the run began that was loaded last", async () => {
    const made = await world();
    await extractFrom(made, "members");
    const [full] = made.manifests();
    const began = made.clock.now().getTime();
    expect(full).toMatchObject({ mode: "full", window: { from: null, to: String(began) } });
    expect(api?.asked[0]?.query.toString()).toBe("");
    made.control.put("watermarks/d1/members/0.json", { ...watermark("members", String(began)), school_year: 0 });
    made.clock.advance(86_400_000);
    await extractFrom(made, "members", { mode: "delta", at: "2026-11-22T03:00:00Z" });
    const delta = made.manifests().find(({ mode }) => mode === "delta");
    expect(delta?.window).toEqual({ from: String(began + 1 - 30 * 60_000), to: String(began + 86_400_000) });
    const local = momentText(began + 1 - 30 * 60_000, "local", "Asia/Singapore");
    expect(api?.asked[1]?.query.get("updated_after")).toBe(local);
  });

  test("is not asked for where nothing is loaded, or where an endpoint cannot say it: everything is", async () => {
    const made = await world();
    await extractFrom(made, "members", { mode: "delta" });
    await extractFrom(made, "teams", { mode: "delta" });
    expect(made.manifests().map(({ mode, reason }) => `${mode}: ${reason}`)).toEqual([
      "full: nothing is loaded yet",
      "full: the source offers no change queries",
    ]);
  });
});
