/* model
description: >-
  One row per student, school and instructional day of membership, with what a report shows of student, school and day,
  and
  the users who may see it.
materialize: table
key: [student_key, school_key, date]
partition: school_year range 2000 2050
cluster: [school_key, date]
columns:
  student_key: {type: STRING, description: Student of that year.}
  school_key: {type: STRING, description: School of that year.}
  date: {type: DATE, description: Instructional day.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  lea_name: {type: STRING, description: Name of the school's agency.}
  school_id: {type: INT64, description: The school's id in Ed-Fi.}
  school_name: {type: STRING, description: Name of the school.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  student_display_name: {type: STRING, description: "Last, First.", pii: true}
  student_last_name: {type: STRING, description: Last name., pii: true}
  student_first_name: {type: STRING, description: First name., pii: true}
  is_actively_enrolled: {type: BOOL, description: The enrollment is active.}
  grade_level: {type: STRING, description: Grade level of the enrollment.}
  grade_level_order: {type: INT64, description: "Grade level as a number, kindergarten 0."}
  gender: {type: STRING, description: Gender as reported.}
  race_ethnicity: {type: STRING, description: Federal roll-up of race and ethnicity.}
  is_hispanic: {type: BOOL, description: Hispanic or Latino.}
  limited_english_proficiency: {type: STRING, description: English proficiency as reported.}
  is_english_learner: {type: BOOL, description: Is an English learner.}
  is_special_education: {type: BOOL, description: Is in special education.}
  is_economically_disadvantaged: {type: BOOL, description: Is economically disadvantaged.}
  day_name: {type: STRING, description: Name of the weekday.}
  week_start_date: {type: DATE, description: Monday of the week.}
  month_name: {type: STRING, description: Name of the month.}
  month_sort_order: {type: INT64, description: "Place of the month in the school year, its first month 1."}
  attendance_category: {type: STRING, description: Category of the worst event of the day.}
  absent_portion: {type: NUMERIC, description: Part of the day missed.}
  present_portion: {type: NUMERIC, description: The rest of the day.}
  is_absent: {type: BOOL, description: At least half of the day was missed.}
  is_excused_absence: {type: BOOL, description: Absent and excused.}
  is_unexcused_absence: {type: BOOL, description: Absent and not excused.}
  is_tardy: {type: BOOL, description: Came late.}
  is_suspended: {type: BOOL, description: Suspended.}
  is_inferred: {type: BOOL, description: No event was submitted for the day.}
  days_enrolled_to_date: {type: NUMERIC, description: Days of membership so far whose attendance is known.}
  days_absent_to_date: {type: NUMERIC, description: Days missed so far.}
  attendance_rate_to_date: {type: FLOAT64, description: Rate for display.}
  is_chronically_absent_to_date: {type: BOOL, description: Chronically absent so far.}
  is_on_the_verge: {type: BOOL, description: "Not chronically absent, but close to it."}
  consecutive_days_absent: {type: INT64, description: Length of the run of absences that lasts on this day.}
  is_latest_date_available: {type: BOOL, description: The last day of the school and year that has rows.}
  authorized_emails: {type: ARRAY<STRING>, description: Users who may see the student., pii: true}
  last_modified_at: {type: TIMESTAMP, description: When enrollment or event was last changed.}
tests:
  - not_null: [source_id, school_year, is_latest_date_available]
*/
with attendance as (
    select * from marts.fct_student_school_attendance
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

dates as (
    select * from marts.dim_date
),

readers as (
    select * from marts.rls_student_authorized_emails
),

latest_dates as (
    select school_key, max(date) as date
    from attendance
    group by school_key
),

final as (
    select
        attendance.student_key,
        attendance.school_key,
        attendance.date,
        attendance.source_id,
        attendance.school_year,
        schools.lea_name,
        schools.school_id,
        schools.school_name,
        students.student_unique_id,
        students.display_name as student_display_name,
        students.last_name as student_last_name,
        students.first_name as student_first_name,
        enrollments.is_active as is_actively_enrolled,
        attendance.grade_level,
        enrollments.grade_level_order,
        students.gender,
        students.race_ethnicity,
        students.is_hispanic,
        students.limited_english_proficiency,
        students.is_english_learner,
        students.is_special_education,
        students.is_economically_disadvantaged,
        dates.day_name,
        dates.week_start_date,
        dates.month_name,
        dates.month_sort_order,
        attendance.attendance_category,
        attendance.absent_portion,
        attendance.present_portion,
        attendance.is_absent,
        attendance.is_excused_absence,
        attendance.is_unexcused_absence,
        attendance.is_tardy,
        attendance.is_suspended,
        attendance.is_inferred,
        attendance.days_enrolled_to_date,
        attendance.days_absent_to_date,
        attendance.attendance_rate_to_date,
        attendance.is_chronically_absent_to_date,
        attendance.is_on_the_verge,
        attendance.consecutive_days_absent,
        attendance.date = latest_dates.date as is_latest_date_available,
        readers.authorized_emails,
        attendance.last_modified_at
    from attendance
    inner join latest_dates on attendance.school_key = latest_dates.school_key
    left join enrollments on attendance.enrollment_key = enrollments.enrollment_key
    left join students on attendance.student_key = students.student_key
    left join schools on attendance.school_key = schools.school_key
    left join dates on attendance.date = dates.date
    left join readers on attendance.student_key = readers.student_key
)

select * from final
