/* model
description: >-
  One row per live record of staff school associations in the Ed-Fi API, typed. This association indicates the school(s)
  to which a staff member provides instructional services.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_school_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, school_id, program_assignment.
  calendar_key: {type: STRING, description: "Key of the calendar: source_id, school_year, school_id, calendar_code."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  program_assignment: {type: STRING, description: The name of the program for which the individual is assigned.}
  calendar_code: {type: STRING, description: The identifier for the calendar.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year associated with the calendar.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  academic_subjects: {type: JSON, description: The academic subjects the individual is eligible to teach.}
  grade_levels: {type: JSON, description: The grade levels the individual is eligible to teach.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_school_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_school_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.programAssignmentDescriptor'), r'[^#]*$') as program_assignment,
        json_value(data, '$.calendarReference.calendarCode') as calendar_code,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarReference.schoolId'),
                json_value(data, '$.schoolReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarReference.schoolYear'),
                json_value(data, '$.schoolYearTypeReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        json_query(data, '$.academicSubjects') as academic_subjects,
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
            '\u001f', lower(trim(cast(staff_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(program_assignment as string)))
        ))) as staff_school_association_key,
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
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
