/* model
description: >-
  One row per code of the source that a code map of ref does not have, and how many records have it. Add it to
  sql/ref/<map>.sql. Until then an attendance category is neither absent nor present, a calendar event is no
  instruction, and other codes have no group.
materialize: table
key: [source_id, map, namespace, code]
columns:
  source_id: {type: STRING, description: The configured source.}
  map: {type: STRING, description: "The table of ref that lacks the code."}
  namespace: {type: STRING, description: "Namespace of the code, empty where it has none."}
  code: {type: STRING, description: The code as the API sends it.}
  severity:
    type: STRING
    description: "error (figures leave the records out), warn (figures by group do) or info."
  rows_affected: {type: INT64, description: Records that have the code.}
  latest_school_year: {type: INT64, description: Newest school year that has the code.}
  first_seen_at: {type: TIMESTAMP, description: When the oldest of the records was last changed.}
  last_seen_at: {type: TIMESTAMP, description: When the newest of them was.}
  example: {type: STRING, description: "Id of one of the records, the last in order."}
tests:
  - not_null: [severity, rows_affected, latest_school_year]
  - accepted_values: {column: severity, values: [error, warn, info]}
  - volume: {min_share: 0}
*/
with used_codes as (
    select
        'attendance_codes' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        attendance_event_category_namespace as namespace,
        attendance_event_category as code
    from staging.stg_edfi__student_school_attendance_events
    union all
    select
        'attendance_codes' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        attendance_event_category_namespace as namespace,
        attendance_event_category as code
    from staging.stg_edfi__student_section_attendance_events
    union all
    select
        'entry_types' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        entry_type_namespace as namespace,
        entry_type as code
    from staging.stg_edfi__student_school_associations
    union all
    select
        'exit_types' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        exit_withdraw_type_namespace as namespace,
        exit_withdraw_type as code
    from staging.stg_edfi__student_school_associations
    union all
    select
        'grade_levels' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        entry_grade_level_namespace as namespace,
        entry_grade_level as code
    from staging.stg_edfi__student_school_associations
    union all
    select
        'program_types' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        program_type_namespace as namespace,
        program_type as code
    from staging.stg_edfi__programs
    union all
    select
        'behaviors' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        behavior_namespace as namespace,
        behavior as code
    from staging.stg_edfi__student_discipline_incident_behavior_associations
    union all
    select
        'course_attempt_results' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        course_attempt_result_namespace as namespace,
        course_attempt_result as code
    from staging.stg_edfi__course_transcripts
    union all
    select
        'course_repeat_codes' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        course_repeat_code_namespace as namespace,
        course_repeat_code as code
    from staging.stg_edfi__course_transcripts
    union all
    select
        'calendar_events' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.calendarEventDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.calendarEventDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__calendar_dates
    cross join unnest(json_query_array(calendar_events)) as item
    union all
    select
        'disciplines' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.disciplineDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.disciplineDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__discipline_actions
    cross join unnest(json_query_array(disciplines)) as item
    union all
    select
        'race' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_education_organization_associations
    cross join unnest(json_query_array(races)) as item
    union all
    select
        'race' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_demographics
    cross join unnest(json_query_array(races)) as item
    union all
    select
        'program_types' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        program_type_namespace as namespace,
        program_type as code
    from staging.stg_edfi__student_program_associations
    union all
    select
        'behaviors' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.behaviorDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.behaviorDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__discipline_incidents
    cross join unnest(json_query_array(behaviors)) as item
    union all
    select
        'behaviors' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.behaviorDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.behaviorDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_discipline_incident_associations
    cross join unnest(json_query_array(behaviors)) as item
    union all
    select
        'incident_participation' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        student_participation_code_namespace as namespace,
        student_participation_code as code
    from staging.stg_edfi__student_discipline_incident_associations
    union all
    select
        'incident_participation' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.disciplineIncidentParticipationCodeDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.disciplineIncidentParticipationCodeDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_discipline_incident_behavior_associations
    cross join unnest(json_query_array(discipline_incident_participation_codes)) as item
    union all
    select
        'incident_participation' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.disciplineIncidentParticipationCodeDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.disciplineIncidentParticipationCodeDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_discipline_incident_non_offender_associations
    cross join unnest(json_query_array(discipline_incident_participation_codes)) as item
    union all
    select
        'meal_eligibility' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.schoolFoodServiceProgramServiceDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.schoolFoodServiceProgramServiceDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_school_food_service_program_associations
    cross join unnest(json_query_array(school_food_service_program_services)) as item
    union all
    select
        'diploma_types' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.diplomaTypeDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.diplomaTypeDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_academic_records
    cross join unnest(json_query_array(diplomas)) as item
    union all
    select
        'military_connections' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        supporter_military_connection_namespace as namespace,
        supporter_military_connection as code
    from staging.stg_edfi__student_education_organization_associations
    union all
    select
        'military_connections' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        supporter_military_connection_namespace as namespace,
        supporter_military_connection as code
    from staging.stg_edfi__student_demographics
    union all
    select
        'economic_disadvantages' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        economic_disadvantage_namespace as namespace,
        economic_disadvantage as code
    from staging.stg_edfi__student_demographics
    union all
    select
        'english_proficiency' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        cast(null as string) as namespace,
        limited_english_proficiency as code
    from staging.stg_edfi__student_education_organization_associations
    union all
    select
        'student_characteristics' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.studentCharacteristicDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.studentCharacteristicDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_education_organization_associations
    cross join unnest(json_query_array(student_characteristics)) as item
    union all
    select
        'english_proficiency' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        cast(null as string) as namespace,
        limited_english_proficiency as code
    from staging.stg_edfi__student_demographics
    union all
    select
        'student_characteristics' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.studentCharacteristicDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.studentCharacteristicDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__student_demographics
    cross join unnest(json_query_array(student_characteristics)) as item
    union all
    select
        'race' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__staffs
    cross join unnest(json_query_array(races)) as item
    union all
    select
        'race' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__staff_demographics
    cross join unnest(json_query_array(races)) as item
    union all
    select
        'grade_levels' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__schools
    cross join unnest(json_query_array(grade_levels)) as item
    union all
    select
        'course_levels' as map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        regexp_extract(json_value(item, '$.courseLevelCharacteristicDescriptor'), r'^(.*)#') as namespace,
        regexp_extract(json_value(item, '$.courseLevelCharacteristicDescriptor'), r'[^#]*$') as code
    from staging.stg_edfi__courses
    cross join unnest(json_query_array(level_characteristics)) as item
),

