/* model
description: >-
  One row per student of a year whom somebody may see: the e-mail addresses of all who may, for a filter by
  session_user().
materialize: view
key: [student_key]
columns:
  student_key: {type: STRING, description: Student of that year.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the student's data.}
  authorized_emails:
    type: ARRAY<STRING>
    description: "Users who may see the student, in alphabetical order, in lower case."
    pii: true
  last_modified_at: {type: TIMESTAMP, description: When the newest right was changed.}
tests:
  - not_null: [source_id, school_year]
  - volume: {min_share: 0}
*/
with authorizations as (
    select * from marts.rls_user_student_data_authorization
),

final as (
    select
        student_key,
        min(source_id) as source_id,
        min(school_year) as school_year,
        array_agg(distinct email order by email) as authorized_emails,
        max(last_modified_at) as last_modified_at
    from authorizations
    group by student_key
)

select * from final
