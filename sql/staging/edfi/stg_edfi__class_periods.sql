/* model
description: >-
  One row per live record of class periods in the Ed-Fi API, typed. This entity represents the designation of a
  regularly scheduled series of class meetings at designated times and days of the week.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  class_period_key: {type: STRING, description: "Key of the row: source_id, school_year, school_id, class_period_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  class_period_name:
    type: STRING
    description: >-
      An indication of the portion of a typical daily session in which students receive instruction in a specified
      subject (e.g., morning, sixth period, block period, or AB schedules).
  school_id: {type: INT64, description: The identifier assigned to a school.}
  official_attendance_period:
    type: BOOL
    description: Indicator of whether this class period is used for official daily attendance.
  meeting_times: {type: JSON, description: The meeting time(s) for a class period.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: class_period_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.class_periods
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.classPeriodName') as class_period_name,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        lax_bool(json_query(data, '$.officialAttendancePeriod')) as official_attendance_period,
        json_query(data, '$.meetingTimes') as meeting_times,
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
            '\u001f', lower(trim(cast(class_period_name as string)))
        ))) as class_period_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
