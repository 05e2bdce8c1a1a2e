/* model
description: >-
  One row per live record of sessions in the Ed-Fi API, typed. A specific designated unit of time during which
  instruction is provided, grades are reported and academic credits are awarded to students (whenever applicable).
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  session_key: {type: STRING, description: "Key of the row: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: Key for School Year}
  begin_date: {type: DATE, description: "Month, day, and year of the first day of the session."}
  end_date: {type: DATE, description: "Month, day and year of the last day of the session."}
  term: {type: STRING, description: A descriptor value to indicate the term that the session is associated with.}
  total_instructional_days: {type: INT64, description: The total number of instructional days in the school calendar.}
  academic_weeks: {type: JSON, description: The academic weeks associated with the school year.}
  grading_periods: {type: JSON, description: Grading periods associated with the session.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: session_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.sessions
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.sessionName') as session_name,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.schoolYearTypeReference.schoolYear') as int64) as reported_school_year,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        regexp_extract(json_value(data, '$.termDescriptor'), r'[^#]*$') as term,
        safe_cast(json_value(data, '$.totalInstructionalDays') as int64) as total_instructional_days,
        json_query(data, '$.academicWeeks') as academic_weeks,
        json_query(data, '$.gradingPeriods') as grading_periods,
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
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
