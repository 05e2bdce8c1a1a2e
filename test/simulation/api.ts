import type { HttpAnswer, HttpRequest } from "../../shared/connector/http.ts";
import type { Source, SourceRow } from "./source.ts";

export const apiUrl = "http://source.example/api";

/** How the endpoints of the model are called in the API, and how their records look. */
const resources: Readonly<Record<string, { readonly path: string; record(row: SourceRow): object }>> = {
  students: {
    path: "students",
    record: ({ id, key, text }) => ({ id, studentUniqueId: key, firstName: text }),
  },
  schools: {
    path: "schools",
    record: ({ id, key, text }) => ({ id, schoolId: Number(key), nameOfInstitution: text }),
  },
};

export const endpoints: readonly string[] = Object.keys(resources);

/** A row as the API sends it. */
export function recordOf(endpoint: string, row: SourceRow): object {
  const resource = resources[endpoint];
  if (!resource) throw new Error(`the API has no ${endpoint}`);
  return resource.record(row);
}

export interface ApiProfile {
  /** Cursor paging with partitions (7.3 and later), or pages by offset only. */
  readonly hasCursor: boolean;
  /** Counting takes it too long: then pages by offset are walked from the front, and nothing says how many rows there are. */
  readonly isSlowToCount: boolean;
}

interface Asked {
  readonly query: Readonly<Record<string, string>>;
  readonly endpoint: string;
}

function json(value: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return { status: 200, headers: new Headers(headers), body: Buffer.from(JSON.stringify(value)) };
}

function problem(status: number, message: string): HttpAnswer {
  return { status, headers: new Headers(), body: Buffer.from(JSON.stringify({ message })) };
}

/** An Ed-Fi ODS/API over the model of a source. It answers from one moment, as a database does. */
export class Api {
  readonly #source: Source;
  readonly #profile: ApiProfile;
  readonly #tokens = new Set<string>();
  #issued = 0;

  constructor(source: Source, profile: ApiProfile) {
    this.#source = source;
    this.#profile = profile;
  }

  /** Makes every token invalid that was given until now. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  answer(request: HttpRequest): HttpAnswer {
    const path = request.url.slice(apiUrl.length);
    if (path === "/") return this.#discovery();
    if (path === "/oauth/token") return this.#token();
    const token = request.headers?.authorization?.replace("Bearer ", "") ?? "";
    if (!this.#tokens.has(token)) return problem(401, "Invalid token");
    if (path === "/changeQueries/v1/availableChangeVersions") {
      return json({ oldestChangeVersion: 0, newestChangeVersion: this.#source.newest });
    }
    const [, resource, sub] = /^\/data\/v3\/ed-fi\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
    const endpoint = endpoints.find((name) => resources[name]?.path === resource);
    if (endpoint === undefined) return problem(404, `not found: ${path}`);
    const asked: Asked = { query: request.parameters ?? {}, endpoint };
    if (sub === "deletes") return this.#deletes(asked);
    if (sub === "keyChanges") return this.#keyChanges(asked);
    if (sub === "partitions") return this.#profile.hasCursor ? this.#partitions(asked) : problem(404, "not found");
    return this.#records(asked);
  }

  #discovery(): HttpAnswer {
    return json({
      version: "7.3",
      urls: {
        oauth: `${apiUrl}/oauth/token`,
        dataManagementApi: `${apiUrl}/data/v3/`,
        changeQueries: `${apiUrl}/changeQueries/v1/`,
      },
    });
  }

  #token(): HttpAnswer {
    this.#issued += 1;
    const token = `token-${this.#issued}`;
    this.#tokens.add(token);
    return json({ access_token: token, expires_in: 1800, token_type: "bearer" });
  }

  #rows({ query, endpoint }: Asked): readonly SourceRow[] {
    return this.#source.visible(endpoint).rows.filter(inWindow(query));
  }

  #records(asked: Asked): HttpAnswer {
    const { query, endpoint } = asked;
    if (query.totalCount === "true" && this.#profile.isSlowToCount) return problem(504, "timeout");
    const rows = this.#rows(asked);
    const send = (page: readonly SourceRow[], headers: Record<string, string>): HttpAnswer =>
      json(
        page.map((row) => recordOf(endpoint, row)),
        headers,
      );
    if (query.pageToken !== undefined) {
      const [from = 0, to = 0] = query.pageToken.split("-").map(Number);
      const page = rows.filter(({ place }) => place >= from && place <= to).slice(0, Number(query.pageSize));
      const last = page.at(-1);
      return send(page, last ? { "next-page-token": `${last.place + 1}-${to}` } : {});
    }
    const headers: Record<string, string> = query.totalCount === "true" ? { "total-count": String(rows.length) } : {};
    return send(pageOf(rows, query), headers);
  }

  #partitions(asked: Asked): HttpAnswer {
    const rows = this.#rows(asked);
    const size = Math.max(1, Math.ceil(rows.length / Number(asked.query.number)));
    const pageTokens: string[] = [];
    for (let at = 0; at < rows.length; at += size) {
      const next = rows[at + size];
      // The last partition ends with the last row of this moment.
      const to = next ? next.place - 1 : rows.at(-1)?.place;
      pageTokens.push(`${rows[at]?.place}-${to}`);
    }
    return json({ pageTokens });
  }

  #deletes({ query, endpoint }: Asked): HttpAnswer {
    const rows = this.#source.visible(endpoint).tombstones.filter(inWindow(query)).sort(byVersion);
    return json(
      pageOf(rows, query).map(({ id, key, version }) => ({ id, keyValues: { key }, changeVersion: version })),
    );
  }

  #keyChanges({ query, endpoint }: Asked): HttpAnswer {
    const rows = this.#source.visible(endpoint).keyChanges.filter(inWindow(query)).sort(byVersion);
    return json(
      pageOf(rows, query).map(({ id, from, to, version }) => ({
        id,
        oldKeyValues: { key: from },
        newKeyValues: { key: to },
        changeVersion: version,
      })),
    );
  }
}

function inWindow(query: Readonly<Record<string, string>>): (row: { readonly version: number }) => boolean {
  const least = Number(query.minChangeVersion ?? 0);
  const most = Number(query.maxChangeVersion ?? Number.POSITIVE_INFINITY);
  return ({ version }) => version >= least && version <= most;
}

function byVersion(one: { readonly version: number }, other: { readonly version: number }): number {
  return one.version - other.version;
}

function pageOf<Row>(rows: readonly Row[], query: Readonly<Record<string, string>>): readonly Row[] {
  const offset = Number(query.offset ?? 0);
  return rows.slice(offset, offset + Number(query.limit ?? 25));
}
