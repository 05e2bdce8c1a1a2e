/* model
description: >-
  One row per student (through all years) and subject, and one for all subjects: credits earned and attempted on all
  transcripts, beside those that the graduation plan of the latest enrolment asks for. Subjects of the plan without a
  transcript are rows too.
materialize: table
key: [student_xyear_key, scope, academic_subject]
cluster: [source_id, school_year, school_key]
columns:
  student_xyear_key: {type: STRING, description: The student in all years.}
  scope: {type: STRING, description: "subject, or total for all subjects."}
  academic_subject: {type: STRING, description: "Subject; All subjects for the total, Unknown where none is reported."}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the latest enrolment; of the newest transcript where there is none.
  student_key: {type: STRING, description: Student of that year.}
  school_key: {type: STRING, description: School of the latest enrolment.}
  grade_level_order: {type: INT64, description: "Grade level of the latest enrolment, kindergarten 0."}
  graduation_plan_key: {type: STRING, description: Graduation plan of the latest enrolment that names one.}
  attempt_count: {type: INT64, description: Attempts at courses that count.}
  failed_count: {type: INT64, description: Of these not passed.}
  attempted_credits:
    type: NUMERIC
    description: Carnegie units attempted; an attempt for which another stands is not in it.
  earned_credits:
    type: NUMERIC
    description: Carnegie units earned; an attempt for which another stands is not in it.
  reported_earned_credits:
    type: NUMERIC
    description: >-
      Of the total alone: cumulative credits that the newest academic record reports, for comparison.
  credits_required: {type: NUMERIC, description: Carnegie units that the graduation plan asks for.}
  credits_expected:
    type: NUMERIC
    description: >-
      Share of these that is due: a quarter for each grade from nine on that the student has behind him; all of them
      once graduated.
  credits_short: {type: NUMERIC, description: What is missing to those required; 0 when none is.}
  is_on_track: {type: BOOL, description: Has earned what is due; NULL without a plan or a grade level.}
  last_modified_at: {type: TIMESTAMP, description: When the newest transcript behind the row was changed.}
tests:
  - not_null: [source_id, school_year, earned_credits, attempted_credits]
  - accepted_values: {column: scope, values: [subject, total]}
  - range: {column: credits_short, min: 0}
  - expression: {name: due_is_within_required, sql: credits_expected <= credits_required}
*/
with transcripts as (
    select * from marts.fct_course_transcript where student_xyear_key is not null
),

enrollments as (
    select * from marts.fct_student_school where is_valid and student_xyear_key is not null
),

school_years as (
    select * from marts.dim_school_year
),

plans as (
    select *
    from staging.stg_edfi__graduation_plans
    where graduation_plan_key is not null
    qualify row_number() over (partition by graduation_plan_key order by last_modified_at desc, api_id) = 1
),

academic_records as (
    select * from staging.stg_edfi__student_academic_records where student_xyear_key is not null
),

sessions as (
    select * from marts.dim_session
),

