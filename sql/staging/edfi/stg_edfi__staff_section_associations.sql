/* model
description: >-
  One row per live record of staff section associations in the Ed-Fi API, typed. This association indicates the class
  sections to which a staff member is assigned.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_section_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, reported_school_year, session_name, local_course_code,
      section_identifier, staff_unique_id, begin_date.
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
  begin_date: {type: DATE, description: "Month, day, and year of a teacher's assignment to the section."}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  classroom_position:
    type: STRING
    description: The type of position the staff member holds in the specific class/section.
  end_date:
    type: DATE
    description: Month, day, and year of the last day of a staff member's assignment to the section.
  highly_qualified_teacher:
    type: BOOL
    description: >-
      An indication of whether a teacher is classified as highly qualified for his/her assignment according to state
      definition.
  percentage_contribution:
    type: NUMERIC
    description: >-
      Indicates the percentage of the total scheduled course time, academic standards, and/or learning activities
      delivered in this section by this staff member.
  teacher_student_data_link_exclusion:
    type: BOOL
    description: >-
      Indicates that the entire section is excluded from calculation of value-added or growth attribution calculations
      used for a particular teacher evaluation.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_section_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_section_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.sectionReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.sectionReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.sectionReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        regexp_extract(json_value(data, '$.classroomPositionDescriptor'), r'[^#]*$') as classroom_position,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        lax_bool(json_query(data, '$.highlyQualifiedTeacher')) as highly_qualified_teacher,
        safe_cast(json_value(data, '$.percentageContribution') as numeric) as percentage_contribution,
        lax_bool(json_query(data, '$.teacherStudentDataLinkExclusion')) as teacher_student_data_link_exclusion,
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
            '\u001f', lower(trim(cast(staff_unique_id as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as staff_section_key,
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
