/* model
description: >-
  One row per enrolled student and end of a week (Sunday) of the current school year, and the day on which the marts
  look: where attendance, behavior, courses and assessments ask for a talk. It is a list to talk about, not a prediction
  of a person; ref.early_warning_thresholds has its thresholds.
materialize: table
key: [student_key, as_of_date]
cluster: [school_key, as_of_date]
columns:
  student_key: {type: STRING, description: Student of the current year.}
  as_of_date: {type: DATE, description: The day until which events count.}
  is_latest: {type: BOOL, description: The newest day.}
  student_xyear_key: {type: STRING, description: The same student in all years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_key: {type: STRING, description: School of the primary enrolment on that day.}
  grade_level: {type: STRING, description: Grade level of that enrolment.}
  attendance_flag:
    type: STRING
    description: "On track, At risk or Off track; NULL before ref.parameters.chronic_min_days days are known."
  behavior_flag: {type: STRING, description: "The same by suspensions; On track without any."}
  course_flag: {type: STRING, description: The same by D and F; NULL before there is a grade.}
  assessment_flag: {type: STRING, description: The same by percentiles; NULL without a result of the last year.}
  flag_count: {type: INT64, description: Flags that are not On track.}
  off_track_count: {type: INT64, description: Flags that are Off track.}
  days_enrolled: {type: NUMERIC, description: "Days of membership this year whose attendance is known, in any school."}
  days_absent: {type: NUMERIC, description: Of these missed.}
  attendance_rate: {type: FLOAT64, description: Rate for display.}
  is_chronically_absent: {type: BOOL, description: "By the rule of ref.parameters, at any school together."}
  suspension_count: {type: INT64, description: Suspensions and expulsions this year.}
  dorf_count: {type: INT64, description: Sections with a D or an F in the latest grading period.}
  graded_section_count: {type: INT64, description: Sections with a grade in it.}
  lowest_percentile: {type: NUMERIC, description: "Lowest of the latest percentiles of each subject, of the last year."}
  lowest_percentile_subject: {type: STRING, description: The subject of it.}
  thresholds_version: {type: STRING, description: Version of the thresholds.}
  flag_count_four_weeks_before: {type: INT64, description: Flags on the Sunday four weeks before; NULL if not enrolled.}
  trend: {type: STRING, description: "Better, Same or Worse than four weeks before; New without it."}
tests:
  - not_null: [source_id, school_year, flag_count, off_track_count, is_latest, behavior_flag]
  - accepted_values: {column: attendance_flag, values: [On track, At risk, Off track]}
  - accepted_values: {column: behavior_flag, values: [On track, At risk, Off track]}
  - accepted_values: {column: course_flag, values: [On track, At risk, Off track]}
  - accepted_values: {column: assessment_flag, values: [On track, At risk, Off track]}
  - accepted_values: {column: trend, values: [Better, Same, Worse, New]}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with enrollments as (
    select * from marts.fct_student_school where is_valid
),

attendance as (
    select * from marts.fct_student_school_attendance
),

grades as (
    select *
    from marts.fct_student_grade
    where student_key is not null
        and section_key is not null
        and lower(trim(grade_type)) in ('final', 'semester', 'grading period')
),

grading_periods as (
    select * from marts.dim_grading_period
),

assessments as (
    select * from marts.fct_student_assessment where percentile is not null and is_newest_copy
),

actions as (
    select * from marts.fct_discipline_action
),

dates as (
    select * from marts.dim_date
),

school_years as (
    select * from marts.dim_school_year where is_current
),

parameters as (
    select
        sources.source_id,
        parameters.chronic_rate,
        cast(parameters.chronic_min_days as numeric) as chronic_min_days
    from (select distinct source_id from school_years) as sources
    inner join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by parameters.source_id = '*') = 1
),

source_thresholds as (
    select
        sources.source_id,
        thresholds.indicator,
        thresholds.at_risk,
        thresholds.off_track,
        thresholds.thresholds_version
    from (select distinct source_id from school_years) as sources
    inner join ref.early_warning_thresholds as thresholds on thresholds.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id, thresholds.indicator order by thresholds.source_id = '*'
    ) = 1
),

thresholds as (
    select
        source_id,
        max(if(indicator = 'attendance', at_risk, null)) as attendance_at_risk,
        max(if(indicator = 'attendance', off_track, null)) as attendance_off_track,
        max(if(indicator = 'behavior', at_risk, null)) as behavior_at_risk,
        max(if(indicator = 'behavior', off_track, null)) as behavior_off_track,
        max(if(indicator = 'course', at_risk, null)) as course_at_risk,
        max(if(indicator = 'course', off_track, null)) as course_off_track,
        max(if(indicator = 'assessment', at_risk, null)) as assessment_at_risk,
        max(if(indicator = 'assessment', off_track, null)) as assessment_off_track,
        string_agg(distinct thresholds_version, ', ' order by thresholds_version) as thresholds_version
    from source_thresholds
    group by source_id
),

-- The year has an end, though nobody has begun the next one.
spans as (
    select
        source_id,
        school_year,
        coalesce(first_instructional_date, as_of_date) as first_date,
        least(as_of_date, coalesce(last_instructional_date, as_of_date)) as last_date
    from school_years
),

snapshots as (
    select source_id, school_year, snapshot_date, snapshot_date = last_date as is_latest
    from spans
    cross join unnest(
        generate_date_array(date_add(date_trunc(first_date, isoweek), interval 6 day), last_date, interval 7 day)
    ) as snapshot_date
    where snapshot_date < last_date
    union all
    select source_id, school_year, last_date as snapshot_date, true as is_latest
    from spans
),

-- Who is enrolled on the day, at the primary school if there are several.
members as (
    select
        enrollments.student_key,
        enrollments.student_xyear_key,
        enrollments.source_id,
        enrollments.school_year,
        enrollments.school_key,
        enrollments.grade_level,
        snapshots.snapshot_date,
        snapshots.is_latest
    from snapshots
    inner join enrollments
        on snapshots.source_id = enrollments.source_id
        and snapshots.school_year = enrollments.school_year
        and enrollments.entry_date <= snapshots.snapshot_date
        and coalesce(enrollments.last_membership_date, date '9999-12-31') >= snapshots.snapshot_date
    where enrollments.student_key is not null
    qualify row_number() over (
        partition by enrollments.student_key, snapshots.snapshot_date
        order by enrollments.is_primary_school desc, enrollments.entry_date desc, enrollments.enrollment_key
    ) = 1
),

-- A day at two schools at once is one day, as the wider scopes of agg_student_attendance have it.
attendance_days as (
    select
        attendance.student_key,
        attendance.absent_portion,
        least(date_add(date_trunc(attendance.date, isoweek), interval 6 day), spans.last_date) as snapshot_date
    from attendance
    inner join spans
        on attendance.source_id = spans.source_id
        and attendance.school_year = spans.school_year
        and attendance.date <= spans.last_date
    left join enrollments on attendance.enrollment_key = enrollments.enrollment_key
    where true
    qualify row_number() over (
        partition by attendance.student_key, attendance.date
        order by attendance.absent_portion is null, enrollments.is_primary_school desc, attendance.school_key
    ) = 1
),

attendance_weeks as (
    select
        student_key,
        snapshot_date,
        cast(countif(absent_portion is not null) as numeric) as days_enrolled,
        coalesce(sum(absent_portion), numeric '0') as days_absent
    from attendance_days
    group by student_key, snapshot_date
),

-- A running sum needs a row for each week: also of those without a day, and those before a gap in membership.
weeks as (
    select
        student_key,
        snapshot_date,
        sum(days_enrolled) as days_enrolled,
        sum(days_absent) as days_absent
    from (
        select student_key, snapshot_date, days_enrolled, days_absent from attendance_weeks
        union all
        select student_key, snapshot_date, numeric '0' as days_enrolled, numeric '0' as days_absent from members
    )
    group by student_key, snapshot_date
),

attended as (
    select
        student_key,
        snapshot_date,
        sum(days_enrolled) over to_date as days_enrolled,
        sum(days_absent) over to_date as days_absent
    from weeks
    window to_date as (
        partition by student_key
        order by snapshot_date
        rows between unbounded preceding and current row
    )
),

-- One action may be several disciplines, and an ODS may still have those of the year before.
suspensions as (
    select actions.student_key, actions.discipline_action_key, min(actions.discipline_date) as discipline_date
    from actions
    inner join dates
        on actions.discipline_date = dates.date
        and (actions.school_year = dates.school_year or actions.school_year = 0)
    where actions.discipline_group in ('ISS', 'OSS', 'Expulsion') and actions.student_key is not null
    group by actions.student_key, actions.discipline_action_key
),

behaved as (
    select members.student_key, members.snapshot_date, count(*) as suspension_count
    from members
    inner join suspensions
        on members.student_key = suspensions.student_key
        and suspensions.discipline_date <= members.snapshot_date
    group by members.student_key, members.snapshot_date
),

period_results as (
    select
        grades.student_key,
        grading_periods.begin_date,
        grading_periods.end_date,
        count(distinct if(grades.is_dorf, grades.section_key, null)) as dorf_count,
        count(distinct grades.section_key) as graded_section_count
    from grades
    inner join grading_periods on grades.grading_period_key = grading_periods.grading_period_key
    where grades.is_dorf is not null
    group by grades.student_key, grading_periods.begin_date, grading_periods.end_date
),

-- A grade has no date of its own: of the past, periods count once they had ended; today, what there is of the present.
graded as (
    select
        members.student_key,
        members.snapshot_date,
        period_results.dorf_count,
        period_results.graded_section_count
    from members
    inner join period_results
        on members.student_key = period_results.student_key
        and (
            period_results.end_date <= members.snapshot_date
            or (members.is_latest and period_results.begin_date <= members.snapshot_date)
        )
    where true
    qualify row_number() over (
        partition by members.student_key, members.snapshot_date
        order by period_results.begin_date desc, period_results.end_date
    ) = 1
),

latest_results as (
    select
        members.student_key,
        members.snapshot_date,
        assessments.academic_subject,
        assessments.percentile
    from members
    inner join assessments
        on members.student_xyear_key = assessments.student_xyear_key
        and assessments.administration_date <= members.snapshot_date
        and assessments.administration_date > date_sub(members.snapshot_date, interval 1 year)
    where true
    qualify row_number() over (
        partition by members.student_key, members.snapshot_date, coalesce(assessments.academic_subject, '')
        order by assessments.administration_date desc, assessments.student_assessment_key
    ) = 1
),

assessed as (
    select *
    from latest_results
    where true
    qualify row_number() over (
        partition by student_key, snapshot_date order by percentile, academic_subject
    ) = 1
),

measured as (
    select
        members.*,
        attended.days_enrolled,
        attended.days_absent,
        coalesce(behaved.suspension_count, 0) as suspension_count,
        graded.dorf_count,
        graded.graded_section_count,
        assessed.percentile as lowest_percentile,
        assessed.academic_subject as lowest_percentile_subject,
        parameters.chronic_rate,
        parameters.chronic_min_days,
        thresholds.attendance_at_risk,
        thresholds.attendance_off_track,
        thresholds.behavior_at_risk,
        thresholds.behavior_off_track,
        thresholds.course_at_risk,
        thresholds.course_off_track,
        thresholds.assessment_at_risk,
        thresholds.assessment_off_track,
        thresholds.thresholds_version
    from members
    left join attended
        on members.student_key = attended.student_key
        and members.snapshot_date = attended.snapshot_date
    left join behaved
        on members.student_key = behaved.student_key
        and members.snapshot_date = behaved.snapshot_date
    left join graded
        on members.student_key = graded.student_key
        and members.snapshot_date = graded.snapshot_date
    left join assessed
        on members.student_key = assessed.student_key
        and members.snapshot_date = assessed.snapshot_date
    left join parameters on members.source_id = parameters.source_id
    left join thresholds on members.source_id = thresholds.source_id
),

flagged as (
    select
        *,
        case
            when days_enrolled = 0 or days_enrolled < chronic_min_days then null
            when days_enrolled - days_absent < days_enrolled * attendance_off_track then 'Off track'
            when days_enrolled - days_absent < days_enrolled * attendance_at_risk then 'At risk'
            else 'On track'
        end as attendance_flag,
        case
            when suspension_count >= behavior_off_track then 'Off track'
            when suspension_count >= behavior_at_risk then 'At risk'
            else 'On track'
        end as behavior_flag,
        case
            when dorf_count is null then null
            when dorf_count >= course_off_track then 'Off track'
            when dorf_count >= course_at_risk then 'At risk'
            else 'On track'
        end as course_flag,
        case
            when lowest_percentile is null then null
            when lowest_percentile < assessment_off_track then 'Off track'
            when lowest_percentile < assessment_at_risk then 'At risk'
            else 'On track'
        end as assessment_flag
    from measured
),

counted as (
    select
        flagged.*,
        (
            select countif(flag != 'On track')
            from unnest([attendance_flag, behavior_flag, course_flag, assessment_flag]) as flag
        ) as flag_count,
        (
            select countif(flag = 'Off track')
            from unnest([attendance_flag, behavior_flag, course_flag, assessment_flag]) as flag
        ) as off_track_count
    from flagged
),

-- Of the seven days that end four weeks before, one is a Sunday.
compared as (
    select
        *,
        max(flag_count) over (
            partition by student_key
            order by unix_date(snapshot_date)
            range between 34 preceding and 28 preceding
        ) as flag_count_four_weeks_before
    from counted
),

final as (
    select
        student_key,
        snapshot_date as as_of_date,
        is_latest,
        student_xyear_key,
        source_id,
        school_year,
        school_key,
        grade_level,
        attendance_flag,
        behavior_flag,
        course_flag,
        assessment_flag,
        flag_count,
        off_track_count,
        days_enrolled,
        days_absent,
        safe_divide(
            cast(days_enrolled - days_absent as float64),
            cast(days_enrolled as float64)
        ) as attendance_rate,
        days_absent >= days_enrolled * chronic_rate
        and days_enrolled >= chronic_min_days
        and days_enrolled > 0 as is_chronically_absent,
        suspension_count,
        dorf_count,
        graded_section_count,
        lowest_percentile,
        lowest_percentile_subject,
        thresholds_version,
        flag_count_four_weeks_before,
        case
            when flag_count_four_weeks_before is null then 'New'
            when flag_count < flag_count_four_weeks_before then 'Better'
            when flag_count > flag_count_four_weeks_before then 'Worse'
            else 'Same'
        end as trend
    from compared
)

select * from final
