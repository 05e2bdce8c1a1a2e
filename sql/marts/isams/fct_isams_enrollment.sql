/* model
description: >-
  One row per current pupil of an iSAMS school and school year: when the pupil came and leaves, and where the pupil is.
materialize: table
key: [isams_student_key]
cluster: [source_id, school_year]
columns:
  isams_student_key: {type: STRING, description: Key of the pupil.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  isams_year_group_key: {type: STRING, description: Key of the year group.}
  isams_division_key: {type: STRING, description: Key of the division.}
  entry_date: {type: DATE, description: First day at the school.}
  exit_date: {type: DATE, description: Last day at the school; NULL while none is known.}
  enrolment_term: {type: STRING, description: Term in which the pupil came.}
  enrolment_school_year: {type: INT64, description: School year (the year in which it ends) in which the pupil came.}
  leaving_reason: {type: STRING, description: Why the pupil leaves., pii: true}
  form_group: {type: STRING, description: Form.}
  academic_house: {type: STRING, description: House.}
  years_at_school: {type: INT64, description: "School years at the school, this one counted."}
  is_active: {type: BOOL, description: Whether the pupil is at the school on the day on which the marts look.}
  last_modified_at: {type: TIMESTAMP, description: When the pupil's record was last changed.}
tests:
  - not_null: [source_id, school_year, is_active]
  - relationship: {column: isams_student_key, to: marts.dim_isams_student}
  - expression: {name: exit_after_entry, sql: exit_date >= entry_date, severity: warn}
*/
with students as (
    select * from marts.dim_isams_student
),

reported as (
    select source_id, isams_school_id, enrolment_term, enrolment_year, leaving_reason
    from staging.stg_isams__students
    where isams_school_id is not null
    qualify row_number() over (partition by source_id, isams_school_id order by last_updated_at desc, api_id) = 1
),

final as (
    select
        students.isams_student_key,
        students.source_id,
        students.school_year,
        students.isams_year_group_key,
        students.isams_division_key,
        students.enrolment_date as entry_date,
        students.leaving_date as exit_date,
        reported.enrolment_term,
        reported.enrolment_year + 1 as enrolment_school_year,
        reported.leaving_reason,
        students.form_group,
        students.academic_house,
        students.school_year - (reported.enrolment_year + 1) + 1 as years_at_school,
        students.is_current as is_active,
        students.last_modified_at
    from students
    join reported
        on reported.source_id = students.source_id
        and reported.isams_school_id = students.isams_school_id
)

select * from final
