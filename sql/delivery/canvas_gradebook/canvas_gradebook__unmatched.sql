/* model
description: >-
  One row per assignment of a section and per submission that is not sent, with the reason. Students are named by their
  ids in Canvas only.
materialize: table
key: [source_id, resource, record_key]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year; NULL where no section tells it.}
  resource: {type: STRING, description: Where it would have gone.}
  record_key:
    type: STRING
    description: "Ids in Canvas: of section and assignment, or of the submission."
  reason: {type: STRING, description: Why it is not sent.}
  detail: {type: STRING, description: "The ids in Canvas that it is about, and the SIS id of the section.", pii: true}
tests:
  - not_null: [reason]
  - volume: {min_share: 0}
*/
with assignments as (
    select * from delivery.canvas__assignments where pipeline = 'canvas_gradebook'
),

submissions as (
    select * from delivery.canvas__submissions where pipeline = 'canvas_gradebook'
),

sections as (
    select * from delivery.canvas__sections where pipeline = 'canvas_gradebook'
),

-- As in canvas_gradebook__student_gradebook_entries, which has one row per entry and student.
judged as (
    select
        * except (reason),
        case
            when reason is not null then reason
            when row_number() over (
                partition by source_id, school_year, assignment_identifier, student_unique_id, reason is null
                order by submitted_at desc, lms_submission_id
            ) > 1 then 'another submission of the student is sent'
        end as reason
    from submissions
),

final as (
    select
        assignments.source_id,
        assignments.school_year,
        '/ed-fi/gradebookEntries' as resource,
        concat(assignments.lms_section_id, '-', assignments.lms_assignment_id) as record_key,
        assignments.reason,
        concat(
            'course ', coalesce(assignments.lms_course_id, '?'),
            ', section ', coalesce(sections.sis_section_id, 'without SIS id')
        ) as detail
    from assignments
    left join sections
        on sections.source_id = assignments.source_id and sections.lms_section_id = assignments.lms_section_id
    where assignments.reason is not null
    union all
    select
        source_id,
        school_year,
        '/ed-fi/studentGradebookEntries',
        lms_submission_id,
        reason,
        concat(
            'assignment ', coalesce(lms_assignment_id, '?'),
            ', section ', coalesce(lms_section_id, '?'),
            ', user ', coalesce(lms_user_id, '?')
        )
    from judged
    where reason is not null
)

select * from final
