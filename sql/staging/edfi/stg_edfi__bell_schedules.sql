/* model
description: >-
  One row per live record of bell schedules in the Ed-Fi API, typed. This entity represents the schedule of class period
  meeting times.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  bell_schedule_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, bell_schedule_name.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  bell_schedule_name: {type: STRING, description: Name or title of the bell schedule.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  alternate_day_name: {type: STRING, description: "An alternate name for the day (e.g., Red, Blue)."}
  end_time: {type: TIME, description: An indication of the time of day the bell schedule ends.}
  start_time: {type: TIME, description: An indication of the time of day the bell schedule begins.}
  total_instructional_time:
    type: INT64
    description: The total instructional time in minutes per day for the bell schedule.
  class_periods: {type: JSON, description: The class periods that compose this bell schedule.}
  dates: {type: JSON, description: The dates for which the bell schedule applies.}
  grade_levels: {type: JSON, description: The grade levels the particular bell schedule applies to.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: bell_schedule_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.bell_schedules
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.bellScheduleName') as bell_schedule_name,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        json_value(data, '$.alternateDayName') as alternate_day_name,
        safe_cast(regexp_extract(json_value(data, '$.endTime'), r'\d{2}:\d{2}:\d{2}') as time) as end_time,
        safe_cast(regexp_extract(json_value(data, '$.startTime'), r'\d{2}:\d{2}:\d{2}') as time) as start_time,
        safe_cast(json_value(data, '$.totalInstructionalTime') as int64) as total_instructional_time,
        json_query(data, '$.classPeriods') as class_periods,
        json_query(data, '$.dates') as dates,
        json_query(data, '$.gradeLevels') as grade_levels,
        json_query(data, '$._ext') as extensions,
        coalesce(
            safe_cast(regexp_replace(json_value(data, '$._lastModifiedDate'), r'([.]\d{6})\d+', r'\1') as timestamp),
            extracted_at
        ) as last_modified_at
    from records
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(bell_schedule_name as string)))
        ))) as bell_schedule_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
