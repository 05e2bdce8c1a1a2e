import { parseConnector } from "../../shared/config/connector.ts";
import { parseSources } from "../../shared/config/sources.ts";
import type { HttpAnswer, HttpRequest } from "../../shared/connector/http.ts";
import type { Place } from "../../shared/control/place.ts";
import type { Manifest } from "../../shared/manifest.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { RawRow } from "../fakes/fold.ts";
import { modelFile } from "../refresh/world.ts";
import type { SimulatedApi, SimulatedSource, Subject, SubjectPorts } from "./kinds.ts";
import type { Luck } from "./luck.ts";

const apiUrl = "http://register.example/api";

/**
 * An API that tells no changes: numbered pages with totals, a list for each of several parents, and results of the present term only.
 * It tells errors with status 200, as iSAMS does.
 */
const description = `
connector: register
secret: [key, secret]
auth: { type: oauth2_client_credentials, token_url: "{url}/oauth/token", client: body }
request: { url: "{url}/{path}", always_there: [houses] }
records: { at: $.items }
errors:
  - { at: $.message, means: failed }
paging: { type: single }
endpoints:
  pupils:
    path: pupils
    key: [$.id]
    records: { id: $.id }
    paging: { type: page, page_parameter: page, size_parameter: size, size: 5, total_pages: $.pages, total_count: $.total }
  houses: { path: houses, key: [$.id], records: { id: $.id } }
  members:
    path: houses/{house}/members
    key: [$._parents.house, $.id]
    parents: { house: { endpoint: houses, key: $.id } }
  results: { path: results, key: [$.term, $.id], replaces: $.term }
`;

const endpoints = ["pupils", "houses", "members", "results"] as const;
type Endpoint = (typeof endpoints)[number];

const isEndpoint = (name: string): name is Endpoint => (endpoints as readonly string[]).includes(name);

/** A record, and how long it was shown as it is. */
interface Shown {
  readonly json: string;
  readonly from: number;
  to: number;
}

interface Row {
  readonly id: string;
  /** The house of a member, the term of a result. */
  readonly group: string;
  readonly text: string;
}

const houses = ["Abbey", "Brook", "Castle", "Dale"];

/** A row as the API sends it. */
function recordOf(endpoint: Endpoint, { id, group, text }: Row): object {
  switch (endpoint) {
    case "results":
      return { term: group, id, text };
    default:
      return { id, text };
  }
}

/** A record as it lands: with its parent, where it has one. */
function landedOf(endpoint: Endpoint, row: Row): string {
  const parents = endpoint === "members" ? { _parents: { house: row.group } } : {};
  return JSON.stringify({ ...parents, ...recordOf(endpoint, row) });
}

/** A model of such a source, and of what it showed when. */
class Register implements SimulatedSource {
  readonly newest = 0;
  isStill = false;
  readonly #luck: Luck;
  readonly #now: () => number;
  readonly #rows = new Map<Endpoint, Row[]>(endpoints.map((endpoint) => [endpoint, []]));
  readonly #history = new Map<Endpoint, Shown[]>(endpoints.map((endpoint) => [endpoint, []]));
  /** What was answered when results were asked for, by term. */
  readonly #answered = new Map<string, Set<string>>();
  #term = 1;
  #ids = 0;
  #shown = 1;

  constructor(luck: Luck, now: () => number) {
    this.#luck = luck;
    this.#now = now;
    for (const house of houses) this.#rows.get("houses")?.push({ id: house, group: "", text: "0" });
    for (const endpoint of ["pupils", "members", "results"] as const) {
      for (let row = luck.one([0, 3, 7, 12, 26, 40]); row > 0; row -= 1) this.#insert(endpoint);
    }
    this.#keepHistory();
  }

  get shown(): number {
    return this.#shown;
  }

  set shown(share: number) {
    this.#shown = share;
    this.#keepHistory();
  }

