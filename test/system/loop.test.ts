import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Finished, type Rollcall, rollcall } from "./rollcall.ts";
import "./patience.ts";

interface Line {
  readonly resource: string;
  readonly payloads: number;
  readonly delivered: number;
  readonly read_again: number;
  readonly in_marts: number;
}

let app: Rollcall;
let first: Finished;
let second: Finished;

const loopOf = ({ stdout }: Finished): Line[] => (JSON.parse(stdout) as { loop: Line[] }).loop;

beforeAll(async () => {
  app = rollcall();
  first = await app.run("demo", "--loop", "--without", "isams", "--json");
  second = await app.run("demo", "--loop", "--without", "isams", "--json");
});

afterAll(() => app.remove());

test("what Canvas, NWEA and Google Forms deliver into Ed-Fi is taken, read there again, and stands in the marts", () => {
  expect(first.stderr).not.toMatch(/FAILED/);
  expect(first.code).toBe(0);
  expect(loopOf(first).map(({ resource, payloads }) => [resource, payloads])).toEqual([
    ["/ed-fi/assessments", 3],
    ["/ed-fi/objectiveAssessments", 7],
    ["/ed-fi/studentAssessments", 7],
    ["/ed-fi/surveyQuestionResponses", 133],
    ["/ed-fi/surveyQuestions", 13],
    ["/lmsx/assignmentSubmissions", 2807],
    ["/lmsx/assignments", 123],
  ]);
  for (const { payloads, delivered, read_again, in_marts } of loopOf(first))
    expect([delivered, read_again, in_marts]).toEqual([payloads, payloads, payloads]);
});

test("the second time nothing is sent, for the target has everything", async () => {
  expect(second.code).toBe(0);
  expect(loopOf(second)).toEqual(loopOf(first));
  const [row] = await app.query(
    "select count(*) as attempts, count(distinct concat(resource, record_key)) as records from ops.deliveries",
  );
  expect(row?.attempts).toBe(row?.records);
});
