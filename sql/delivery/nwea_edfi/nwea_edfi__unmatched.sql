/* model
description: >-
  One row per result that is not sent, with the reason, and per result that is sent without its grade level. What the
  partner API tells of a test that the export tells, too, is not missing. Students are named by their ids only.
materialize: table
key: [source_id, resource, record_key, reason]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year; NULL where the term tells none.}
  resource: {type: STRING, description: Where it would have gone.}
  record_key: {type: STRING, description: "Id of the result, as in nwea_edfi__results."}
  reason: {type: STRING, description: Why it is not sent.}
  detail: {type: STRING, description: "The id of the student, the term and the test that it is about.", pii: true}
tests:
  - volume: {min_share: 0}
*/
with results as (
    select * from delivery.nwea_edfi__results
),

reasons as (
    select * except (reason), reason from results
    where reason != 'the export tells it, too'
    union all
    select * except (reason), 'sent without its grade: not in ref.nwea_grade_levels' as reason
    from results
    where reason is null and grade is not null and grade_level is null
),

final as (
    select
        source_id,
        school_year,
        '/ed-fi/studentAssessments' as resource,
        api_id as record_key,
        reason,
        array_to_string(
            [nwea_student_id, term_name, assessment_identifier, student_assessment_identifier, grade], ' | '
        ) as detail
    from reasons
)

select * from final
