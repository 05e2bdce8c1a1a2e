/* model
description: >-
  One row per pipeline and source whose rows are delivered, with how they are mapped. The deployment's sources file
  fills it (deliveries), so the SELECT that stands here gives nothing. A pipeline that reads it takes a source to one
  target.
materialize: table
key: [pipeline, source_id]
columns:
  pipeline: {type: STRING, description: "Folder of sql/delivery whose models are delivered."}
  source_id: {type: STRING, description: The source that the rows come from.}
  sent_as:
    type: STRING
    description: "The source as whose they are sent: the one that the delivery names first (from)."
  target_id: {type: STRING, description: The Ed-Fi source that they go to; its students are those that are matched.}
  target_school_years: {type: ARRAY<INT64>, description: "School years that the target has; only 0 where it has none."}
  time_zone: {type: STRING, description: "Time zone of the source, for times that it tells without one."}
  data_standard: {type: INT64, description: "Data standard of the target: 3, 4, 5 or 6."}
  namespace: {type: STRING, description: "Beginning of all namespaces that are written; NULL for the pipeline's own."}
  student_id: {type: STRING, description: "Which of the source's ids of a student is compared; NULL for the usual one."}
  target_student_id:
    type: STRING
    description: "With which id of the target: student_unique_id, state or local; NULL for the usual one."
  result_ids:
    type: STRING
    description: "Whether results keep the ids that their source tells (told) or get computed ones; NULL is told."
  into_school_year: {type: INT64, description: "The target's school year for all rows; NULL for the year of each."}
  summer_term: {type: STRING, description: "Whether a summer belongs to the year that ended or the one coming."}
  min_match_rate: {type: NUMERIC, description: Share of students that must be matched before any result is sent.}
tests:
  - accepted_values: {column: data_standard, values: [3, 4, 5, 6]}
  - accepted_values: {column: summer_term, values: [ended, coming]}
  - accepted_values: {column: target_student_id, values: [student_unique_id, state, local]}
  - accepted_values: {column: result_ids, values: [told, computed]}
  - volume: {min_share: 0}
*/
select
    cast(null as string) as pipeline,
    cast(null as string) as source_id,
    cast(null as string) as sent_as,
    cast(null as string) as target_id,
    cast([] as array<int64>) as target_school_years,
    cast(null as string) as time_zone,
    cast(null as int64) as data_standard,
    cast(null as string) as namespace,
    cast(null as string) as student_id,
    cast(null as string) as target_student_id,
    cast(null as string) as result_ids,
    cast(null as int64) as into_school_year,
    cast(null as string) as summer_term,
    cast(null as numeric) as min_match_rate
from unnest([1]) as nothing
where nothing = 0