latest_enrollments as (
    select
        enrollments.student_xyear_key,
        enrollments.source_id,
        enrollments.school_year,
        enrollments.student_key,
        enrollments.school_key,
        enrollments.grade_level_order,
        enrollments.exit_group,
        first_value(enrollments.graduation_plan_key ignore nulls) over (
            partition by enrollments.student_xyear_key
            order by
                enrollments.school_year desc,
                enrollments.is_primary_school desc,
                enrollments.entry_date desc,
                enrollments.enrollment_key
            rows between unbounded preceding and unbounded following
        ) as graduation_plan_key,
        coalesce(school_years.is_current, false) as is_current_year
    from enrollments
    left join school_years
        on enrollments.source_id = school_years.source_id
        and enrollments.school_year = school_years.school_year
    where not coalesce(school_years.is_future, false)
    qualify row_number() over (
        partition by enrollments.student_xyear_key
        order by
            enrollments.school_year desc,
            enrollments.is_primary_school desc,
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

earned as (
    select
        student_xyear_key,
        coalesce(academic_subject, 'Unknown') as academic_subject,
        min(source_id) as source_id,
        max(academic_school_year) as newest_year,
        countif(is_counted) as attempt_count,
        countif(is_counted and not is_passed) as failed_count,
        coalesce(sum(if(is_counted, attempted_units, null)), numeric '0') as attempted_credits,
        coalesce(sum(if(is_counted, earned_units, null)), numeric '0') as earned_credits,
        max(last_modified_at) as last_modified_at
    from transcripts
    group by 1, 2
),

earned_totals as (
    select
        student_xyear_key,
        min(source_id) as source_id,
        max(newest_year) as newest_year,
        sum(attempt_count) as attempt_count,
        sum(failed_count) as failed_count,
        sum(attempted_credits) as attempted_credits,
        sum(earned_credits) as earned_credits,
        max(last_modified_at) as last_modified_at
    from earned
    group by student_xyear_key
),

subject_requirements as (
    select
        plans.graduation_plan_key,
        regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$') as academic_subject,
        sum(safe_multiply(
            safe_cast(json_value(item, '$.credits') as numeric),
            coalesce(safe_cast(json_value(item, '$.creditConversion') as numeric), numeric '1')
        )) as credits_required
    from plans
    cross join unnest(json_query_array(plans.credits_by_subjects)) as item
    where json_value(item, '$.academicSubjectDescriptor') is not null
    group by 1, 2
),

total_requirements as (
    select
        graduation_plan_key,
        safe_multiply(total_required_credits, coalesce(total_required_credit_conversion, numeric '1'))
            as credits_required
    from plans
),

-- Whoever has a transcript or a plan has a total.
students as (
    select student_xyear_key from earned_totals
    union distinct
    select student_xyear_key from latest_enrollments where graduation_plan_key is not null
),

subjects as (
    select student_xyear_key, academic_subject from earned
    union distinct
    select latest_enrollments.student_xyear_key, subject_requirements.academic_subject
    from latest_enrollments
    inner join subject_requirements
        on latest_enrollments.graduation_plan_key = subject_requirements.graduation_plan_key
),

terms as (
    select source_id, school_year, lower(trim(term_name)) as term, min(begin_date) as begin_date
    from sessions
    group by 1, 2, 3
),

reported_totals as (
    select
        academic_records.student_xyear_key,
        safe_multiply(
            academic_records.cumulative_earned_credits,
            coalesce(academic_records.cumulative_earned_credit_conversion, numeric '1')
        ) as reported_earned_credits
    from academic_records
    left join terms
        on academic_records.source_id = terms.source_id
        and coalesce(academic_records.reported_school_year, academic_records.school_year) = terms.school_year
        and lower(trim(academic_records.term)) = terms.term
    where academic_records.cumulative_earned_credits is not null
    qualify row_number() over (
        partition by academic_records.student_xyear_key
        order by
            coalesce(academic_records.reported_school_year, academic_records.school_year) desc,
            terms.begin_date desc,
            academic_records.school_year desc,
            academic_records.last_modified_at desc,
            academic_records.api_id
    ) = 1
),

rows_to_be as (
    select
        subjects.student_xyear_key,
        'subject' as scope,
        subjects.academic_subject,
        earned.source_id,
        earned.newest_year,
        earned.attempt_count,
        earned.failed_count,
        earned.attempted_credits,
        earned.earned_credits,
        cast(null as numeric) as reported_earned_credits,
        subject_requirements.credits_required,
        earned.last_modified_at
    from subjects
    left join earned
        on subjects.student_xyear_key = earned.student_xyear_key
        and subjects.academic_subject = earned.academic_subject
    left join latest_enrollments on subjects.student_xyear_key = latest_enrollments.student_xyear_key
    left join subject_requirements
        on latest_enrollments.graduation_plan_key = subject_requirements.graduation_plan_key
        and subjects.academic_subject = subject_requirements.academic_subject
    union all
    select
        students.student_xyear_key,
        'total' as scope,
        'All subjects' as academic_subject,
        earned_totals.source_id,
        earned_totals.newest_year,
        earned_totals.attempt_count,
        earned_totals.failed_count,
        earned_totals.attempted_credits,
        earned_totals.earned_credits,
        reported_totals.reported_earned_credits,
        total_requirements.credits_required,
        earned_totals.last_modified_at
    from students
    left join earned_totals on students.student_xyear_key = earned_totals.student_xyear_key
    left join latest_enrollments on students.student_xyear_key = latest_enrollments.student_xyear_key
    left join total_requirements on latest_enrollments.graduation_plan_key = total_requirements.graduation_plan_key
    left join reported_totals on students.student_xyear_key = reported_totals.student_xyear_key
),

newest_students as (
    select student_xyear_key, student_key
    from transcripts
    where true
    qualify row_number() over (
        partition by student_xyear_key order by academic_school_year desc, school_year desc, course_attempt_key
    ) = 1
),

placed as (
    select
        rows_to_be.student_xyear_key,
        rows_to_be.scope,
        rows_to_be.academic_subject,
        coalesce(latest_enrollments.source_id, rows_to_be.source_id) as source_id,
        coalesce(latest_enrollments.school_year, rows_to_be.newest_year) as school_year,
        coalesce(latest_enrollments.student_key, newest_students.student_key) as student_key,
        latest_enrollments.school_key,
        latest_enrollments.grade_level_order,
        latest_enrollments.graduation_plan_key,
        coalesce(rows_to_be.attempt_count, 0) as attempt_count,
        coalesce(rows_to_be.failed_count, 0) as failed_count,
        coalesce(rows_to_be.attempted_credits, numeric '0') as attempted_credits,
        coalesce(rows_to_be.earned_credits, numeric '0') as earned_credits,
        rows_to_be.reported_earned_credits,
        rows_to_be.credits_required,
        -- In the current year the present grade is not behind the student yet.
        if(
            coalesce(latest_enrollments.exit_group = 'Graduate', false),
            4,
            least(
                greatest(
                    latest_enrollments.grade_level_order - if(latest_enrollments.is_current_year, 9, 8),
                    0
                ),
                4
            )
        ) as grades_behind,
        rows_to_be.last_modified_at
    from rows_to_be
    left join latest_enrollments on rows_to_be.student_xyear_key = latest_enrollments.student_xyear_key
    left join newest_students on rows_to_be.student_xyear_key = newest_students.student_xyear_key
),

final as (
    select
        student_xyear_key,
        scope,
        academic_subject,
        source_id,
        school_year,
        student_key,
        school_key,
        grade_level_order,
        graduation_plan_key,
        attempt_count,
        failed_count,
        attempted_credits,
        earned_credits,
        reported_earned_credits,
        credits_required,
        safe_multiply(credits_required, grades_behind * numeric '0.25') as credits_expected,
        greatest(credits_required - earned_credits, numeric '0') as credits_short,
        earned_credits >= safe_multiply(credits_required, grades_behind * numeric '0.25') as is_on_track,
        last_modified_at
    from placed
)

select * from final
