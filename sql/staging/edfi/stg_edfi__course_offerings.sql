/* model
description: >-
  One row per live record of course offerings in the Ed-Fi API, typed. This entity represents an entry in the course
  catalog of available courses offered by the school during a session.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  course_offering_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, session_name, local_course_code.
  course_key:
    type: STRING
    description: >-
      Key of the course: source_id, school_year, education_organization_id, course_code.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  course_code: {type: STRING, description: A unique alphanumeric code assigned to a course.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  instructional_time_planned:
    type: INT64
    description: The planned total number of clock minutes of instruction for this course offering.
  local_course_title:
    type: STRING
    description: >-
      The descriptive name given to a course of study offered in the school, if different from the course title.
  course_level_characteristics:
    type: JSON
    description: >-
      The type of specific program or designation with which the course offering is associated (e.g., AP, IB, Dual
      Credit, CTE).
  curriculum_useds: {type: JSON, description: The type of curriculum used in an early learning classroom or group.}
  offered_grade_levels: {type: JSON, description: The grade levels in which the course is offered.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: course_offering_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.course_offerings
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.localCourseCode') as local_course_code,
        json_value(data, '$.courseReference.courseCode') as course_code,
        safe_cast(json_value(data, '$.courseReference.educationOrganizationId') as int64) as education_organization_id,
        safe_cast(
            coalesce(
                json_value(data, '$.schoolReference.schoolId'),
                json_value(data, '$.sessionReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(json_value(data, '$.sessionReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.sessionReference.sessionName') as session_name,
        safe_cast(json_value(data, '$.instructionalTimePlanned') as int64) as instructional_time_planned,
        json_value(data, '$.localCourseTitle') as local_course_title,
        json_query(data, '$.courseLevelCharacteristics') as course_level_characteristics,
        json_query(data, '$.curriculumUseds') as curriculum_useds,
        json_query(data, '$.offeredGradeLevels') as offered_grade_levels,
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
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string)))
        ))) as course_offering_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(course_code as string)))
        ))) as course_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        typed.*
    from typed
)

select * from final
