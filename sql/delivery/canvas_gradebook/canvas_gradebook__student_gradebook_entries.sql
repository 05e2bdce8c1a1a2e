/* model
description: >-
  Payloads of students' gradebook entries (data standard 4 and later), one row per entry and student. Points keep
  their fractions; a grade that is no number is sent as the letter grade.
deliver: {pipeline: canvas_gradebook, resource: /ed-fi/studentGradebookEntries}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier and namespace of the entry, and the student."}
  payload: {type: JSON, description: The document.}
  loss:
    type: STRING
    description: "What the target cannot hold of it, and what is sent instead; NULL where it is whole."
*/
with submissions as (
    select *
    from delivery.canvas__submissions
    where pipeline = 'canvas_gradebook' and reason is null
    -- Two users may be one student: what was handed in last is sent, the other one listed.
    qualify row_number() over (
        partition by source_id, school_year, assignment_identifier, student_unique_id
        order by submitted_at desc, lms_submission_id
    ) = 1
),

final as (
    select
        source_id,
        school_year,
        concat(assignment_identifier, '|', namespace, '|', student_unique_id) as record_key,
        to_json(struct(
            struct(
                assignment_identifier as gradebookEntryIdentifier,
                namespace as namespace
            ) as gradebookEntryReference,
            struct(student_unique_id as studentUniqueId) as studentReference,
            cast(date(submitted_at, time_zone) as string) as dateFulfilled,
            format_time('%H:%M:%S', time(submitted_at, time_zone)) as timeFulfilled,
            score as pointsEarned,
            if(length(grade) <= 20 and safe_cast(grade as numeric) is null, grade, null) as letterGradeEarned,
            concat(namespace, '/SubmissionStatusDescriptor#', status) as submissionStatusDescriptor,
            if(
                is_late,
                concat(namespace, '/AssignmentLateStatusDescriptor#late'),
                null
            ) as assignmentLateStatusDescriptor
        )) as payload,
        if(length(grade) > 20, 'grade left out: longer than 20', null) as loss
    from submissions
)

select * from final
