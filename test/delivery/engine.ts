import { parseSources } from "../../shared/config/sources.ts";
import { deliver } from "../../shared/deliver/deliver.ts";
import type { DeliveryResult } from "../../shared/deliver/result.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import type { World } from "../deliver/world.ts";
import { connectors } from "../fakes/extract-world.ts";
import type { Built } from "./payloads.ts";

const models = readCatalogue("sql");

let messages = 0;

/** Has the engine deliver what the models made, as after a refresh. */
export async function delivered(
  world: World,
  delivery: string,
  tables: ReturnType<Built["tables"]>,
): Promise<DeliveryResult> {
  for (const [name, rows] of tables) {
    const found = rows.map(({ school_year, record_key, payload }) => {
      return { schoolYear: Number(school_year), recordKey: String(record_key), payload: String(payload) };
    });
    world.payloads.tables.set(name, found);
  }
  const text = `sources:
  - { id: from, connector: nwea, url: "http://127.0.0.1:1", secret: a }
  - { id: ods, connector: edfi, url: "${world.sandbox.url}", secret: b, school_years: [2011], concurrency: 16 }
deliveries:
  - { id: one, from: from, to: ods, secret: w, ${delivery} }
`;
  const sources = parseSources(text, "sources.yaml", connectors);
  messages += 1;
  const origin = { messageId: `message-${messages}`, publishedAt: world.clock.now() };
  const done = await deliver(deliverMessageSchema.parse({ delivery: "one" }), origin, {
    ...world.ports,
    sources,
    models,
  });
  if (done.kind !== "finished") throw new Error(`the delivery is ${done.kind}`);
  return done.result;
}

/** How many records ended with each status, over all resources: `studentAssessments created: 7`. */
export function standing(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, status] of Object.entries(world.standing())) {
    const key = `${name.split(" ")[0]} ${status}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
