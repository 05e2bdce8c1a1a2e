/* model
description: >-
  One row per live record of sections in the Ed-Fi API, typed. This entity represents a setting in which organized
  instruction of course content is provided, in-person or otherwise, to one or more students for a given period of time.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  section_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  course_offering_key:
    type: STRING
    description: >-
      Key of the course offering: source_id, school_year, school_id, session_name, local_course_code.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  location_key:
    type: STRING
    description: >-
      Key of the location: source_id, school_year, location_school_id, location_classroom_identification_code.
  location_school_key:
    type: STRING
    description: >-
      Key of the location school: source_id, school_year, location_school_id.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  location_classroom_identification_code:
    type: STRING
    description: >-
      A unique number or alphanumeric code assigned to a room by a school, school system, state, or other agency or
      entity.
  location_school_id: {type: INT64, description: The identifier assigned to a school.}
  available_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  available_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  available_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  educational_environment:
    type: STRING
    description: The setting in which a student receives education and related services.
  instruction_language: {type: STRING, description: The primary language of instruction.}
  medium_of_instruction:
    type: STRING
    description: >-
      The media through which teachers provide instruction to students and students and teachers communicate about
      instructional matters.
  official_attendance_period:
    type: BOOL
    description: Indicator of whether this section is used for official daily attendance.
  population_served: {type: STRING, description: The type of students the section is offered and tailored to.}
  section_name:
    type: STRING
    description: >-
      A locally-defined name for the section, generally created to make the section more recognizable in informal
      contexts and generally distinct from the section identifier.
  section_type:
    type: STRING
    description: Specifies whether the section is for attendance only, credit only, or both.
  sequence_of_course:
    type: INT64
    description: When a section is part of a sequence of parts for a course, the number of the sequence.
  characteristics:
    type: JSON
    description: >-
      Reflects important characteristics of the section, such as whether or not attendance is taken and the section is
      graded.
  class_periods: {type: JSON, description: The class period during which the section meets.}
  course_level_characteristics:
    type: JSON
    description: The type of specific program or designation with which the section is associated.
  offered_grade_levels: {type: JSON, description: The grade levels in which the section is offered.}
  programs: {type: JSON, description: Optional reference to program to which the section is associated.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: section_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.sections
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.sectionIdentifier') as section_identifier,
        json_value(data, '$.courseOfferingReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.courseOfferingReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.courseOfferingReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.courseOfferingReference.sessionName') as session_name,
        json_value(data, '$.locationReference.classroomIdentificationCode') as location_classroom_identification_code,
        safe_cast(
            coalesce(
                json_value(data, '$.locationReference.schoolId'),
                json_value(data, '$.locationSchoolReference.schoolId')
            ) as int64
        ) as location_school_id,
        safe_cast(json_value(data, '$.availableCreditConversion') as numeric) as available_credit_conversion,
        safe_cast(json_value(data, '$.availableCredits') as numeric) as available_credits,
        regexp_extract(json_value(data, '$.availableCreditTypeDescriptor'), r'[^#]*$') as available_credit_type,
        regexp_extract(json_value(data, '$.educationalEnvironmentDescriptor'), r'[^#]*$') as educational_environment,
        regexp_extract(json_value(data, '$.instructionLanguageDescriptor'), r'[^#]*$') as instruction_language,
        regexp_extract(json_value(data, '$.mediumOfInstructionDescriptor'), r'[^#]*$') as medium_of_instruction,
        lax_bool(json_query(data, '$.officialAttendancePeriod')) as official_attendance_period,
        regexp_extract(json_value(data, '$.populationServedDescriptor'), r'[^#]*$') as population_served,
        json_value(data, '$.sectionName') as section_name,
        regexp_extract(json_value(data, '$.sectionTypeDescriptor'), r'[^#]*$') as section_type,
        safe_cast(json_value(data, '$.sequenceOfCourse') as int64) as sequence_of_course,
        json_query(data, '$.characteristics') as characteristics,
        json_query(data, '$.classPeriods') as class_periods,
        json_query(data, '$.courseLevelCharacteristics') as course_level_characteristics,
        json_query(data, '$.offeredGradeLevels') as offered_grade_levels,
        json_query(data, '$.programs') as programs,
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
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string)))
        ))) as section_key,
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
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(location_school_id as string))),
            '\u001f', lower(trim(cast(location_classroom_identification_code as string)))
        ))) as location_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(location_school_id as string)))
        ))) as location_school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
