import { type ImitatedApi, imitatedApis } from "../../sandbox/imitated.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { setVariables } from "../../shared/config/environment.ts";
import type { Home } from "./home.ts";
import { offerSandboxSecret, sandboxCredentials } from "./sandbox-secret.ts";
import { keptSandbox } from "./sandbox-state.ts";

/** What a demo asks of its sources. */
export interface DemoWishes {
  /** Classwork goes into Ed-Fi's gradebooks. */
  readonly gradebook: boolean;
}

/** A kind of API that the demo shows, with sample data. */
export interface DemoSource {
  readonly connector: string;
  /** Id of the source, as in sources.example.yaml. */
  readonly id: string;
  /** What is served, for people. */
  readonly title: string;
  /** What its source says besides address and secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Further addresses of the API, which all are that of the sandbox. */
  readonly addresses?: readonly string[];
  /** Shown where it is asked for, and in the loop: by itself it has no marts. */
  readonly isForLoop?: boolean;
  /** Queries that show what its marts are for. */
  readonly queries: readonly string[];
  start(home: Home, wishes: DemoWishes): Promise<ImitatedApi>;
}

const query = (sql: string): string => `npx rollcall query '${sql}'`;

/** One of the APIs beside Ed-Fi's, on any free port. */
function imitated(connector: string): DemoSource["start"] {
  return async () => {
    const start = imitatedApis[connector];
    if (!start) throw new Error(`The sandbox does not imitate ${connector}.`);
    return start(0);
  };
}

export const demoSources: readonly DemoSource[] = [
  {
    connector: "edfi",
    id: "grand-bend",
    title: "Ed-Fi: Grand Bend ISD, a fictional district, school year 2011",
    settings: { school_years: [2011] },
    queries: [
      query("select grade_level, count(*) as students from marts.dim_student group by grade_level order by 1"),
      query(
        'select s.school_name, countif(a.is_chronically_absent) as chronically_absent, count(*) as students from marts.agg_student_attendance as a join marts.dim_school as s on s.school_key = a.scope_key where a.scope = "school" group by s.school_name',
      ),
      query(
        "select s.course_title, countif(g.is_dorf) as d_or_f, count(*) as grades from marts.fct_student_grade as g join marts.dim_section as s on s.section_key = g.section_key group by s.course_title order by d_or_f desc limit 10",
      ),
    ],
    start: async (home, { gradebook }) => {
      // The loop writes into it, and what it wrote is there the next time, with or without the loop.
      const claims = { "*": { create: true, update: true, delete: true } };
      const kept = keptSandbox(home, { lmsx: true, gradebooks: gradebook });
      const sandbox = await startSandbox({ ...sandboxCredentials, ...kept, claims });
      return { url: sandbox.url, secret: sandboxCredentials, close: () => sandbox.close() };
    },
  },
  {
    connector: "isams",
    id: "school",
    title: "iSAMS: a made-up independent school",
    settings: { time_zone: "Asia/Kuala_Lumpur" },
    queries: [
      query(
        "select form_group, count(*) as pupils from marts.fct_isams_enrollment where is_active group by 1 order by 1",
      ),
    ],
    start: imitated("isams"),
  },
  {
    connector: "canvas",
    id: "lms",
    title: "Canvas: 87 courses, some of whose sections and students are Grand Bend's",
    settings: { concurrency: 4 },
    queries: [
      query(
        "select submission_status, count(*) as submissions from marts.fct_lms_submission group by 1 order by 2 desc",
      ),
    ],
    start: imitated("canvas"),
  },
  {
    connector: "nwea",
    id: "map",
    title: "NWEA MAP Growth: a district export of Grand Bend's students",
    settings: {},
    queries: [
      query("select subject, term_name, count(*) as students, avg(rit) as rit from marts.fct_map_growth group by 1, 2"),
    ],
    start: imitated("nwea"),
  },
  {
    connector: "forms",
    id: "forms",
    title: "Google Forms: three forms and what students answered",
    settings: {},
    addresses: ["token", "drive"],
    isForLoop: true,
    queries: [],
    start: imitated("forms"),
  },
];

/** What is served for a demo: an entry of a sources file, and how it ends. */
export interface ServedSource {
  readonly title: string;
  readonly entry: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A secret of the demo's own, so that it takes nobody's own for another API. */
function offerSecret(connector: string, secret: Readonly<Record<string, string>>): string {
  if (connector === "edfi") {
    offerSandboxSecret();
    return "sandbox";
  }
  setVariables({ [`ROLLCALL_SECRET_SANDBOX_${connector.toUpperCase()}`]: JSON.stringify(secret) });
  return `sandbox_${connector}`;
}

/** Starts the API of a source and makes its secret known. */
export async function serveDemoSource(source: DemoSource, home: Home, wishes: DemoWishes): Promise<ServedSource> {
  const { connector, id, title, settings, addresses } = source;
  const { url, secret, close } = await source.start(home, wishes);
  const more = addresses ? { addresses: Object.fromEntries(addresses.map((name) => [name, url])) } : {};
  return { title, entry: { id, connector, url, secret: offerSecret(connector, secret), ...more, ...settings }, close };
}