maps as (
    select 'attendance_codes' as map, source_id, namespace, code from ref.attendance_codes
    union all
    select 'behaviors' as map, source_id, namespace, code from ref.behaviors
    union all
    select 'calendar_events' as map, source_id, namespace, code from ref.calendar_events
    union all
    select 'course_attempt_results' as map, source_id, namespace, code from ref.course_attempt_results
    union all
    select 'course_levels' as map, source_id, namespace, code from ref.course_levels
    union all
    select 'course_repeat_codes' as map, source_id, namespace, code from ref.course_repeat_codes
    union all
    select 'diploma_types' as map, source_id, namespace, code from ref.diploma_types
    union all
    select 'disciplines' as map, source_id, namespace, code from ref.disciplines
    union all
    -- Which namespace a proficiency is of is not asked where it is read.
    select 'english_proficiency' as map, source_id, '*' as namespace, code from ref.english_proficiency
    union all
    select 'economic_disadvantages' as map, source_id, namespace, code from ref.economic_disadvantages
    union all
    select 'military_connections' as map, source_id, namespace, code from ref.military_connections
    union all
    select 'entry_types' as map, source_id, namespace, code from ref.entry_types
    union all
    select 'exit_types' as map, source_id, namespace, code from ref.exit_types
    union all
    select 'grade_levels' as map, source_id, namespace, code from ref.grade_levels
    union all
    select 'incident_participation' as map, source_id, namespace, code from ref.incident_participation
    union all
    select 'meal_eligibility' as map, source_id, namespace, code from ref.meal_eligibility
    union all
    select 'program_types' as map, source_id, namespace, code from ref.program_types
    union all
    select 'race' as map, source_id, namespace, code from ref.race
    union all
    select 'student_characteristics' as map, source_id, namespace, code from ref.student_characteristics
),

