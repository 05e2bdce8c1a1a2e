import { afterEach, expect, test } from "@jest/globals";
import { startCanvas } from "../../sandbox/canvas/canvas.ts";
import type { FaultInput } from "../../sandbox/http/faults.ts";
import { startIsams } from "../../sandbox/isams/isams.ts";
import { startNwea } from "../../sandbox/nwea/nwea.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { connectors } from "../fakes/extract-world.ts";
import { openVerbs, type Verbs } from "./verbs.ts";
import "./patience.ts";

/** Waits between requests take no time here. */
const quickClock = { now: () => new Date(), sleep: async () => undefined };

const connectorOf = (name: string): Connector => connectors.get(name) as Connector;

interface Api {
  readonly url: string;
  addFaults(rule: FaultInput): void;
  clearFaults(): void;
  close(): Promise<void>;
}

interface Case {
  readonly connector: string;
  start(): Promise<Api & { readonly secret: Readonly<Record<string, string>> }>;
  /** Endpoints, with the path at which the error page comes: for children that of a single parent will do. */
  readonly endpoints: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  {
    connector: "isams",
    start: async () => {
      const isams = await startIsams();
      return { ...isams, secret: { client_id: isams.clientId, client_secret: isams.clientSecret } };
    },
    endpoints: { students: "/api/students", year_group_divisions: "/yeargroups/-?\\d+/divisions" },
  },
  {
    connector: "canvas",
    start: async () => {
      const canvas = await startCanvas();
      return { ...canvas, secret: { token: canvas.token } };
    },
    endpoints: { terms: "/terms", sections: "/courses/405499/sections", modules: "/api/graphql" },
  },
  {
    connector: "nwea",
    start: async () => {
      const nwea = await startNwea();
      return { ...nwea, secret: { user: nwea.user, password: nwea.password } };
    },
    endpoints: { assessment_results: "/services/reporting/dex", students_by_school: "/services/reporting/dex" },
  },
];

/** What a source may answer with status 200 when it is unwell, or when something stands before it. */
const pages: Readonly<Record<string, FaultInput["respond"]>> = {
  "a gateway's page": { html: true },
  "a log-in page": { html: "<!doctype html><title>Log in</title><form action='/login'>" },
  "an error as JSON": { body: { message: "The service is not available", errors: [{ message: "not available" }] } },
  "nothing at all": { body: "" },
  "the beginning of the answer": { truncate: 12 },
};

let api: Api | undefined;
let verbs: Verbs | undefined;

afterEach(async () => {
  await api?.close();
  await verbs?.close();
});

async function contentOf({ warehouse }: Verbs, connector: string, endpoint: string): Promise<string> {
  const rows = await warehouse.query(
    `select source_id, school_year, record_id, row_hash from current_${connector}.${endpoint} order by record_id, row_hash`,
  );
  expect(rows.length).toBeGreaterThan(0);
  return JSON.stringify(rows);
}

test.each(cases)(
  "E77 whatever $connector answers with status 200 in place of its records, its tables stay as they were",
  async ({ connector, start, endpoints }) => {
    const { secret, ...served } = await start();
    api = served;
    verbs = await openVerbs(connectorOf(connector), served.url, secret, "", quickClock);
    for (const [endpoint, path] of Object.entries(endpoints)) {
      expect(await verbs.bring(endpoint)).toMatchObject({ status: "succeeded" });
      const before = await contentOf(verbs, connector, endpoint);
      for (const [page, respond] of Object.entries(pages)) {
        served.addFaults({ match: { path }, respond });
        const { status, row_count } = await verbs.bring(endpoint);
        expect({ endpoint, page, status, row_count }).toEqual({ endpoint, page, status: "failed", row_count: 0 });
        expect(await contentOf(verbs, connector, endpoint)).toBe(before);
        served.clearFaults();
      }
      // Once it is well again, the next run brings what there is.
      expect(await verbs.bring(endpoint)).toMatchObject({ status: "succeeded" });
      expect(await contentOf(verbs, connector, endpoint)).toBe(before);
    }
  },
);
