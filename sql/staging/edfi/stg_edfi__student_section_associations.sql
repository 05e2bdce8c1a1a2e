/* model
description: >-
  One row per live record of student section associations in the Ed-Fi API, typed. This association indicates the course
  sections to which a student is assigned.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_section_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, session_name, local_course_code,
      section_identifier, begin_date.
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
  begin_date: {type: DATE, description: "Month, day, and year of the student's entry or assignment to the section."}
  dual_credit_education_organization_id:
    type: INT64
    description: The identifier assigned to an education organization.
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
  attempt_status: {type: STRING, description: An indication of the student's completion status for the section.}
  dual_credit_indicator:
    type: BOOL
    description: >-
      Indicates whether the student assigned to the section is to receive dual credit upon successful completion.
  dual_credit_institution:
    type: STRING
    description: Descriptor for the postsecondary institution offering college credit.
  dual_credit_type:
    type: STRING
    description: >-
      For a student taking a dual credit course in a college or high school setting, indicates the type of dual credit
      program.
  dual_high_school_credit_indicator:
    type: BOOL
    description: >-
      Indicates whether successful completion of the course will result in credits toward high school graduation.
  end_date: {type: DATE, description: "Month, day, and year of the withdrawal or exit of the student from the section."}
  homeroom_indicator: {type: BOOL, description: Indicates the section is the student's homeroom.}
  repeat_identifier:
    type: STRING
    description: An indication as to whether a student has previously taken a given course.
  teacher_student_data_link_exclusion:
    type: BOOL
    description: >-
      Indicates that the student-section combination is excluded from calculation of value-added or growth attribution
      calculations used for a particular teacher evaluation.
  programs: {type: JSON, description: The program(s) that the student is participating in the context of the course.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_section_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_section_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(
            json_value(data, '$.dualCreditEducationOrganizationReference.educationOrganizationId') as int64
        ) as dual_credit_education_organization_id,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.sectionReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.sectionReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.sectionReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        regexp_extract(json_value(data, '$.attemptStatusDescriptor'), r'[^#]*$') as attempt_status,
        lax_bool(json_query(data, '$.dualCreditIndicator')) as dual_credit_indicator,
        regexp_extract(json_value(data, '$.dualCreditInstitutionDescriptor'), r'[^#]*$') as dual_credit_institution,
        regexp_extract(json_value(data, '$.dualCreditTypeDescriptor'), r'[^#]*$') as dual_credit_type,
        lax_bool(json_query(data, '$.dualHighSchoolCreditIndicator')) as dual_high_school_credit_indicator,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        lax_bool(json_query(data, '$.homeroomIndicator')) as homeroom_indicator,
        regexp_extract(json_value(data, '$.repeatIdentifierDescriptor'), r'[^#]*$') as repeat_identifier,
        lax_bool(json_query(data, '$.teacherStudentDataLinkExclusion')) as teacher_student_data_link_exclusion,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as student_section_key,
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
