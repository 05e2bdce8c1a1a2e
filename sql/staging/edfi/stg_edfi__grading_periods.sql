/* model
description: >-
  One row per live record of grading periods in the Ed-Fi API, typed. This entity represents the time span for which
  grades are reported.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  grading_period_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, grading_period, grading_period_name or period_sequence.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  grading_period: {type: STRING, description: The state's name of the period for which grades are reported.}
  grading_period_name: {type: STRING, description: The school's descriptive name of the grading period.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: Key for School Year}
  begin_date: {type: DATE, description: "Month, day, and year of the first day of the grading period."}
  end_date: {type: DATE, description: "Month, day, and year of the last day of the grading period."}
  period_sequence: {type: INT64, description: The sequential order of this period relative to other periods.}
  total_instructional_days:
    type: INT64
    description: Total days available for educational instruction during the grading period.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: grading_period_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.grading_periods
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.gradingPeriodDescriptor'), r'[^#]*$') as grading_period,
        json_value(data, '$.gradingPeriodName') as grading_period_name,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.schoolYearTypeReference.schoolYear') as int64) as reported_school_year,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        safe_cast(json_value(data, '$.periodSequence') as int64) as period_sequence,
        safe_cast(json_value(data, '$.totalInstructionalDays') as int64) as total_instructional_days,
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
            '\u001f', lower(trim(cast(grading_period as string))),
            '\u001f', lower(trim(coalesce(cast(grading_period_name as string), cast(period_sequence as string))))
        ))) as grading_period_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
