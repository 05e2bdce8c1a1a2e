/* model
description: >-
  Payloads of submissions, one row each, of the sections in which the students are enrolled now. The target has whole
  points: a half is rounded away from zero, and what that changes is told in loss.
deliver: {pipeline: canvas_lmsx, resource: /lmsx/assignmentSubmissions}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier and namespace of the submission, and its student."}
  payload: {type: JSON, description: The document.}
  loss:
    type: STRING
    description: "What the target cannot hold of it, and what is sent instead; NULL where it is whole."
*/
with submissions as (
    select *, round(score) as whole_points
    from delivery.canvas__submissions
    where pipeline = 'canvas_lmsx' and reason is null
),

final as (
    select
        source_id,
        school_year,
        concat(lms_submission_id, '|', namespace, '|', student_unique_id) as record_key,
        to_json(struct(
            lms_submission_id as assignmentSubmissionIdentifier,
            namespace as namespace,
            struct(
                assignment_identifier as assignmentIdentifier,
                namespace as namespace
            ) as assignmentReference,
            struct(student_unique_id as studentUniqueId) as studentReference,
            concat(
                'uri://ed-fi.org/edfilms/SubmissionStatusDescriptor/Canvas#', status
            ) as submissionStatusDescriptor,
            format_timestamp('%Y-%m-%dT%H:%M:%SZ', submitted_at) as submissionDateTime,
            if(abs(whole_points) <= 2147483647, cast(whole_points as int64), null) as earnedPoints,
            if(length(grade) <= 20, grade, null) as grade
        )) as payload,
        nullif(array_to_string(
            [
                if(
                    whole_points != score,
                    concat('earnedPoints ', cast(score as string), ' sent as ', cast(whole_points as string)),
                    null
                ),
                if(length(grade) > 20, 'grade left out: longer than 20', null)
            ],
            '; '
        ), '') as loss
    from submissions
)

select * from final
