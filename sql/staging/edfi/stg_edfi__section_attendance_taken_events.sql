/* model
description: >-
  One row per live record of section attendance taken events in the Ed-Fi API, typed. Captures attendance taken event
  for given section.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  section_attendance_taken_event_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, reported_school_year, session_name, local_course_code,
      section_identifier, calendar_code, date.
  calendar_date_key:
    type: STRING
    description: >-
      Key of the calendar date: source_id, school_year, school_id, calendar_code, date.
  calendar_key: {type: STRING, description: "Key of the calendar: source_id, school_year, school_id, calendar_code."}
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  calendar_code: {type: STRING, description: The identifier for the calendar.}
  date: {type: DATE, description: "The month, day, and year of the calendar event."}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year associated with the calendar.}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  event_date:
    type: DATE
    description: >-
      The date the section attendance taken event was submitted, which could be a different date than the instructional
      day.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: section_attendance_taken_event_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.section_attendance_taken_events
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.calendarDateReference.calendarCode') as calendar_code,
        safe_cast(substr(json_value(data, '$.calendarDateReference.date'), 1, 10) as date) as date,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarDateReference.schoolId'),
                json_value(data, '$.sectionReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarDateReference.schoolYear'),
                json_value(data, '$.sectionReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        json_value(data, '$.sectionReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        safe_cast(substr(json_value(data, '$.eventDate'), 1, 10) as date) as event_date,
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
            '\u001f', lower(trim(cast(reported_school_year as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string))),
            '\u001f', lower(trim(cast(calendar_code as string))),
            '\u001f', lower(trim(cast(date as string)))
        ))) as section_attendance_taken_event_key,
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
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string)))
        ))) as section_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
