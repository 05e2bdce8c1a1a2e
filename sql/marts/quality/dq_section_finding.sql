/* model
description: >-
  One row per section, or grading period, and test of these that it fails, for the scheduler of the school.
materialize: table
key: [test_id, entity_key]
cluster: [source_id, school_key, test_id]
columns:
  test_id: {type: STRING, description: What was tested.}
  severity: {type: STRING, description: "error (figures are wrong), warn (figures may be wrong) or info."}
  model: {type: STRING, description: The model that holds the entity.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the entity.}
  school_key: {type: STRING, description: School that can mend it; NULL where none is known.}
  entity_key: {type: STRING, description: Key of the entity in its model.}
  entity_label: {type: STRING, description: What a clerk looks for in the student information system.}
  detail: {type: STRING, description: What is wrong.}
  first_seen_at:
    type: TIMESTAMP
    description: When the record behind it was last changed; findings keep no history of their own.
tests:
  - not_null: [severity, model, source_id, school_year, entity_label, detail]
  - accepted_values: {column: severity, values: [error, warn, info]}
  - volume: {min_share: 0}
*/
with sections as (
    select * from marts.dim_section
),

staff_sections as (
    select * from marts.bridge_staff_group
),

student_sections as (
    select * from marts.fct_student_section
),

grading_periods as (
    select * from marts.dim_grading_period
),

sessions as (
    select * from marts.dim_session
),

staffed as (
    select distinct section_key from staff_sections
),

attended as (
    select distinct section_key from student_sections
),

labelled as (
    select
        sections.*,
        concat(
            'Section ', section_identifier,
            ' of ', local_course_code,
            ', ', session_name,
            ', school ', cast(school_id as string)
        ) as entity_label
    from sections
),

containing_sessions as (
    select
        grading_periods.grading_period_key,
        string_agg(sessions.session_name, ', ' order by sessions.session_name) as session_names
    from grading_periods
    inner join sessions
        on grading_periods.school_key = sessions.school_key
        and sessions.begin_date <= grading_periods.begin_date
        and sessions.end_date >= grading_periods.end_date
    group by grading_periods.grading_period_key
    having count(*) > 1
),

final as (
    select
        'section_without_staff' as test_id,
        'warn' as severity,
        'marts.dim_section' as model,
        labelled.source_id,
        labelled.school_year,
        labelled.school_key,
        labelled.section_key as entity_key,
        labelled.entity_label,
        'Nobody is assigned to teach it' as detail,
        labelled.last_modified_at as first_seen_at
    from labelled
    left join staffed on labelled.section_key = staffed.section_key
    where staffed.section_key is null
    union all
    select
        'section_without_students' as test_id,
        'info' as severity,
        'marts.dim_section' as model,
        labelled.source_id,
        labelled.school_year,
        labelled.school_key,
        labelled.section_key as entity_key,
        labelled.entity_label,
        'No student is or was in it' as detail,
        labelled.last_modified_at as first_seen_at
    from labelled
    left join attended on labelled.section_key = attended.section_key
    where attended.section_key is null
    union all
    select
        'grading_period_in_several_sessions' as test_id,
        if(grading_periods.session_key is null, 'warn', 'info') as severity,
        'marts.dim_grading_period' as model,
        grading_periods.source_id,
        grading_periods.school_year,
        grading_periods.school_key,
        grading_periods.grading_period_key as entity_key,
        concat(
            'Grading period ', grading_periods.name,
            ' from ', cast(grading_periods.begin_date as string),
            ', school ', cast(grading_periods.school_id as string)
        ) as entity_label,
        concat('Lies in the sessions ', containing_sessions.session_names) as detail,
        grading_periods.last_modified_at as first_seen_at
    from grading_periods
    inner join containing_sessions
        on grading_periods.grading_period_key = containing_sessions.grading_period_key
)

select * from final
