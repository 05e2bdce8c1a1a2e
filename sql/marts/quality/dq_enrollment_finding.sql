/* model
description: >-
  One row per enrollment and test of enrollments that it fails, for the clerk of the school.
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
with enrollments as (
    select * from marts.fct_student_school
),

reported as (
    select enrollment_key, primary_school
    from staging.stg_edfi__student_school_associations
    where enrollment_key is not null
    qualify row_number() over (partition by enrollment_key order by last_modified_at desc, api_id) = 1
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

sections as (
    select * from marts.dim_section
),

student_sections as (
    select * from marts.fct_student_section
),

calendar_dates as (
    select * from marts.dim_calendar_date
),

school_years as (
    select * from marts.dim_school_year
),

labelled as (
    select
        enrollments.*,
        reported.primary_school as reported_as_primary,
        concat(
            'Student ', enrollments.student_unique_id,
            ' in school ', cast(enrollments.school_id as string),
            ' from ', cast(enrollments.entry_date as string)
        ) as entity_label
    from enrollments
    left join reported on enrollments.enrollment_key = reported.enrollment_key
),

-- Who leaves one school and enters another on the same day is not in both. Two schools at once are right where the
-- source says which one is not the primary school, or that the student is there part of the time.
overlaps as (
    select
        later.enrollment_key,
        countif(later.school_key = earlier.school_key) > 0 as is_same_school,
        string_agg(
            concat('school ', cast(earlier.school_id as string), ' from ', cast(earlier.entry_date as string)),
            ', '
            order by earlier.entry_date, earlier.school_id, earlier.enrollment_key
        ) as others
    from labelled as later
    inner join labelled as earlier
        on later.student_key = earlier.student_key
        and later.enrollment_key != earlier.enrollment_key
    where later.is_valid
        and earlier.is_valid
        and (
            earlier.entry_date < later.entry_date
            or (earlier.entry_date = later.entry_date and earlier.enrollment_key < later.enrollment_key)
        )
        and later.entry_date < coalesce(earlier.exit_withdraw_date, date '9999-12-31')
        and (
            later.school_key = earlier.school_key
            or (
                coalesce(later.reported_as_primary, true)
                and coalesce(earlier.reported_as_primary, true)
                and coalesce(later.full_time_equivalency, numeric '1')
                + coalesce(earlier.full_time_equivalency, numeric '1') > numeric '1'
            )
        )
    group by later.enrollment_key
),

calendars as (
    select distinct calendar_key from calendar_dates where is_instructional_day
),

schools_with_sections as (
    select distinct school_key from sections
),

students_with_sections as (
    select distinct student_key, school_key from student_sections
),

tested as (
    select
        labelled.*,
        overlaps.enrollment_key is not null as has_overlap,
        overlaps.is_same_school,
        overlaps.others,
        calendars.calendar_key is not null as has_calendar,
        schools_with_sections.school_key is not null
        and students_with_sections.student_key is null
        and labelled.entry_date <= school_years.as_of_date as lacks_section,
        students.student_key is not null as has_student,
        schools.school_key is not null as has_school
    from labelled
    left join overlaps on labelled.enrollment_key = overlaps.enrollment_key
    left join calendars on labelled.calendar_key = calendars.calendar_key
    left join schools_with_sections on labelled.school_key = schools_with_sections.school_key
    left join students_with_sections
        on labelled.student_key = students_with_sections.student_key
        and labelled.school_key = students_with_sections.school_key
    left join school_years
        on labelled.source_id = school_years.source_id
        and labelled.school_year = school_years.school_year
    left join students on labelled.student_key = students.student_key
    left join schools on labelled.school_key = schools.school_key
),

findings as (
    select
        tested.*,
        'enrollment_overlap' as test_id,
        if(is_same_school, 'error', 'warn') as severity,
        concat('Overlaps the enrollment in ', others) as detail
    from tested
    where has_overlap
    union all
    select
        tested.*,
        'enrollment_exit_before_entry' as test_id,
        'error' as severity,
        concat('The exit, ', cast(exit_withdraw_date as string), ', is before the entry') as detail
    from tested
    where exit_withdraw_date < entry_date
    union all
    select
        tested.*,
        'enrollment_too_long' as test_id,
        'warn' as severity,
        concat(cast(days_enrolled as string), ' days of membership are more than 185') as detail
    from tested
    where days_enrolled > 185
    union all
    select
        tested.*,
        'enrollment_without_calendar' as test_id,
        'warn' as severity,
        if(
            calendar_key is null,
            'No calendar: the enrollment names none, and the school does not have just one',
            'The calendar has no instructional days'
        ) as detail
    from tested
    where is_valid
        and not has_calendar
    union all
    select
        tested.*,
        'enrollment_without_section' as test_id,
        'warn' as severity,
        'In no section of the school, which has sections' as detail
    from tested
    where is_valid
        and lacks_section
    union all
    select
        tested.*,
        'enrollment_unknown_student' as test_id,
        'error' as severity,
        'The student is not known in this year' as detail
    from tested
    where not has_student
    union all
    select
        tested.*,
        'enrollment_unknown_school' as test_id,
        'error' as severity,
        'The school is not known in this year' as detail
    from tested
    where not has_school
),

final as (
    select
        test_id,
        severity,
        'marts.fct_student_school' as model,
        source_id,
        school_year,
        school_key,
        enrollment_key as entity_key,
        entity_label,
        detail,
        last_modified_at as first_seen_at
    from findings
)

select * from final
