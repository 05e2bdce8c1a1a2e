/* model
description: >-
  One row per live record of student section attendance events in the Ed-Fi API, typed. This event entity represents the
  recording of whether a student is in attendance for a section.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_section_attendance_event_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, reported_school_year, session_name,
      local_course_code, section_identifier, event_date, attendance_event_category.
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  attendance_event_category:
    type: STRING
    description: >-
      A code describing the attendance event, for example: Present Unexcused absence Excused absence Tardy.
  attendance_event_category_namespace:
    type: STRING
    description: Namespace of attendance_event_category, which says whose code it is.
  event_date: {type: DATE, description: Date for this attendance event.}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  arrival_time:
    type: TIME
    description: The time of day the student arrived for the attendance event in ISO 8601 format.
  attendance_event_reason: {type: STRING, description: The reported reason for a student's absence.}
  departure_time:
    type: TIME
    description: The time of day the student departed for the attendance event in ISO 8601 format.
  educational_environment:
    type: STRING
    description: The setting in which a child receives education and related services.
  event_duration:
    type: NUMERIC
    description: >-
      The amount of time in days for the event as recognized by the school: 1 day = 1, 1/2 day = 0.5, 1/3 day = 0.33.
  section_attendance_duration: {type: INT64, description: The duration in minutes of the section attendance event.}
  class_periods: {type: JSON, description: The class period(s) to which the section attendance event applies.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_section_attendance_event_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_section_attendance_events
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.attendanceEventCategoryDescriptor'), r'[^#]*$') as attendance_event_category,
        regexp_extract(
            json_value(data, '$.attendanceEventCategoryDescriptor'),
            r'^(.*)#'
        ) as attendance_event_category_namespace,
        safe_cast(substr(json_value(data, '$.eventDate'), 1, 10) as date) as event_date,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.sectionReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.sectionReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.sectionReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(regexp_extract(json_value(data, '$.arrivalTime'), r'\d{2}:\d{2}:\d{2}') as time) as arrival_time,
        json_value(data, '$.attendanceEventReason') as attendance_event_reason,
        safe_cast(regexp_extract(json_value(data, '$.departureTime'), r'\d{2}:\d{2}:\d{2}') as time) as departure_time,
        regexp_extract(json_value(data, '$.educationalEnvironmentDescriptor'), r'[^#]*$') as educational_environment,
        safe_cast(json_value(data, '$.eventDuration') as numeric) as event_duration,
        safe_cast(json_value(data, '$.sectionAttendanceDuration') as int64) as section_attendance_duration,
        json_query(data, '$.classPeriods') as class_periods,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(reported_school_year as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string))),
            '\u001f', lower(trim(cast(event_date as string))),
            '\u001f', lower(trim(cast(attendance_event_category as string)))
        ))) as student_section_attendance_event_key,
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
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
