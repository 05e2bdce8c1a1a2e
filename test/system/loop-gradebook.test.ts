import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Finished, type Rollcall, rollcall } from "./rollcall.ts";
import "./patience.ts";

let app: Rollcall;
let first: Finished;
let second: Finished;

const demo = ["demo", "--loop", "--gradebook", "--source", "edfi", "--source", "canvas", "--json"];
const loopOf = ({ stdout }: Finished): unknown => (JSON.parse(stdout) as { loop: unknown }).loop;

beforeAll(async () => {
  app = rollcall();
  first = await app.run(...demo);
  second = await app.run(...demo);
});

afterAll(() => app.remove());

test("classwork from Canvas goes into gradebooks, is read there again, and stands in the marts", () => {
  expect(first.stderr).not.toMatch(/FAILED/);
  expect(first.code).toBe(0);
  const all = (resource: string, count: number) => {
    return { resource, payloads: count, delivered: count, read_again: count, in_marts: count };
  };
  expect(loopOf(first)).toEqual([all("/ed-fi/gradebookEntries", 123), all("/ed-fi/studentGradebookEntries", 1810)]);
});

test("the second time nothing is sent, and the marts say of classwork what Canvas says", async () => {
  expect(second.code).toBe(0);
  expect(loopOf(second)).toEqual(loopOf(first));
  const [attempts] = await app.query(
    "select count(*) as attempts, count(distinct concat(resource, record_key)) as records from ops.deliveries",
  );
  expect(attempts?.attempts).toBe(attempts?.records);
  const [differences] = await app.query(`select
    count(*) as compared,
    countif(coalesce(back.score, -1) != coalesce(told.score, -1)) as scores,
    countif(back.is_late != told.is_late) as lateness,
    countif(back.submitted_on is null and told.submitted_at is not null) as days
from (
    select *
    from delivery.canvas__submissions
    where pipeline = 'canvas_gradebook' and reason is null
    qualify row_number() over (
        partition by assignment_identifier, student_unique_id order by submitted_at desc, lms_submission_id
    ) = 1
) as told
join staging.stg_edfi__student_gradebook_entries as entries
    on entries.gradebook_entry_identifier = told.assignment_identifier
    and entries.student_unique_id = told.student_unique_id
join marts.fct_assignment_submission as back on back.assignment_submission_key = entries.student_gradebook_entry_key`);
  expect(differences).toEqual({ compared: 1810, scores: 0, lateness: 0, days: 0 });
});

test("the demo without the loop serves what the loop wrote", async () => {
  const plain = await app.run("demo", "--source", "edfi", "--json");
  expect([plain.code, plain.stderr.match(/FAILED.*/)]).toEqual([0, null]);
});
