/* model
description: >-
  One row per student and school with an active enrollment: the unweighted grade point average of the current grading
  period,
  calculated from its grades.
materialize: view
key: [student_key, school_key]
columns:
  student_key: {type: STRING, description: Student of that year.}
  school_key: {type: STRING, description: School of that year.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_name: {type: STRING, description: Name of the school.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  student_display_name: {type: STRING, description: "Last, First.", pii: true}
  grade_level: {type: STRING, description: Grade level of the enrollment.}
  grade_level_order: {type: INT64, description: "Grade level as a number, kindergarten 0."}
  gender: {type: STRING, description: Gender as reported.}
  race_ethnicity: {type: STRING, description: Federal roll-up of race and ethnicity.}
  is_hispanic: {type: BOOL, description: Hispanic or Latino.}
  limited_english_proficiency: {type: STRING, description: English proficiency as reported.}
  is_english_learner: {type: BOOL, description: Is an English learner.}
  is_special_education: {type: BOOL, description: Is in special education.}
  grading_period_key: {type: STRING, description: The current grading period.}
  unweighted_current_gpa: {type: NUMERIC, description: The average; NULL without credits.}
  gpa_credits: {type: NUMERIC, description: Credits that count.}
  course_count: {type: INT64, description: Sections that count.}
  failing_course_count: {type: INT64, description: Of these the failing.}
  last_modified_at: {type: TIMESTAMP, description: When a grade behind it was last changed.}
tests:
  - not_null: [source_id, school_year, grading_period_key]
  - volume: {min_share: 0}
*/
with averages as (
    select * from marts.fct_student_gpa
),

grading_periods as (
    select * from marts.dim_grading_period
),

enrollments as (
    select * from marts.fct_student_school
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

active_enrollments as (
    select *
    from enrollments
    where is_active
    qualify row_number() over (
        partition by student_key, school_key
        order by is_primary_school desc, entry_date desc, enrollment_key
    ) = 1
),

-- A six-week period and a semester may be current at once: the one that began last stands.
current_averages as (
    select averages.*
    from averages
    left join grading_periods on averages.grading_period_key = grading_periods.grading_period_key
    where averages.method = 'calculated'
        and averages.gpa_scope = 'grading_period'
        and averages.is_current
        and not averages.is_weighted
    qualify row_number() over (
        partition by averages.student_key, averages.school_key
        order by grading_periods.begin_date desc, grading_periods.end_date, averages.grading_period_key
    ) = 1
),

final as (
    select
        current_averages.student_key,
        current_averages.school_key,
        current_averages.source_id,
        current_averages.school_year,
        schools.school_name,
        students.student_unique_id,
        students.display_name as student_display_name,
        active_enrollments.grade_level,
        active_enrollments.grade_level_order,
        students.gender,
        students.race_ethnicity,
        students.is_hispanic,
        students.limited_english_proficiency,
        students.is_english_learner,
        students.is_special_education,
        current_averages.grading_period_key,
        current_averages.gpa as unweighted_current_gpa,
        current_averages.gpa_credits,
        current_averages.course_count,
        current_averages.failing_course_count,
        current_averages.last_modified_at
    from current_averages
    inner join active_enrollments
        on current_averages.student_key = active_enrollments.student_key
        and current_averages.school_key = active_enrollments.school_key
    left join students on current_averages.student_key = students.student_key
    left join schools on current_averages.school_key = schools.school_key
)

select * from final
