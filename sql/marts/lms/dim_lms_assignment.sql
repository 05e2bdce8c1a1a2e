/* model
description: One row per assignment in Canvas.
materialize: table
key: [lms_assignment_key]
cluster: [source_id]
columns:
  lms_assignment_key: {type: STRING, description: "Key of the row: source_id, lms_assignment_id."}
  source_id: {type: STRING, description: The configured source.}
  lms_assignment_id: {type: STRING, description: Id of the assignment in Canvas.}
  lms_course_id: {type: STRING, description: Id of its course in Canvas.}
  title: {type: STRING, description: Title.}
  category: {type: STRING, description: Group that it belongs to (id in Canvas).}
  due_at: {type: TIMESTAMP, description: When it is due for everyone.}
  unlock_at: {type: TIMESTAMP, description: From when it can be seen.}
  lock_at: {type: TIMESTAMP, description: When it is closed.}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  grading_type: {type: STRING, description: How it is graded.}
  submission_type: {type: STRING, description: How it is handed in.}
  wants_submission: {type: BOOL, description: Whether anything is handed in at all.}
  is_omitted_from_final_grade: {type: BOOL, description: Whether it does not count in the final grade.}
  is_published: {type: BOOL, description: Whether students see it.}
  lms_section_ids: {type: ARRAY<STRING>, description: "Sections of its course in Canvas, in order."}
  last_modified_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: [source_id, lms_assignment_id, wants_submission]
  - range: {column: points_possible, min: 0, severity: warn}
*/
with assignments as (
    select * from staging.stg_canvas__assignments where lms_assignment_id is not null
),

sections as (
    select source_id, course_id, array_agg(lms_section_id order by lms_section_id) as lms_section_ids
    from staging.stg_canvas__sections
    where lms_section_id is not null
    group by source_id, course_id
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(assignments.source_id as string))),
            '\u001f', lower(trim(cast(assignments.lms_assignment_id as string)))
        ))) as lms_assignment_key,
        assignments.source_id,
        assignments.lms_assignment_id,
        assignments.course_id as lms_course_id,
        assignments.title,
        assignments.assignment_group_id as category,
        assignments.due_at,
        assignments.unlock_at,
        assignments.lock_at,
        assignments.points_possible,
        assignments.grading_type,
        assignments.submission_type,
        coalesce(assignments.submission_type not in ('none', 'on_paper', 'not_graded'), false) as wants_submission,
        coalesce(assignments.is_omitted_from_final_grade, false) as is_omitted_from_final_grade,
        coalesce(assignments.is_published, assignments.workflow_state = 'published') as is_published,
        sections.lms_section_ids,
        assignments.extracted_at as last_modified_at
    from assignments
    left join sections
        on sections.source_id = assignments.source_id and sections.course_id = assignments.course_id
)

select * from final