codes as (
    select
        map,
        source_id,
        school_year,
        api_id,
        last_modified_at,
        coalesce(namespace, '') as namespace,
        code
    from used_codes
    where trim(code) != ''
),

counted as (
    select
        source_id,
        map,
        namespace,
        code,
        count(*) as rows_affected,
        max(school_year) as latest_school_year,
        min(last_modified_at) as first_seen_at,
        max(last_modified_at) as last_seen_at,
        max(api_id) as example
    from codes
    group by source_id, map, namespace, code
),

mapped as (
    select distinct counted.source_id, counted.map, counted.namespace, counted.code
    from counted
    inner join maps
        on counted.map = maps.map
        and lower(trim(counted.code)) = lower(trim(maps.code))
        and maps.source_id in (counted.source_id, '*')
        and maps.namespace in (counted.namespace, '*')
),

unmapped as (
    select counted.*
    from counted
    left join mapped
        on counted.source_id = mapped.source_id
        and counted.map = mapped.map
        and counted.namespace = mapped.namespace
        and counted.code = mapped.code
    where mapped.code is null
),

-- These facts know by themselves what they could not map.
letters as (
    select
        source_id,
        'letter_grades' as map,
        '' as namespace,
        letter_grade_earned as code,
        count(*) as rows_affected,
        max(school_year) as latest_school_year,
        min(last_modified_at) as first_seen_at,
        max(last_modified_at) as last_seen_at,
        max(grade_key) as example
    from marts.fct_student_grade
    where trim(letter_grade_earned) != ''
        and counts_in_gpa is null
    group by source_id, letter_grade_earned
),

results as (
    select
        source_id,
        if(kind = 'score', 'assessment_scores', 'assessment_levels') as map,
        coalesce(if(kind = 'score', reporting_method_namespace, performance_level_namespace), '') as namespace,
        if(kind = 'score', reporting_method, result_text) as code,
        school_year,
        last_modified_at,
        student_assessment_score_key
    from marts.fct_student_assessment_score
    where (kind = 'score' and measure is null)
        or (kind = 'performance_level' and performance_level_order is null)
),

result_codes as (
    select
        source_id,
        map,
        namespace,
        code,
        count(*) as rows_affected,
        max(school_year) as latest_school_year,
        min(last_modified_at) as first_seen_at,
        max(last_modified_at) as last_seen_at,
        max(student_assessment_score_key) as example
    from results
    where trim(code) != ''
    group by source_id, map, namespace, code
),

all_codes as (
    select * from unmapped
    union all
    select
        source_id,
        map,
        namespace,
        code,
        rows_affected,
        latest_school_year,
        first_seen_at,
        last_seen_at,
        example
    from letters
    union all
    select
        source_id,
        map,
        namespace,
        code,
        rows_affected,
        latest_school_year,
        first_seen_at,
        last_seen_at,
        example
    from result_codes
),

final as (
    select
        source_id,
        map,
        namespace,
        code,
        case
            when map in ('attendance_codes', 'calendar_events') then 'error'
            when map in ('assessment_scores', 'assessment_levels', 'course_levels', 'student_characteristics')
                then 'info'
            else 'warn'
        end as severity,
        rows_affected,
        latest_school_year,
        first_seen_at,
        last_seen_at,
        example
    from all_codes
)

select * from final
