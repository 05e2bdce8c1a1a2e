/* model
description: "One row per assignment and student in Canvas: what was handed in, and what is missing."
materialize: table
key: [lms_submission_key]
cluster: [source_id]
columns:
  lms_submission_key: {type: STRING, description: "Key of the row: source_id, lms_submission_id."}
  lms_assignment_key: {type: STRING, description: Key of the assignment.}
  source_id: {type: STRING, description: The configured source.}
  lms_submission_id: {type: STRING, description: Id of the submission in Canvas.}
  lms_assignment_id: {type: STRING, description: Id of the assignment in Canvas.}
  lms_course_id: {type: STRING, description: Id of the course in Canvas.}
  lms_user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  sis_user_id: {type: STRING, description: "Id of the student in the school's own system.", pii: true}
  due_at: {type: TIMESTAMP, description: When it is due for this student.}
  submitted_at: {type: TIMESTAMP, description: When it was handed in.}
  graded_at: {type: TIMESTAMP, description: When it was graded.}
  score: {type: NUMERIC, description: Points.}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  score_percent: {type: NUMERIC, description: "Points of those that can be had, in percent."}
  grade: {type: STRING, description: Grade as it is shown.}
  is_excused: {type: BOOL, description: Whether it is excused.}
  is_late: {type: BOOL, description: Whether it was handed in after it was due.}
  is_missing:
    type: BOOL
    description: >-
      Whether it is due, wanted, not excused and was not handed in; not where it was graded with more than no points.
  vendor_missing: {type: BOOL, description: Whether Canvas calls it missing.}
  submission_status: {type: STRING, description: "Excused, Graded, Missing, Late, Submitted on time or Upcoming."}
  seconds_late: {type: INT64, description: Seconds after it was due.}
  attempts: {type: INT64, description: How often it was handed in.}
  last_modified_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: [source_id, lms_submission_id, submission_status]
  - accepted_values: {column: submission_status, values: [Excused, Graded, Missing, Late, Submitted on time, Upcoming]}
  - relationship: {column: lms_assignment_key, to: marts.dim_lms_assignment, min_match: 0.99, severity: warn}
*/
with submissions as (
    select * from staging.stg_canvas__submissions where lms_id is not null
),

assignments as (
    select * from marts.dim_lms_assignment
),

users as (
    select source_id, lms_id, sis_user_id from staging.stg_canvas__users where lms_id is not null
),

days as (
    select
        sources.source_id,
        parameters.as_of_date,
        timestamp(parameters.as_of_date, parameters.timezone) as as_of_at
    from (select distinct source_id from submissions) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

placed as (
    select
        submissions.*,
        coalesce(submissions.due_at, assignments.due_at) as student_due_at,
        assignments.points_possible,
        assignments.wants_submission,
        users.sis_user_id,
        days.as_of_at
    from submissions
    left join assignments
        on assignments.source_id = submissions.source_id
            and assignments.lms_assignment_id = submissions.lms_assignment_id
    left join users on users.source_id = submissions.source_id and users.lms_id = submissions.user_id
    left join days on days.source_id = submissions.source_id
),

judged as (
    select
        *,
        coalesce(is_excused, false) as excused,
        coalesce(vendor_late, submitted_at > student_due_at, false) as late,
        submitted_at is null
            -- Points without a submission were had on paper; no points are what teachers and policies give for nothing.
            and (graded_at is null or (score = 0 and points_possible > 0))
            and coalesce(wants_submission, false)
            and not coalesce(is_excused, false)
            and coalesce(student_due_at < as_of_at, false) as missing
    from placed
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(lms_id as string)))
        ))) as lms_submission_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(lms_assignment_id as string)))
        ))) as lms_assignment_key,
        source_id,
        lms_id as lms_submission_id,
        lms_assignment_id,
        course_id as lms_course_id,
        user_id as lms_user_id,
        sis_user_id,
        student_due_at as due_at,
        submitted_at,
        graded_at,
        score,
        points_possible,
        if(points_possible > 0, round(safe_multiply(safe_divide(score, points_possible), 100), 2), null)
            as score_percent,
        grade,
        excused as is_excused,
        late as is_late,
        missing as is_missing,
        coalesce(vendor_missing, false) as vendor_missing,
        case
            when excused then 'Excused'
            when missing then 'Missing'
            when graded_at is not null then 'Graded'
            when submitted_at is null then 'Upcoming'
            when late then 'Late'
            else 'Submitted on time'
        end as submission_status,
        seconds_late,
        attempt as attempts,
        extracted_at as last_modified_at
    from judged
)

select * from final
