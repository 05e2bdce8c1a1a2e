import type { RawRow } from "../fakes/fold.ts";
import { Api, endpoints, recordOf } from "./api.ts";
import { models, overlap, places, smallConnector, sourcesOf } from "./deployment.ts";
import type { Subject, SubjectPorts } from "./kinds.ts";
import { Source } from "./source.ts";

/** What is current must be the source, row for row. */
function differences(source: Source, endpoint: string, rows: readonly RawRow[]): string[] {
  const there = new Map(source.committed(endpoint).map((row) => [row.id, JSON.stringify(recordOf(endpoint, row))]));
  const current = new Map(rows.map(({ record_id, data }) => [record_id, JSON.stringify(data)]));
  return [
    ...[...there]
      .filter(([id, record]) => current.get(id) !== record)
      .map(([id, record]) => `${endpoint} ${id} is ${current.get(id) ?? "missing"}, and ${record} in the source`),
    ...[...current]
      .filter(([id]) => !there.has(id))
      .map(([id, record]) => `${endpoint} ${id} is ${record}, and gone from the source`),
  ];
}

/** A world of an Ed-Fi source, which tells what changes. */
export function edfiKind({ luck, seams, onLateCommit }: SubjectPorts): Subject {
  const source = new Source(luck, overlap, endpoints, onLateCommit);
  const api = new Api(source, { hasCursor: luck.chance(0.5), isSlowToCount: luck.chance(0.3) });
  const connector = smallConnector(seams.connector);
  return {
    connector,
    places,
    models,
    forced: "stg_edfi__students+",
    source: Object.assign(source, {
      differences: (endpoint: string, rows: readonly RawRow[]) => differences(source, endpoint, rows),
    }),
    api,
    sources: sourcesOf(new Map([[connector.connector, connector]]), luck),
  };
}
