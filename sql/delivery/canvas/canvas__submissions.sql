/* model
description: >-
  One row per submission in Canvas and pipeline that takes it to Ed-Fi: whose it is there, what state it is in, or why
  it is not sent. It belongs to the section in which the student is enrolled now.
materialize: table
key: [pipeline, source_id, lms_submission_id]
cluster: [source_id]
columns:
  pipeline: {type: STRING, description: canvas_lmsx or canvas_gradebook.}
  source_id: {type: STRING, description: The Canvas source.}
  lms_submission_id: {type: STRING, description: Id of the submission in Canvas.}
  lms_assignment_id: {type: STRING, description: Id of the assignment in Canvas.}
  lms_section_id: {type: STRING, description: Id of the student's section in Canvas.}
  lms_user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  assignment_identifier: {type: STRING, description: "Ids of section and assignment: 7001-88231."}
  namespace: {type: STRING, description: Namespace of what is written.}
  time_zone: {type: STRING, description: "Time zone of the school, for days and times of day."}
  school_year: {type: INT64, description: The target's school year.}
  student_unique_id: {type: STRING, description: Id of the student in the target.}
  status: {type: STRING, description: "late, missing, graded, upcoming or on-time: the first that holds."}
  is_late: {type: BOOL, description: Whether it came late.}
  submitted_at: {type: TIMESTAMP, description: When it was handed in.}
  score: {type: NUMERIC, description: Points.}
  grade: {type: STRING, description: Grade as it is shown.}
  reason: {type: STRING, description: Why it is not sent; NULL where it is.}
tests:
  - accepted_values: {column: status, values: [late, missing, graded, upcoming, on-time]}
  - expression:
      name: sent_submissions_are_whole
      sql: reason is not null or (assignment_identifier is not null and student_unique_id is not null)
*/
with assignments as (
    select * from delivery.canvas__assignments
),

pipelines as (
    select distinct pipeline, source_id from ref.deliveries where pipeline in ('canvas_lmsx', 'canvas_gradebook')
),

enrollments as (
    select distinct source_id, course_id, user_id, lms_section_id, enrollment_type, enrollment_state
    from staging.stg_canvas__enrollments
),

submissions as (
    select * from marts.fct_lms_submission
),

-- Ids are texts: 007 is another student than 7.
student_ids as (
    select source_id, school_year, student_unique_id, 'student_unique_id' as id_kind, student_unique_id as id
    from marts.dim_student
    union all
    select source_id, school_year, student_unique_id, 'state', state_student_id from marts.dim_student
    union all
    select source_id, school_year, student_unique_id, 'local', local_student_id from marts.dim_student
),

students as (
    select
        source_id,
        school_year,
        id_kind,
        lower(trim(id)) as plain_id,
        count(distinct student_unique_id) as student_count,
        min(student_unique_id) as student_unique_id
    from student_ids
    where trim(id) != ''
    group by source_id, school_year, id_kind, lower(trim(id))
),

-- Of several enrolments one that holds, of those one whose section is sent.
placed as (
    select
        pipelines.pipeline,
        submissions.*,
        enrollments.lms_section_id,
        enrollments.enrollment_type,
        coalesce(
            enrollments.enrollment_type = 'StudentEnrollment' and enrollments.enrollment_state in ('active', 'invited'),
            false
        ) as is_enrolled,
        assignments.lms_assignment_id is not null as is_assignment_known,
        assignments.reason as assignment_reason,
        assignments.assignment_identifier,
        assignments.namespace,
        assignments.time_zone,
        assignments.target_id,
        assignments.target_student_id,
        assignments.school_year
    from submissions
    join pipelines on pipelines.source_id = submissions.source_id
    left join enrollments
        on enrollments.source_id = submissions.source_id
            and enrollments.course_id = submissions.lms_course_id
            and enrollments.user_id = submissions.lms_user_id
    left join assignments
        on assignments.pipeline = pipelines.pipeline
            and assignments.source_id = submissions.source_id
            and assignments.lms_section_id = enrollments.lms_section_id
            and assignments.lms_assignment_id = submissions.lms_assignment_id
    where true
    qualify row_number() over (
        partition by pipelines.pipeline, submissions.source_id, submissions.lms_submission_id
        order by
            if(
                enrollments.enrollment_type = 'StudentEnrollment'
                and enrollments.enrollment_state in ('active', 'invited'),
                0,
                1
            ),
            if(assignments.lms_assignment_id is not null and assignments.reason is null, 0, 1),
            enrollments.lms_section_id,
            enrollments.enrollment_type
    ) = 1
),

final as (
    select
        placed.pipeline,
        placed.source_id,
        placed.lms_submission_id,
        placed.lms_assignment_id,
        placed.lms_section_id,
        placed.lms_user_id,
        placed.assignment_identifier,
        placed.namespace,
        placed.time_zone,
        placed.school_year,
        if(students.student_count = 1, students.student_unique_id, null) as student_unique_id,
        case
            when placed.is_late then 'late'
            when placed.vendor_missing or placed.is_missing then 'missing'
            when placed.graded_at is not null then 'graded'
            when placed.submitted_at is null then 'upcoming'
            else 'on-time'
        end as status,
        placed.is_late,
        placed.submitted_at,
        placed.score,
        nullif(trim(placed.grade), '') as grade,
        case
            when placed.enrollment_type = 'StudentViewEnrollment' then 'test student'
            when not placed.is_enrolled then 'no active enrolment as a student'
            when not placed.is_assignment_known then 'assignment is not there'
            when placed.assignment_reason is not null then concat('assignment is not sent: ', placed.assignment_reason)
            when coalesce(trim(placed.sis_user_id), '') = '' then 'student has no SIS id'
            when students.student_count is null then 'no student of the target has the SIS id'
            when students.student_count > 1 then 'several students of the target have the SIS id'
        end as reason
    from placed
    left join students
        on students.source_id = placed.target_id
            and students.school_year = placed.school_year
            and students.id_kind = placed.target_student_id
            and students.plain_id = lower(trim(placed.sis_user_id))
)

select * from final
