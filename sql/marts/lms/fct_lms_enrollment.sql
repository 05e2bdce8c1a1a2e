/* model
description: "One row per person, section and role in Canvas."
materialize: table
key: [lms_enrollment_key]
cluster: [source_id]
columns:
  lms_enrollment_key: {type: STRING, description: "Key of the row: source_id, lms_enrollment_id."}
  lms_section_key: {type: STRING, description: Key of the section.}
  source_id: {type: STRING, description: The configured source.}
  lms_enrollment_id: {type: STRING, description: Id of the enrolment in Canvas.}
  lms_course_id: {type: STRING, description: Id of the course in Canvas.}
  lms_user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  sis_user_id: {type: STRING, description: "Id of the person in the school's own system.", pii: true}
  enrollment_type: {type: STRING, description: "As what: StudentEnrollment, TeacherEnrollment and others."}
  enrollment_state: {type: STRING, description: State of the enrolment.}
  is_active: {type: BOOL, description: Whether it is active.}
  current_score: {type: NUMERIC, description: "Score of what was graded so far, in percent."}
  final_score: {type: NUMERIC, description: "Score with what was not handed in as zero, in percent."}
  last_activity_at: {type: TIMESTAMP, description: When the person was last active in the course.}
  total_activity_seconds: {type: INT64, description: Seconds that the person was active in the course.}
  days_since_activity: {type: INT64, description: "Days since then, on the day on which the marts look."}
  missing_count: {type: INT64, description: Assignments of the course that are missing.}
  late_count: {type: INT64, description: Assignments of the course that came late.}
  submitted_count: {type: INT64, description: Assignments of the course that were handed in.}
  last_modified_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: [source_id, lms_enrollment_id, is_active]
  - relationship: {column: lms_section_key, to: marts.dim_lms_course_section, min_match: 0.99, severity: warn}
*/
with enrollments as (
    select * from staging.stg_canvas__enrollments where lms_id is not null
),

submissions as (
    select
        source_id,
        lms_course_id,
        lms_user_id,
        countif(is_missing) as missing_count,
        countif(is_late) as late_count,
        countif(submitted_at is not null) as submitted_count
    from marts.fct_lms_submission
    group by source_id, lms_course_id, lms_user_id
),

days as (
    select
        sources.source_id,
        parameters.as_of_date,
        timestamp(parameters.as_of_date, parameters.timezone) as as_of_at
    from (select distinct source_id from enrollments) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(enrollments.source_id as string))),
            '\u001f', lower(trim(cast(enrollments.lms_id as string)))
        ))) as lms_enrollment_key,
        to_hex(md5(concat(
            lower(trim(cast(enrollments.source_id as string))),
            '\u001f', lower(trim(cast(enrollments.lms_section_id as string)))
        ))) as lms_section_key,
        enrollments.source_id,
        enrollments.lms_id as lms_enrollment_id,
        enrollments.course_id as lms_course_id,
        enrollments.user_id as lms_user_id,
        enrollments.sis_user_id,
        enrollments.enrollment_type,
        enrollments.enrollment_state,
        coalesce(enrollments.enrollment_state = 'active', false) as is_active,
        enrollments.current_score,
        enrollments.final_score,
        enrollments.last_activity_at,
        enrollments.total_activity_seconds,
        date_diff(days.as_of_date, date(enrollments.last_activity_at), day) as days_since_activity,
        coalesce(submissions.missing_count, 0) as missing_count,
        coalesce(submissions.late_count, 0) as late_count,
        coalesce(submissions.submitted_count, 0) as submitted_count,
        enrollments.extracted_at as last_modified_at
    from enrollments
    left join days on days.source_id = enrollments.source_id
    left join submissions
        on submissions.source_id = enrollments.source_id
            and submissions.lms_course_id = enrollments.course_id
            and submissions.lms_user_id = enrollments.user_id
)

select * from final
