/* model
description: >-
  One row per live record of calendar dates in the Ed-Fi API, typed. The type of scheduled or unscheduled event for the
  day.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  calendar_date_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, calendar_code, date.
  calendar_key: {type: STRING, description: "Key of the calendar: source_id, school_year, school_id, calendar_code."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  date: {type: DATE, description: "The month, day, and year of the calendar event."}
  calendar_code: {type: STRING, description: The identifier for the calendar.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year associated with the calendar.}
  calendar_events: {type: JSON, description: The type of scheduled or unscheduled event for the day.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: calendar_date_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.calendar_dates
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.date'), 1, 10) as date) as date,
        json_value(data, '$.calendarReference.calendarCode') as calendar_code,
        safe_cast(json_value(data, '$.calendarReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.calendarReference.schoolYear') as int64) as reported_school_year,
        json_query(data, '$.calendarEvents') as calendar_events,
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
            '\u001f', lower(trim(cast(calendar_code as string))),
            '\u001f', lower(trim(cast(date as string)))
        ))) as calendar_date_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(calendar_code as string)))
        ))) as calendar_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
