/* model
description: >-
  One row per value about schools and staff that the source sends and that cannot be read as what it should be: a date
  that is none, a number that is none. The typed models have NULL in its place. Looked at are the values on which
  dates and figures of the marts depend.
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
        'staff_section_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Staff ', coalesce(typed.staff_unique_id, typed.api_id),
            ' in section ', coalesce(typed.section_identifier, 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.staff_section_associations as records
    inner join staging.stg_edfi__staff_section_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'staff_education_organization_assignment_associations' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat('Assignment of staff ', coalesce(typed.staff_unique_id, typed.api_id)) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.staff_education_organization_assignment_associations as records
    inner join staging.stg_edfi__staff_education_organization_assignment_associations as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'calendar_dates' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Calendar ', coalesce(typed.calendar_code, typed.api_id),
            ' of school ', coalesce(cast(typed.school_id as string), 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        'date' as name,
        if(typed.date is null, json_value(records.data, '$.date'), null) as lost_text
    from current_edfi.calendar_dates as records
    inner join staging.stg_edfi__calendar_dates as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'sessions' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Session ', coalesce(typed.session_name, typed.api_id),
            ' of school ', coalesce(cast(typed.school_id as string), 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.sessions as records
    inner join staging.stg_edfi__sessions as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'grading_periods' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key,
        concat(
            'Grading period ', coalesce(typed.grading_period_name, typed.grading_period, typed.api_id),
            ' of school ', coalesce(cast(typed.school_id as string), 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        name,
        case name
            when 'beginDate' then if(typed.begin_date is null, json_value(records.data, '$.beginDate'), null)
            when 'endDate' then if(typed.end_date is null, json_value(records.data, '$.endDate'), null)
        end as lost_text
    from current_edfi.grading_periods as records
    inner join staging.stg_edfi__grading_periods as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    cross join unnest(['beginDate', 'endDate']) as name
    union all
    select
        'courses' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        cast(null as string) as school_key,
        concat('Course ', coalesce(typed.course_code, typed.api_id)) as entity_label,
        typed.last_modified_at,
        'maximumAvailableCredits' as name,
        if(
            typed.maximum_available_credits is null, json_value(records.data, '$.maximumAvailableCredits'), null
        ) as lost_text
    from current_edfi.courses as records
    inner join staging.stg_edfi__courses as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
    union all
    select
        'sections' as endpoint,
        typed.source_id,
        typed.school_year,
        typed.api_id,
        typed.school_key as school_key,
        concat(
            'Section ', coalesce(typed.section_identifier, typed.api_id),
            ' of school ', coalesce(cast(typed.school_id as string), 'unknown')
        ) as entity_label,
        typed.last_modified_at,
        'availableCredits' as name,
        if(typed.available_credits is null, json_value(records.data, '$.availableCredits'), null) as lost_text
    from current_edfi.sections as records
    inner join staging.stg_edfi__sections as typed
        on records.source_id = typed.source_id and records.school_year = typed.school_year
        and records.record_id = typed.api_id
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
