/* model
description: >-
  One row per Ed-Fi student who is in Canvas, and Canvas: whether the student takes part in courses. It stands beside
  fct_early_warning, which has to be there without Canvas too, and is like that a list to talk about.
materialize: table
key: [student_xyear_key, lms_source_id]
cluster: [source_id, school_key]
columns:
  student_xyear_key: {type: STRING, description: The student in all years.}
  lms_source_id: {type: STRING, description: The configured source that is Canvas.}
  student_key: {type: STRING, description: Student of the newest year.}
  source_id: {type: STRING, description: The configured source that is Ed-Fi.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_key: {type: STRING, description: School of the primary enrolment.}
  engagement_flag:
    type: STRING
    description: "On track, At risk or Off track; NULL where Canvas has seen nothing of the student."
  course_count: {type: INT64, description: Courses in which the student is active.}
  days_since_activity: {type: INT64, description: Days since the last activity in any of them.}
  idle_course_count: {type: INT64, description: Courses not opened for as many days as make Off track.}
  missing_count: {type: INT64, description: Assignments that are missing.}
  late_count: {type: INT64, description: Assignments that came late.}
  submitted_count: {type: INT64, description: Assignments that were handed in.}
  thresholds_version: {type: STRING, description: Version of the thresholds.}
tests:
  - not_null: [student_key, source_id, school_year, course_count]
  - accepted_values: {column: engagement_flag, values: [On track, At risk, Off track]}
*/
with enrollments as (
    select *
    from marts.fct_lms_enrollment
    where is_active and lower(enrollment_type) = 'studentenrollment'
),

matches as (
    select * from marts.bridge_lms_student where is_matched
),

students as (
    select * from marts.dim_student where is_latest
),

thresholds as (
    select
        sources.source_id,
        thresholds.at_risk,
        thresholds.off_track,
        thresholds.thresholds_version
    from (select distinct source_id from students) as sources
    inner join ref.early_warning_thresholds as thresholds on thresholds.source_id in (sources.source_id, '*')
    where thresholds.indicator = 'engagement'
    qualify row_number() over (partition by sources.source_id order by thresholds.source_id = '*') = 1
),

-- A course with two sections is one course.
courses as (
    select
        matches.student_xyear_key,
        enrollments.source_id as lms_source_id,
        enrollments.lms_course_id,
        min(enrollments.days_since_activity) as days_since_activity,
        max(enrollments.missing_count) as missing_count,
        max(enrollments.late_count) as late_count,
        max(enrollments.submitted_count) as submitted_count
    from enrollments
    inner join matches
        on enrollments.source_id = matches.source_id
        and enrollments.lms_user_id = matches.lms_user_id
    group by matches.student_xyear_key, enrollments.source_id, enrollments.lms_course_id
),

counted as (
    select
        courses.student_xyear_key,
        courses.lms_source_id,
        students.student_key,
        students.source_id,
        students.school_year,
        students.primary_school_key as school_key,
        count(*) as course_count,
        min(courses.days_since_activity) as days_since_activity,
        countif(courses.days_since_activity >= thresholds.off_track) as idle_course_count,
        sum(courses.missing_count) as missing_count,
        sum(courses.late_count) as late_count,
        sum(courses.submitted_count) as submitted_count,
        min(thresholds.at_risk) as at_risk,
        min(thresholds.off_track) as off_track,
        min(thresholds.thresholds_version) as thresholds_version
    from courses
    inner join students on courses.student_xyear_key = students.student_xyear_key
    left join thresholds on students.source_id = thresholds.source_id
    group by
        courses.student_xyear_key,
        courses.lms_source_id,
        students.student_key,
        students.source_id,
        students.school_year,
        students.primary_school_key
),

final as (
    select
        student_xyear_key,
        lms_source_id,
        student_key,
        source_id,
        school_year,
        school_key,
        case
            when days_since_activity is null then null
            when days_since_activity >= off_track then 'Off track'
            when days_since_activity >= at_risk then 'At risk'
            else 'On track'
        end as engagement_flag,
        course_count,
        days_since_activity,
        idle_course_count,
        missing_count,
        late_count,
        submitted_count,
        thresholds_version
    from counted
)

select * from final
