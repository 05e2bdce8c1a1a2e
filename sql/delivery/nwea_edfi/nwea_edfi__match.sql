/* model
description: >-
  One row per NWEA source and school year of the target: how many of its students were found there. Below the share
  that the sources file wants (min_match_rate, or one half) no result is sent.
materialize: table
key: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year; 0 where terms tell none.}
  target_id: {type: STRING, description: The Ed-Fi source.}
  results: {type: INT64, description: Results that NWEA has.}
  sent_results: {type: INT64, description: Results that are sent.}
  students: {type: INT64, description: Students that NWEA has results of.}
  matched_students: {type: INT64, description: Students of them whose id one student of the target has.}
  match_rate: {type: FLOAT64, description: Their share; NULL without students.}
tests:
  - expression: {name: results_are_sent, sql: sent_results > 0, severity: warn}
  - volume: {min_share: 0}
*/
with results as (
    select * from delivery.nwea_edfi__results
),

counted as (
    select
        source_id,
        coalesce(school_year, 0) as target_year,
        min(target_id) as target_id,
        count(*) as results,
        countif(reason is null) as sent_results,
        count(distinct nwea_student_id) as students,
        count(distinct if(student_unique_id is null, null, nwea_student_id)) as matched_students
    from results
    group by source_id, coalesce(school_year, 0)
),

final as (
    select
        source_id,
        target_year as school_year,
        target_id,
        results,
        sent_results,
        students,
        matched_students,
        safe_divide(matched_students, students) as match_rate
    from counted
)

select * from final
