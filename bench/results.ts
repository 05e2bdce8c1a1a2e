/** A result of a made-up test, as a delivery model makes its payload: 600 bytes. */
export function resultOf(index: number) {
  const method = (code: string) => `uri://www.nwea.org/map/AssessmentReportingMethodDescriptor#${code}`;
  return {
    studentAssessmentIdentifier: `test-${String(index).padStart(7, "0")}`,
    assessmentReference: {
      assessmentIdentifier: "MAP_Growth_Mathematics",
      namespace: "uri://www.nwea.org/map/Assessment",
    },
    studentReference: { studentUniqueId: String(600_000 + (index % 5000)) },
    administrationDate: "2025-09-10T14:05:00Z",
    scoreResults: [
      { assessmentReportingMethodDescriptor: method("RIT"), result: String(180 + (index % 70)) },
      { assessmentReportingMethodDescriptor: method("Percentile"), result: String(1 + (index % 99)) },
    ],
  };
}

/** The same as a SELECT, which makes the table of a delivery model without sending its rows. */
export function resultsTable(records: number): string {
  const method = (code: string) => `'uri://www.nwea.org/map/AssessmentReportingMethodDescriptor#${code}'`;
  const key = "concat('test-', lpad(cast(i as string), 7, '0'))";
  return `create or replace table delivery.bench__student_assessments as
select
    'map' as source_id,
    2026 as school_year,
    ${key} as record_key,
    to_json(struct(
        ${key} as studentAssessmentIdentifier,
        struct('MAP_Growth_Mathematics' as assessmentIdentifier, 'uri://www.nwea.org/map/Assessment' as namespace) as assessmentReference,
        struct(cast(600000 + mod(i, 5000) as string) as studentUniqueId) as studentReference,
        '2025-09-10T14:05:00Z' as administrationDate,
        [
            struct(${method("RIT")} as assessmentReportingMethodDescriptor, cast(180 + mod(i, 70) as string) as result),
            struct(${method("Percentile")} as assessmentReportingMethodDescriptor, cast(1 + mod(i, 99) as string) as result)
        ] as scoreResults
    )) as payload
from unnest(generate_array(0, ${records - 1})) as i`;
}

export const deliveredModel = {
  path: "delivery/bench/bench__student_assessments.sql",
  text: `/* model
description: Results of a benchmark.
deliver: {pipeline: bench, resource: /ed-fi/studentAssessments}
key: [source_id, school_year, record_key]
columns: {source_id: {type: STRING}, school_year: {type: INT64}, record_key: {type: STRING}, payload: {type: JSON}}
*/
select 'map' as source_id`,
} as const;
