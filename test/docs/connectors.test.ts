import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseConnector } from "../../shared/config/connector.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { type RestApi, restApi } from "../connector/rest-api.ts";
import { openVerbs, type Verbs } from "../system/verbs.ts";

const page = readFileSync("docs/connectors.md", "utf8");

/** The one block of the page in a language. */
function block(language: string): string {
  const [found, ...more] = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))];
  if (found?.[1] === undefined || more.length > 0) throw new Error(`the page has not one block of ${language}`);
  return found[1];
}

const clubs = ["chess", "choir", "rowing"];
const members = [
  { club: "chess", student: "1", joined: "2025-09-02" },
  { club: "chess", student: "2", joined: "2025-10-01" },
  { club: "choir", student: "1", joined: "not known" },
];

let api: RestApi;
let verbs: Verbs;
let slow = 2;

/** The service of the page, as its documentation has it; two clubs are a page. */
beforeAll(async () => {
  api = await restApi(({ path, query, headers }) => {
    if (headers["x-api-key"] !== "key-of-clubs") return { status: 401, body: { error: "unknown key" } };
    if (path === "/v2/clubs") {
      slow -= 1;
      if (slow === 0) return { body: { error: "Please slow down." } };
      const from = Number(query.get("page_token") ?? 0);
      const list = clubs.slice(from, from + 2).map((id) => ({ id, name: `The ${id} club` }));
      const hasMore = from + 2 < clubs.length;
      return { body: { data: { clubs: list }, meta: { next: String(from + 2), has_more: hasMore } } };
    }
    const club = /^\/v2\/clubs\/(\w+)\/members$/.exec(path)?.[1];
    if (club === "rowing") return { status: 404, body: { error: "no such club" } };
    const list = members.filter((one) => one.club === club).map(({ student, joined }) => ({ student, joined }));
    return { body: { members: query.has("updated_after") ? list.slice(0, 1) : list, meta: { has_more: false } } };
  });
  verbs = await openVerbs(parseConnector(block("yaml"), "clubs.yaml"), api.url, { api_key: "key-of-clubs" });
});

afterAll(async () => {
  await api.close();
  await verbs.close();
});

test("a fifth API is read with less than 40 lines of YAML and becomes a table with one SELECT", async () => {
  expect(block("yaml").split("\n").filter(Boolean).length).toBeLessThan(40);
  expect(await verbs.bring("clubs")).toMatchObject({ status: "succeeded", row_count: 3 });
  expect(await verbs.bring("members")).toMatchObject({ mode: "full", status: "succeeded", row_count: 3 });

  const models = catalogueOf(
    [{ path: "custom/marts/fct_club_member.sql", text: block("sql") }],
    new Set(["current_clubs.clubs", "current_clubs.members"]),
  );
  expect(await verbs.refresh(models)).toMatchObject({ built: ["marts.fct_club_member"], failed: [] });
  const rows = await verbs.warehouse.query(
    "select club_name, student_id, cast(joined_on as string) as joined_on from marts.fct_club_member order by 1, 2",
  );
  expect(rows).toEqual([
    { club_name: "The chess club", student_id: "1", joined_on: "2025-09-02" },
    { club_name: "The chess club", student_id: "2", joined_on: "2025-10-01" },
    { club_name: "The choir club", student_id: "1", joined_on: null },
  ]);
});

test("its next run asks for what was changed since the last", async () => {
  expect(await verbs.bring("members")).toMatchObject({ mode: "delta", status: "succeeded", row_count: 2 });
  expect(await verbs.countOf("members")).toBe(3);
  const since = api.asked.findLast(({ query }) => query.has("updated_after"))?.query.get("updated_after") ?? "";
  const minutes = (Date.now() - Date.parse(since)) / 60_000;
  expect(minutes).toBeGreaterThanOrEqual(60);
  expect(minutes).toBeLessThan(75);
});
