import { startNwea } from "../../sandbox/nwea/nwea.ts";
import type { Result } from "../../sandbox/nwea/results.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";

type Members = Readonly<Record<string, unknown>>;

/** What the partner API of NWEA's sandbox tells of these results, as the models read it. */
export async function partnerRows(source: string, results: readonly Result[]): Promise<Map<string, CellRow[]>> {
  const api = await startNwea({ results, pageSize: 1000 });
  try {
    const token = await tokenFor(api);
    const ask = async (path: string): Promise<unknown> => {
      const headers = { apikey: api.key, authorization: `Bearer ${token}` };
      return (await fetch(`${api.url}${path}`, { headers })).json();
    };
    const schools = (await ask("/organizations/v1/schools")) as Members[];
    const rows = new Map<string, CellRow[]>();
    const add = (endpoint: string, records: readonly Members[], ...key: readonly string[]): void => {
      const found = rows.get(`current_nwea_partner.${endpoint}`) ?? [];
      const more = records.map((record) => row(source, key.map((name) => String(record[name])).join(" "), record));
      // Each school tells its terms: a record of one key is one row.
      const known = new Set(found.map(({ record_id: id }) => id));
      rows.set(`current_nwea_partner.${endpoint}`, [...found, ...more.filter(({ record_id: id }) => !known.has(id))]);
    };
    add("schools", schools, "schoolBid");
    for (const { schoolBid } of schools) {
      const school = String(schoolBid);
      add("students", (await ask(`/students/v1/schools/${school}`)) as Members[], "schoolBid", "studentBid");
      add("terms", (await ask(`/enrollments/v1/academic-years?school-bid=${school}`)) as Members[], "termBid");
      const { testResults } = (await ask(`/test-results/v1/growth?school-bid=${school}`)) as { testResults: Members[] };
      add("test_results", testResults, "testResultBid");
    }
    return rows;
  } finally {
    await api.close();
  }
}

async function tokenFor({ url, key, secret }: { url: string; key: string; secret: string }): Promise<string> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`,
    apikey: key,
    grant_type: "client_credentials",
  };
  const answer = await fetch(`${url}/auth/v1/token`, { method: "POST", headers });
  return String(((await answer.json()) as Members).access_token);
}

function row(source: string, id: string, data: Members): CellRow {
  return { source_id: source, school_year: "0", record_id: id, data: jsonText(data) };
}
