/* model
description: >-
  One row per live record of lmsx assignments in the Ed-Fi API, typed. Course work that is assigned to the students of a
  section.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  lmsx_assignment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, namespace, assignment_identifier.
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  assignment_identifier: {type: STRING, description: The identifier of the assignment in the system it comes from.}
  namespace: {type: STRING, description: The system that the identifier is of.}
  local_course_code: {type: STRING, description: The code of the course at the school.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  section_identifier: {type: STRING, description: The identifier of the section.}
  session_name: {type: STRING, description: The name of the session.}
  title: {type: STRING, description: The title of the assignment.}
  assignment_description: {type: STRING, description: What is to be done.}
  assignment_category: {type: STRING, description: The category of the assignment.}
  lms_source_system: {type: STRING, description: The system the assignment comes from.}
  start_date_time: {type: TIMESTAMP, description: When work may begin.}
  end_date_time: {type: TIMESTAMP, description: When no more is taken.}
  due_date_time: {type: TIMESTAMP, description: When it is due.}
  max_points: {type: INT64, description: The points that can be had.}
  submission_types: {type: JSON, description: The ways in which it can be handed in.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: lmsx_assignment_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.lmsx_assignments
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.assignmentIdentifier') as assignment_identifier,
        json_value(data, '$.namespace') as namespace,
        json_value(data, '$.sectionReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.sectionReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.sectionReference.schoolYear') as int64) as reported_school_year,
        coalesce(
            json_value(data, '$.sectionReference.sectionIdentifier'),
            json_value(data, '$.sectionIdentifier')
        ) as section_identifier,
        json_value(data, '$.sectionReference.sessionName') as session_name,
        json_value(data, '$.title') as title,
        json_value(data, '$.assignmentDescription') as assignment_description,
        regexp_extract(json_value(data, '$.assignmentCategoryDescriptor'), r'[^#]*$') as assignment_category,
        regexp_extract(json_value(data, '$.lmsSourceSystemDescriptor'), r'[^#]*$') as lms_source_system,
        safe_cast(
            regexp_replace(json_value(data, '$.startDateTime'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as start_date_time,
        safe_cast(
            regexp_replace(json_value(data, '$.endDateTime'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as end_date_time,
        safe_cast(
            regexp_replace(json_value(data, '$.dueDateTime'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as due_date_time,
        safe_cast(json_value(data, '$.maxPoints') as int64) as max_points,
        json_query(data, '$.submissionTypes') as submission_types,
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
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assignment_identifier as string)))
        ))) as lmsx_assignment_key,
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
