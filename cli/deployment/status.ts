import type { Sources } from "../../shared/config/sources.ts";
import { inFlightSchema } from "../../shared/control/in-flight.ts";
import { readJson } from "../../shared/control/json-object.ts";
import { objectNames, placeOf } from "../../shared/control/place.ts";
import type { Watermark } from "../../shared/control/watermark.ts";
import type { DeliveryResult } from "../../shared/deliver/result.ts";
import { log } from "../../shared/log.ts";
import { readDeadLetter } from "../../shared/messages/dead-letter.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row } from "../../shared/ports/warehouse.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { type ModelStatus, modelStates } from "../../shared/refresh/status.ts";
import type { Connection } from "./connection.ts";
import { type DeliveryUnderWay, readResult, readUnderWay } from "./deliveries.ts";
import { deadLetterTopic } from "./names.ts";
import { readWatermarks } from "./watermarks.ts";

/** How a deployment stands. */
export interface Status {
  readonly running: boolean;
  /** The project in the cloud; left out for a state folder of this machine. */
  readonly project?: string;
  readonly watermarks: readonly Watermark[];
  /** Endpoints on their way: source/endpoint/year. */
  readonly in_flight: readonly string[];
  /** The last settled run of each endpoint that did not end well. */
  readonly last_failures: readonly Row[];
  readonly models: readonly ModelStatus[];
  /** How the last run of each delivery ended. */
  readonly deliveries: readonly DeliveryResult[];
  /** Runs of deliveries that are begun and not ended. */
  readonly deliveries_under_way: readonly DeliveryUnderWay[];
  readonly dead_letters: readonly { message_id: string; published_at: string; function: string; reason: string }[];
}

const lastFailures = `select source_id, endpoint, school_year, status, cast(loaded_at as string) as settled_at, error
from ops.runs
where true
qualify row_number() over (partition by source_id, endpoint, school_year order by loaded_at desc, run_started_at desc) = 1
    and status not in ('succeeded', 'unsupported')
order by source_id, endpoint, school_year`;

async function inFlight(connection: Connection): Promise<string[]> {
  const places: string[] = [];
  for await (const object of connection.control.list(objectNames.inFlights)) {
    const place = placeOf(object.name);
    const { value } = await readJson(connection.control, object.name, inFlightSchema);
    if (place && value && Date.parse(value.expires_at) > Date.now())
      places.push(`${place.source}/${place.endpoint}/${place.schoolYear}`);
  }
  return places;
}

async function deadLetters(connection: Connection): Promise<Status["dead_letters"]> {
  const messages = await connection.topics.peek(deadLetterTopic, 100);
  return messages.map(readDeadLetter).map(({ messageId, publishedAt, function: name, reason }) => ({
    message_id: messageId,
    published_at: publishedAt.toISOString(),
    function: name,
    reason,
  }));
}

/** What `read` finds of each of these deliveries, without those of which it finds nothing. */
async function ofEach<T>(
  deliveries: readonly { readonly id: string }[],
  read: (delivery: string) => Promise<T | undefined>,
): Promise<T[]> {
  const found = await Promise.all(deliveries.map(({ id }) => read(id)));
  return found.flatMap((one) => (one === undefined ? [] : [one]));
}

/** Looks at watermarks, runs, models, deliveries and dead letters; changes nothing. */
export async function readStatus(
  connection: Connection,
  models: readonly Model[],
  { time_zone: timeZone, deliveries = [] }: Pick<Sources, "time_zone" | "deliveries">,
): Promise<Status> {
  const hasLedger = (await connection.warehouse.listTables("ops")).includes("runs");
  return {
    running: connection.isRunning,
    ...(connection.project === undefined ? {} : { project: connection.project }),
    watermarks: await readWatermarks(connection.control),
    in_flight: await inFlight(connection),
    last_failures: hasLedger ? await connection.warehouse.query(lastFailures) : [],
    models: await modelStates({ control: connection.control, clock: systemClock, log, timeZone, models }),
    deliveries: await ofEach(deliveries, (id) => readResult(connection.control, id)),
    deliveries_under_way: await ofEach(deliveries, (id) => readUnderWay(connection.control, id, systemClock)),
    dead_letters: await deadLetters(connection),
  };
}