  change(): { readonly what: string } {
    if (this.isStill) return { what: "nothing, because it is still" };
    const endpoint = this.#luck.one(["pupils", "pupils", "members", "members", "results", "houses"] as const);
    const what = this.#luck.one(["insert", "insert", "update", "update", "delete", "move"] as const);
    if (endpoint === "results" && this.#luck.chance(0.1)) {
      this.#term += 1;
      this.#rows.set("results", []);
      for (let row = this.#luck.one([1, 4, 20]); row > 0; row -= 1) this.#insert("results");
      this.#keepHistory();
      return { what: `begins term ${this.#term}` };
    }
    if (endpoint === "houses" || what === "update") this.#update(endpoint);
    else if (what === "insert") this.#insert(endpoint);
    else this.#take(endpoint, what === "move" && endpoint === "members");
    this.#keepHistory();
    return { what: `${what} in ${endpoint}` };
  }

  endOne(): void {
    this.change();
  }

  settle(): void {
    // No transaction stays open.
  }

  backUp(): void {
    // It keeps no versions that could go back.
  }

  restore(): boolean {
    return false;
  }

  /** What requests see. */
  visible(endpoint: Endpoint): readonly Row[] {
    const rows = this.#rows.get(endpoint) ?? [];
    return this.#shown === 1 || endpoint === "houses" ? rows : rows.slice(0, Math.floor(rows.length * this.#shown));
  }

  /** Notes what a request for results is answered. */
  answerResults(): readonly Row[] {
    const rows = this.visible("results");
    const [first] = rows;
    if (first) {
      const answers = this.#answered.get(first.group) ?? new Set();
      this.#answered.set(first.group, answers.add(listOf(rows.map((row) => landedOf("results", row)))));
    }
    return rows;
  }

  differences(endpoint: string, current: readonly RawRow[]): readonly string[] {
    if (!isEndpoint(endpoint)) return [`there is no ${endpoint}`];
    const own = this.visible(endpoint).map((row) => landedOf(endpoint, row));
    const found = current.map(({ data }) => JSON.stringify(data));
    if (endpoint !== "results") return differencesOf(endpoint, own, found);
    const terms = Map.groupBy(current, ({ data }) => String(data.term));
    const wrong = [...terms].flatMap(([term, rows]) => {
      const list = listOf(rows.map(({ data }) => JSON.stringify(data)));
      return this.#answered.get(term)?.has(list) ? [] : [`results of ${term} are what no answer said`];
    });
    const present = terms.get(this.#termName) ?? [];
    return [
      ...wrong,
      ...differencesOf(
        endpoint,
        own,
        present.map(({ data }) => JSON.stringify(data)),
      ),
    ];
  }

  /**
   * What a full run cannot have missed is in it, and nothing that was not there while it read. Rows of numbered pages may move while they are
   * read, and where one goes and another comes nothing tells of a third; so these count only while nothing in the list changes.
   */
  faultsOf(manifest: Manifest, rows: readonly RawRow[]): readonly string[] {
    const { endpoint, run_id } = manifest;
    if (!isEndpoint(endpoint)) return [`there is no ${endpoint}`];
    const [from, to] = [Date.parse(manifest.run_started_at), Date.parse(manifest.finished_at)];
    const history = this.#history.get(endpoint) ?? [];
    const isStable = (shown: Shown): boolean => shown.from < from - skewMaxMs && shown.to > to + skewMaxMs;
    const isNear = (shown: Shown): boolean => shown.from < to + skewMaxMs && shown.to > from - skewMaxMs;
    const brought = new Set(rows.map(({ data }) => JSON.stringify(data)));
    const near = history.filter(isNear);
    const known = new Set(near.map(({ json }) => json));
    const isMoving = endpoint === "pupils" && near.some((shown) => !isStable(shown));
    const missed = isMoving ? [] : near.filter((shown) => isStable(shown) && !brought.has(shown.json));
    const invented = [...brought].filter((json) => !known.has(json));
    return [
      ...missed.map(({ json }) => `${run_id} has missed ${json} of ${endpoint}, which was there all the time`),
      ...invented.map((json) => `${run_id} has brought ${json} of ${endpoint}, which was not there`),
    ];
  }

  get #termName(): string {
    return `term ${this.#term}`;
  }

  #insert(endpoint: Endpoint): void {
    this.#ids += 1;
    const group = endpoint === "members" ? this.#luck.one(houses) : endpoint === "results" ? this.#termName : "";
    const rows = this.#rows.get(endpoint) ?? [];
    // Lists are in the order of names, so a new one comes anywhere.
    rows.splice(this.#luck.below(rows.length + 1), 0, { id: String(this.#ids), group, text: "0" });
  }

  #update(endpoint: Endpoint): void {
    const rows = this.#rows.get(endpoint) ?? [];
    const at = this.#luck.below(Math.max(1, rows.length));
    const row = rows[at];
    this.#ids += 1;
    if (row) rows[at] = { ...row, text: String(this.#ids) };
  }

  #take(endpoint: Endpoint, movesOn: boolean): void {
    const rows = this.#rows.get(endpoint) ?? [];
    // The last result of a term stays: an empty export says not even what term it is of.
    if (rows.length === 0 || (endpoint === "results" && rows.length === 1)) return;
    const [row] = rows.splice(this.#luck.below(rows.length), 1);
    if (row && movesOn) rows.push({ ...row, group: this.#luck.one(houses) });
  }

  #keepHistory(): void {
    const now = this.#now();
    for (const endpoint of endpoints) {
      const visible = new Set(this.visible(endpoint).map((row) => landedOf(endpoint, row)));
      const history = this.#history.get(endpoint) ?? [];
      const open = history.filter(({ to }) => to === Number.POSITIVE_INFINITY);
      for (const shown of open) if (!visible.has(shown.json)) shown.to = now;
      const known = new Set(open.map(({ json }) => json));
      for (const json of visible) if (!known.has(json)) history.push({ json, from: now, to: Number.POSITIVE_INFINITY });
    }
  }
}

/** Clocks of processes differ by no more. */
const skewMaxMs = 31_000;

const listOf = (rows: readonly string[]): string => [...rows].sort().join("\n");

function differencesOf(endpoint: string, source: readonly string[], current: readonly string[]): string[] {
  const [there, here] = [new Set(source), new Set(current)];
  return [
    ...source.filter((row) => !here.has(row)).map((row) => `${endpoint} ${row} is missing, and in the source`),
    ...current.filter((row) => !there.has(row)).map((row) => `${endpoint} ${row} is there, and gone from the source`),
  ];
}

const json = (value: unknown, status = 200): HttpAnswer => {
  return { status, headers: new Headers(), body: Buffer.from(JSON.stringify(value)) };
};

class RegisterApi implements SimulatedApi {
  readonly #source: Register;
  readonly #luck: Luck;
  readonly #tokens = new Set<string>();
  #issued = 0;

  constructor(source: Register, luck: Luck) {
    this.#source = source;
    this.#luck = luck;
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  errorPage(): HttpAnswer {
    if (this.#luck.chance(0.5)) return json({ message: "An error has occurred." });
    return { status: 200, headers: new Headers(), body: Buffer.from("<html><h1>Bad Gateway</h1></html>") };
  }

  answer({ url, headers, parameters = {} }: HttpRequest): HttpAnswer {
    const path = url.slice(apiUrl.length + 1);
    if (path === "oauth/token") {
      this.#issued += 1;
      this.#tokens.add(`token-${this.#issued}`);
      return json({ access_token: `token-${this.#issued}`, expires_in: 1800 });
    }
    if (!this.#tokens.has(headers?.authorization?.replace("Bearer ", "") ?? "")) return json({ error: "token" }, 401);
    const house = /^houses\/(\w+)\/members$/.exec(path)?.[1];
    if (house !== undefined) {
      const own = this.#source.visible("members").filter(({ group }) => group === house);
      return json({ items: own.map((row) => recordOf("members", row)) });
    }
    if (!isEndpoint(path)) return json({ message: "not found" }, 404);
    const rows = path === "results" ? this.#source.answerResults() : this.#source.visible(path);
    const records = rows.map((row) => recordOf(path, row));
    if (path !== "pupils") return json({ items: records });
    const [page, size] = [Number(parameters.page), Number(parameters.size)];
    const items = records.slice((page - 1) * size, page * size);
    return json({ items, total: rows.length, pages: Math.ceil(rows.length / size) });
  }
}

const models = catalogueOf(
  [
    ...endpoints.map((endpoint) => ({
      path: `staging/register/stg_register__${endpoint}`,
      sql: `select record_id as id from current_register.${endpoint}`,
    })),
    {
      path: "marts/core/dim_pupil",
      sql: "select p.id from staging.stg_register__pupils as p join staging.stg_register__members as m on p.id = m.id",
    },
    { path: "marts/core/fct_result", sql: "select id from staging.stg_register__results" },
  ].map(modelFile),
);

/** A world of a source that gives all it has each time. */
export function registerKind({ luck, now }: SubjectPorts): Subject {
  const connector = parseConnector(description, "register.yaml");
  const source = new Register(luck, now);
  const settings = `page_size: ${luck.one([2, 3, 5, 10])}, concurrency: ${luck.one([1, 2, 4])}`;
  const text = [
    "time_zone: Europe/London",
    "sources:",
    `  - { id: d1, connector: register, url: "${apiUrl}", secret: s, ${settings} }`,
  ];
  return {
    connector,
    places: endpoints.map((endpoint): Place => ({ source: "d1", endpoint, schoolYear: 0 })),
    models,
    forced: "stg_register__pupils+",
    source,
    api: new RegisterApi(source, luck),
    sources: parseSources(text.join("\n"), "sources.yaml", new Map([["register", connector]])),
  };
}
