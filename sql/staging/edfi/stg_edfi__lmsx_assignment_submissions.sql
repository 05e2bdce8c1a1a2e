/* model
description: >-
  One row per live record of lmsx assignment submissions in the Ed-Fi API, typed. What a student handed in for an
  assignment.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  lmsx_assignment_submission_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, namespace, assignment_submission_identifier, student_unique_id.
  lmsx_assignment_key:
    type: STRING
    description: >-
      Key of the lmsx assignment: source_id, school_year, namespace, assignment_identifier.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  assignment_submission_identifier:
    type: STRING
    description: The identifier of the submission in the system it comes from.
  namespace: {type: STRING, description: The system that the identifier is of; the same as that of the assignment.}
  assignment_identifier: {type: STRING, description: The identifier of the assignment in the system it comes from.}
  student_unique_id: {type: STRING, description: The identifier of the student.}
  submission_status: {type: STRING, description: The state of the submission.}
  submission_date_time: {type: TIMESTAMP, description: When it was handed in.}
  earned_points: {type: INT64, description: The points that were had.}
  grade: {type: STRING, description: The grade as it is shown.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: lmsx_assignment_submission_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.lmsx_assignment_submissions
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.assignmentSubmissionIdentifier') as assignment_submission_identifier,
        coalesce(json_value(data, '$.namespace'), json_value(data, '$.assignmentReference.namespace')) as namespace,
        json_value(data, '$.assignmentReference.assignmentIdentifier') as assignment_identifier,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        regexp_extract(json_value(data, '$.submissionStatusDescriptor'), r'[^#]*$') as submission_status,
        safe_cast(
            regexp_replace(json_value(data, '$.submissionDateTime'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as submission_date_time,
        safe_cast(json_value(data, '$.earnedPoints') as int64) as earned_points,
        json_value(data, '$.grade') as grade,
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
            '\u001f', lower(trim(cast(assignment_submission_identifier as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as lmsx_assignment_submission_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assignment_identifier as string)))
        ))) as lmsx_assignment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
