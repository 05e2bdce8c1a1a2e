/* model
description: >-
  One row per live record of student gradebook entries in the Ed-Fi API, typed. This entity holds a student's grade or
  competency level for a gradebook entry.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_gradebook_entry_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, gradebook_entry_identifier or gradebook_entry_title,
      namespace or date_assigned, namespace or school_id, namespace or reported_school_year, namespace or session_name,
      namespace or local_course_code, namespace or section_identifier, namespace or begin_date.
  gradebook_entry_key:
    type: STRING
    description: >-
      Key of the gradebook entry: source_id, school_year, gradebook_entry_identifier or gradebook_entry_title, namespace
      or date_assigned, namespace or school_id, namespace or session_name, namespace or local_course_code, namespace or
      section_identifier.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_section_key:
    type: STRING
    description: >-
      Key of the student section: source_id, school_year, student_unique_id, school_id, session_name, local_course_code,
      section_identifier, begin_date.
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  gradebook_entry_identifier:
    type: STRING
    description: A unique number or alphanumeric code assigned to a gradebook entry by the source system.
  namespace: {type: STRING, description: Namespace URI for the source of the gradebook entry.}
  date_assigned: {type: DATE, description: "The date the assignment, homework, or assessment was assigned or executed."}
  gradebook_entry_title:
    type: STRING
    description: The name or title of the activity to be recorded in the GradebookEntry.
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name:
    type: STRING
    description: The identifier for the calendar for the academic session (e.g., 2010/11, 2011 Summer).
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  assignment_late_status:
    type: STRING
    description: Status of whether the assignment was submitted after the due date and/or marked as.
  assignment_passed: {type: BOOL, description: Indication of whether the assignment was passed or not.}
  competency_level:
    type: STRING
    description: The competency level assessed for the student for the referenced learning objective.
  date_completed: {type: DATE, description: The date that the assignment was completed.}
  date_fulfilled: {type: DATE, description: The date an assignment was turned in or the date of an assessment.}
  diagnostic_statement:
    type: STRING
    description: >-
      A statement provided by the teacher that provides information in addition to the grade or assessment score.
  letter_grade_earned:
    type: STRING
    description: >-
      A final or interim (grading period) indicator of student performance in a class as submitted by the instructor.
  numeric_grade_earned:
    type: NUMERIC
    description: >-
      A final or interim (grading period) indicator of student performance in a class as submitted by the instructor.
  points_earned: {type: NUMERIC, description: The points earned for the submission.}
  submission_status: {type: STRING, description: The status of the student's submission.}
  time_fulfilled: {type: STRING, description: The time an assignment was turned in on the date fulfilled.}
  begin_date: {type: DATE, description: "Month, day, and year of the Student's entry or assignment to the Section."}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_gradebook_entry_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_gradebook_entries
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.gradebookEntryReference.gradebookEntryIdentifier') as gradebook_entry_identifier,
        json_value(data, '$.gradebookEntryReference.namespace') as namespace,
        safe_cast(substr(json_value(data, '$.gradebookEntryReference.dateAssigned'), 1, 10) as date) as date_assigned,
        json_value(data, '$.gradebookEntryReference.gradebookEntryTitle') as gradebook_entry_title,
        coalesce(
            json_value(data, '$.gradebookEntryReference.localCourseCode'),
            json_value(data, '$.studentSectionAssociationReference.localCourseCode')
        ) as local_course_code,
        safe_cast(
            coalesce(
                json_value(data, '$.gradebookEntryReference.schoolId'),
                json_value(data, '$.studentSectionAssociationReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(
            coalesce(
                json_value(data, '$.gradebookEntryReference.schoolYear'),
                json_value(data, '$.studentSectionAssociationReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        coalesce(
            json_value(data, '$.gradebookEntryReference.sectionIdentifier'),
            json_value(data, '$.studentSectionAssociationReference.sectionIdentifier')
        ) as section_identifier,
        coalesce(
            json_value(data, '$.gradebookEntryReference.sessionName'),
            json_value(data, '$.studentSectionAssociationReference.sessionName')
        ) as session_name,
        coalesce(
            json_value(data, '$.studentReference.studentUniqueId'),
            json_value(data, '$.studentSectionAssociationReference.studentUniqueId')
        ) as student_unique_id,
        regexp_extract(json_value(data, '$.assignmentLateStatusDescriptor'), r'[^#]*$') as assignment_late_status,
        lax_bool(json_query(data, '$.assignmentPassed')) as assignment_passed,
        regexp_extract(json_value(data, '$.competencyLevelDescriptor'), r'[^#]*$') as competency_level,
        safe_cast(substr(json_value(data, '$.dateCompleted'), 1, 10) as date) as date_completed,
        safe_cast(substr(json_value(data, '$.dateFulfilled'), 1, 10) as date) as date_fulfilled,
        json_value(data, '$.diagnosticStatement') as diagnostic_statement,
        json_value(data, '$.letterGradeEarned') as letter_grade_earned,
        safe_cast(json_value(data, '$.numericGradeEarned') as numeric) as numeric_grade_earned,
        safe_cast(json_value(data, '$.pointsEarned') as numeric) as points_earned,
        regexp_extract(json_value(data, '$.submissionStatusDescriptor'), r'[^#]*$') as submission_status,
        json_value(data, '$.timeFulfilled') as time_fulfilled,
        safe_cast(
            substr(json_value(data, '$.studentSectionAssociationReference.beginDate'), 1, 10) as date
        ) as begin_date,
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
            '\u001f', lower(trim(coalesce(
                cast(gradebook_entry_identifier as string),
                cast(gradebook_entry_title as string)
            ))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(date_assigned as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(school_id as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(reported_school_year as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(session_name as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(local_course_code as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(section_identifier as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(begin_date as string))))
        ))) as student_gradebook_entry_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(coalesce(
                cast(gradebook_entry_identifier as string),
                cast(gradebook_entry_title as string)
            ))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(date_assigned as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(school_id as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(session_name as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(local_course_code as string)))),
            '\u001f', lower(trim(coalesce(cast(namespace as string), cast(section_identifier as string))))
        ))) as gradebook_entry_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
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
