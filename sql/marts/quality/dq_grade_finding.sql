/* model
description: >-
  One row per grade, or reported average, and test of these that it fails.
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
with grades as (
    select * from marts.fct_student_grade
),

averages as (
    select * from marts.fct_student_gpa
),

students as (
    select * from marts.dim_student
),

sections as (
    select * from marts.dim_section
),

labelled as (
    select
        grades.*,
        students.student_key is not null as has_student,
        sections.section_key is not null as has_section,
        concat(
            coalesce(grades.grade_type, 'Grade'),
            ' of student ', coalesce(grades.student_unique_id, 'unknown'),
            ' in section ', coalesce(grades.section_identifier, 'unknown'),
            coalesce(concat(', ', grades.grading_period), '')
        ) as entity_label
    from grades
    left join students on grades.student_key = students.student_key
    left join sections on grades.section_key = sections.section_key
),

-- What is reported of a term is compared with what is calculated of it, in the same school where the record names one.
-- Of the reported cumulative averages only the newest can be: the older ones lack the terms since.
compared as (
    select
        reported.student_gpa_key,
        reported.source_id,
        reported.school_year,
        reported.school_key,
        reported.student_key,
        reported.gpa_scope,
        reported.term_name,
        reported.is_weighted,
        reported.gpa as reported_gpa,
        calculated.gpa as calculated_gpa,
        reported.last_modified_at
    from averages as reported
    inner join averages as calculated
        on reported.student_key = calculated.student_key
        and reported.gpa_scope = calculated.gpa_scope
        and reported.is_weighted = calculated.is_weighted
    where reported.method = 'reported'
        and calculated.method = 'calculated'
        and reported.gpa is not null
        and calculated.gpa is not null
        and (
            (reported.gpa_scope = 'cumulative' and reported.is_current)
            or (
                reported.gpa_scope = 'session'
                and lower(trim(reported.term_name)) = lower(trim(calculated.term_name))
                and (reported.school_key is null or reported.school_key = calculated.school_key)
            )
        )
    qualify row_number() over (
        partition by reported.student_gpa_key
        order by abs(reported.gpa - calculated.gpa), calculated.student_gpa_key
    ) = 1
),

final as (
    select
        'grade_unknown_student' as test_id,
        'warn' as severity,
        'marts.fct_student_grade' as model,
        source_id,
        school_year,
        school_key,
        grade_key as entity_key,
        entity_label,
        'The student is not known in this year' as detail,
        last_modified_at as first_seen_at
    from labelled
    where not has_student
    union all
    select
        'grade_unknown_section' as test_id,
        'warn' as severity,
        'marts.fct_student_grade' as model,
        source_id,
        school_year,
        school_key,
        grade_key as entity_key,
        entity_label,
        'The section is not known' as detail,
        last_modified_at as first_seen_at
    from labelled
    where not has_section
    union all
    select
        'gpa_differs_from_reported' as test_id,
        if(compared.gpa_scope = 'cumulative', 'info', 'warn') as severity,
        'marts.fct_student_gpa' as model,
        compared.source_id,
        compared.school_year,
        coalesce(compared.school_key, students.primary_school_key) as school_key,
        compared.student_gpa_key as entity_key,
        concat(
            if(compared.is_weighted, 'Weighted average', 'Average'),
            ' of student ', coalesce(students.student_unique_id, 'unknown'),
            coalesce(concat(', ', compared.term_name), ''),
            if(compared.gpa_scope = 'cumulative', ', cumulative', '')
        ) as entity_label,
        concat(
            'Reported ', cast(compared.reported_gpa as string),
            ', calculated ', cast(compared.calculated_gpa as string)
        ) as detail,
        compared.last_modified_at as first_seen_at
    from compared
    left join students on compared.student_key = students.student_key
    where abs(compared.reported_gpa - compared.calculated_gpa) > numeric '0.1'
)

select * from final
