/* model
description: >-
  One row per live record of gradebook entries in the Ed-Fi API, typed. This entity represents an assignment, homework,
  or classroom assessment to be recorded in a gradebook.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  gradebook_entry_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, gradebook_entry_identifier or gradebook_entry_title, namespace or
      date_assigned, namespace or school_id, namespace or session_name, namespace or local_course_code, namespace or
      section_identifier.
  grading_period_key:
    type: STRING
    description: >-
      Key of the grading period: source_id, school_year, school_id, grading_period, grading_period_name or
      period_sequence.
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  gradebook_entry_identifier:
    type: STRING
    description: A unique number or alphanumeric code assigned to a gradebook entry by the source system.
  namespace: {type: STRING, description: Namespace URI for the source of the gradebook entry.}
  grading_period: {type: STRING, description: The state's name of the period for which grades are reported.}
  grading_period_name: {type: STRING, description: The school's descriptive name of the grading period.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the grading period school year.}
  period_sequence: {type: INT64, description: The sequential order of this period relative to other periods.}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  date_assigned: {type: DATE, description: "The date the assignment, homework, or assessment was assigned or executed."}
  description: {type: STRING, description: "A description of the assignment, homework, or classroom assessment."}
  due_date: {type: DATE, description: "The date the assignment, homework, or assessment is due."}
  due_time: {type: TIME, description: "The time the assignment, homework, or assessment is due."}
  gradebook_entry_type: {type: STRING, description: The type of the gradebook entry.}
  max_points: {type: NUMERIC, description: The maximum number of points that can be earned for the submission.}
  source_section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  title: {type: STRING, description: The name or title of the activity to be recorded in the gradebook entry.}
  gradebook_entry_title:
    type: STRING
    description: The name or title of the activity to be recorded in the GradebookEntry.
  learning_standards: {type: JSON, description: LearningStandard(s) associated with the gradebook entry.}
  learning_objectives: {type: JSON, description: LearningObjectives associated with the GradebookEntry.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: gradebook_entry_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.gradebook_entries
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.gradebookEntryIdentifier') as gradebook_entry_identifier,
        json_value(data, '$.namespace') as namespace,
        regexp_extract(
            json_value(data, '$.gradingPeriodReference.gradingPeriodDescriptor'),
            r'[^#]*$'
        ) as grading_period,
        json_value(data, '$.gradingPeriodReference.gradingPeriodName') as grading_period_name,
        safe_cast(
            coalesce(
                json_value(data, '$.gradingPeriodReference.schoolId'),
                json_value(data, '$.sectionReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(
            coalesce(
                json_value(data, '$.gradingPeriodReference.schoolYear'),
                json_value(data, '$.sectionReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        safe_cast(json_value(data, '$.gradingPeriodReference.periodSequence') as int64) as period_sequence,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        json_value(data, '$.sectionReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        safe_cast(substr(json_value(data, '$.dateAssigned'), 1, 10) as date) as date_assigned,
        json_value(data, '$.description') as description,
        safe_cast(substr(json_value(data, '$.dueDate'), 1, 10) as date) as due_date,
        safe_cast(regexp_extract(json_value(data, '$.dueTime'), r'\d{2}:\d{2}:\d{2}') as time) as due_time,
        regexp_extract(json_value(data, '$.gradebookEntryTypeDescriptor'), r'[^#]*$') as gradebook_entry_type,
        safe_cast(json_value(data, '$.maxPoints') as numeric) as max_points,
        json_value(data, '$.sourceSectionIdentifier') as source_section_identifier,
        json_value(data, '$.title') as title,
        json_value(data, '$.gradebookEntryTitle') as gradebook_entry_title,
        json_query(data, '$.learningStandards') as learning_standards,
        json_query(data, '$.learningObjectives') as learning_objectives,
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
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(grading_period as string))),
            '\u001f', lower(trim(coalesce(cast(grading_period_name as string), cast(period_sequence as string))))
        ))) as grading_period_key,
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
        typed.*
    from typed
)

select * from final
