/* model
description: >-
  One row per value about students that the source sends and that cannot be read as what it should be: a date that is
  none, a number that is none. The typed models have NULL in its place. Looked at are the values on which dates and
  figures of the marts depend.
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
with value_list as (
    select
        'students' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat('Student ', coalesce(typed.student_unique_id, typed.api_id)) as entity_label,
        typed.last_modified_at,
        'birthDate' as name,
        if(typed.birth_date is null, json_value(records.data, '$.birthDate'), null) as lost_text
    from current_edfi.students as records
    inner join staging.stg_edfi__students as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'student_school_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Enrollment of student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in school ', coalesce(cast(typed.school_id as string), 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'entryDate' then if(typed.entry_date is null, json_value(records.data, '$.entryDate'), null)
            when 'exitWithdrawDate'
                then if(typed.exit_withdraw_date is null, json_value(records.data, '$.exitWithdrawDate'), null)
            when 'fullTimeEquivalency'
                then if(typed.full_time_equivalency is null, json_value(records.data, '$.fullTimeEquivalency'), null)
        end as lost_text
    from current_edfi.student_school_associations as records
    inner join staging.stg_edfi__student_school_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['entryDate', 'exitWithdrawDate', 'fullTimeEquivalency']) as name
    union all
    select
        'student_school_attendance_events' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat('Attendance of student ', coalesce(typed.student_unique_id, typed.api_id)) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'eventDate' then if(typed.event_date is null, json_value(records.data, '$.eventDate'), null)
            when 'eventDuration'
                then if(typed.event_duration is null, json_value(records.data, '$.eventDuration'), null)
        end as lost_text
    from current_edfi.student_school_attendance_events as records
    inner join staging.stg_edfi__student_school_attendance_events as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['eventDate', 'eventDuration']) as name
    union all
    select
        'student_section_attendance_events' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Attendance of student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in section ', coalesce(typed.section_identifier, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'eventDate' then if(typed.event_date is null, json_value(records.data, '$.eventDate'), null)
            when 'eventDuration'
                then if(typed.event_duration is null, json_value(records.data, '$.eventDuration'), null)
        end as lost_text
    from current_edfi.student_section_attendance_events as records
    inner join staging.stg_edfi__student_section_attendance_events as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['eventDate', 'eventDuration']) as name
    union all
    select
        'student_section_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in section ', coalesce(typed.section_identifier, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_section_associations as records
    inner join staging.stg_edfi__student_section_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'grades' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Grade of student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in section ', coalesce(typed.section_identifier, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        'numericGradeEarned' as name,
        if(typed.numeric_grade_earned is null, json_value(records.data, '$.numericGradeEarned'), null) as lost_text
    from current_edfi.grades as records
    inner join staging.stg_edfi__grades as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'student_assessments' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.reported_school_key as school_key,
        concat(
            'Assessment ', coalesce(typed.assessment_identifier, 'unknown'),
            ' of student ', coalesce(typed.student_unique_id, typed.api_id)
        ) as entity_label,
        typed.last_modified_at,
        'administrationDate' as name,
        if(typed.administration_date is null, json_value(records.data, '$.administrationDate'), null) as lost_text
    from current_edfi.student_assessments as records
    inner join staging.stg_edfi__student_assessments as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'discipline_actions' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.responsibility_school_key as school_key,
        concat('Discipline action ', coalesce(typed.discipline_action_identifier, typed.api_id)) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'disciplineDate'
                then if(typed.discipline_date is null, json_value(records.data, '$.disciplineDate'), null)
            when 'disciplineActionLength' then if(
                typed.discipline_action_length is null, json_value(records.data, '$.disciplineActionLength'), null
            )
            when 'actualDisciplineActionLength' then if(
                typed.actual_discipline_action_length is null,
                json_value(records.data, '$.actualDisciplineActionLength'),
                null
            )
        end as lost_text
    from current_edfi.discipline_actions as records
    inner join staging.stg_edfi__discipline_actions as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(
        ['disciplineDate', 'disciplineActionLength', 'actualDisciplineActionLength']
    ) as name
    union all
    select
        'discipline_incidents' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat('Discipline incident ', coalesce(typed.incident_identifier, typed.api_id)) as entity_label,
        typed.last_modified_at,
        'incidentDate' as name,
        if(typed.incident_date is null, json_value(records.data, '$.incidentDate'), null) as lost_text
    from current_edfi.discipline_incidents as records
    inner join staging.stg_edfi__discipline_incidents as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'student_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_program_associations as records
    inner join staging.stg_edfi__student_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_special_education_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_special_education_program_associations as records
    inner join staging.stg_edfi__student_special_education_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_language_instruction_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_language_instruction_program_associations as records
    inner join staging.stg_edfi__student_language_instruction_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_title_i_part_a_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_title_i_part_a_program_associations as records
    inner join staging.stg_edfi__student_title_i_part_a_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_school_food_service_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_school_food_service_program_associations as records
    inner join staging.stg_edfi__student_school_food_service_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_homeless_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_homeless_program_associations as records
    inner join staging.stg_edfi__student_homeless_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_migrant_education_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_migrant_education_program_associations as records
    inner join staging.stg_edfi__student_migrant_education_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_cte_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_cte_program_associations as records
    inner join staging.stg_edfi__student_cte_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_neglected_or_delinquent_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_neglected_or_delinquent_program_associations as records
    inner join staging.stg_edfi__student_neglected_or_delinquent_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'student_section_504_program_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Student ', coalesce(typed.student_unique_id, typed.api_id),
            ' in program ', coalesce(typed.program_name, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.student_section_504_program_associations as records
    inner join staging.stg_edfi__student_section_504_program_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'course_transcripts' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat(
            'Transcript of student ', coalesce(typed.student_unique_id, typed.api_id),
            ', course ', coalesce(typed.course_code, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'attemptedCredits'
                then if(typed.attempted_credits is null, json_value(records.data, '$.attemptedCredits'), null)
            when 'earnedCredits'
                then if(typed.earned_credits is null, json_value(records.data, '$.earnedCredits'), null)
            when 'finalNumericGradeEarned' then if(
                typed.final_numeric_grade_earned is null, json_value(records.data, '$.finalNumericGradeEarned'), null
            )
        end as lost_text
    from current_edfi.course_transcripts as records
    inner join staging.stg_edfi__course_transcripts as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['attemptedCredits', 'earnedCredits', 'finalNumericGradeEarned']) as name
),

lost_values as (
    select
        value_list.*,
        if(lower(name) like '%date', 'date', 'number') as expected
    from value_list
    where trim(lost_text) != ''
),

final as (
    select
        'unreadable_value' as test_id,
        'error' as severity,
        concat('staging.stg_edfi__', endpoint) as model,
        source_id,
        school_year,
        school_key,
        to_hex(md5(concat(
            source_id,
            '\u001f', cast(school_year as string),
            '\u001f', endpoint,
            '\u001f', api_id,
            '\u001f', name
        ))) as entity_key,
        entity_label,
        concat(
            name,
            -- A birth date stays out of the list, however it is misspelt.
            if(name = 'birthDate', '', concat(' is "', substr(trim(lost_text), 1, 100), '"')),
            ', which is no ', expected
        ) as detail,
        last_modified_at as first_seen_at
    from lost_values
)

select * from final
