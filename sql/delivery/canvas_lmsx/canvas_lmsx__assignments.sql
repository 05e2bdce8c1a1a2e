/* model
description: >-
  Payloads of assignments, one row per assignment and section of its course: the target knows assignments of one
  section only. It has whole points: a half is rounded away from zero, and what that changes is told in loss.
deliver: {pipeline: canvas_lmsx, resource: /lmsx/assignments}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier and namespace of the assignment."}
  payload: {type: JSON, description: The document.}
  loss:
    type: STRING
    description: "What the target cannot hold of it, and what is sent instead; NULL where it is whole."
*/
with assignments as (
    select *, round(points_possible) as whole_points
    from delivery.canvas__assignments
    where pipeline = 'canvas_lmsx' and reason is null
),

final as (
    select
        source_id,
        school_year,
        concat(assignment_identifier, '|', namespace) as record_key,
        to_json(struct(
            assignment_identifier as assignmentIdentifier,
            namespace as namespace,
            title as title,
            section_identifier as sectionIdentifier,
            'uri://ed-fi.org/edfilms/LMSSourceSystem#Canvas' as lmsSourceSystemDescriptor,
            'uri://ed-fi.org/edfilms/AssignmentCategoryDescriptor/Canvas#Assignment' as assignmentCategoryDescriptor,
            description_text as assignmentDescription,
            format_timestamp('%Y-%m-%dT%H:%M:%SZ', unlock_at) as startDateTime,
            format_timestamp('%Y-%m-%dT%H:%M:%SZ', lock_at) as endDateTime,
            format_timestamp('%Y-%m-%dT%H:%M:%SZ', due_at) as dueDateTime,
            if(abs(whole_points) <= 2147483647, cast(whole_points as int64), null) as maxPoints,
            array(
                select as struct
                    concat('uri://ed-fi.org/edfilms/SubmissionTypeDescriptor/Canvas#', submission_type)
                        as submissionTypeDescriptor
                from unnest(submission_types) as submission_type
                order by submission_type
            ) as submissionTypes,
            struct(
                local_course_code as localCourseCode,
                school_id as schoolId,
                section_school_year as schoolYear,
                section_identifier as sectionIdentifier,
                session_name as sessionName
            ) as sectionReference
        )) as payload,
        nullif(array_to_string(
            [
                if(
                    whole_points != points_possible,
                    concat('maxPoints ', cast(points_possible as string), ' sent as ', cast(whole_points as string)),
                    null
                ),
                if(is_title_cut, 'title cut', null),
                if(is_description_cut, 'assignmentDescription cut', null)
            ],
            '; '
        ), '') as loss
    from assignments
)

select * from final
