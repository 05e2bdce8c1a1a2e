/* model
description: >-
  One row per student and section: its grades of all grading periods and its staff as lists, the current grade in
  columns, and
  the users who may see it. A section without a grade yet is a row with an empty list.
materialize: table
key: [student_key, section_key]
partition: school_year range 2000 2050
cluster: [school_key, student_key]
columns:
  student_key: {type: STRING, description: Student of that year.}
  section_key: {type: STRING, description: Section.}
  school_key: {type: STRING, description: School of that year.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  lea_name: {type: STRING, description: Name of the school's agency.}
  school_name: {type: STRING, description: Name of the school.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  student_display_name: {type: STRING, description: "Last, First.", pii: true}
  student_last_name: {type: STRING, description: Last name., pii: true}
  student_first_name: {type: STRING, description: First name., pii: true}
  is_actively_enrolled: {type: BOOL, description: The student has an active enrollment.}
  grade_level: {type: STRING, description: Grade level of the student's latest enrollment of the year.}
  grade_level_order: {type: INT64, description: "Grade level as a number, kindergarten 0."}
  gender: {type: STRING, description: Gender as reported.}
  race_ethnicity: {type: STRING, description: Federal roll-up of race and ethnicity.}
  is_hispanic: {type: BOOL, description: Hispanic or Latino.}
  limited_english_proficiency: {type: STRING, description: English proficiency as reported.}
  is_english_learner: {type: BOOL, description: Is an English learner.}
  is_special_education: {type: BOOL, description: Is in special education.}
  section_identifier: {type: STRING, description: The section's id in Ed-Fi.}
  local_course_code: {type: STRING, description: The school's code of the course.}
  course_title: {type: STRING, description: Title of the course.}
  academic_subject: {type: STRING, description: Subject of the course.}
  gpa_applicability: {type: STRING, description: Whether the course counts in averages.}
  available_credits: {type: NUMERIC, description: Credits of the section.}
  session_name: {type: STRING, description: Session of the section.}
  term_name: {type: STRING, description: Term of the session.}
  is_actively_enrolled_in_section: {type: BOOL, description: The student is in the section now.}
  lead_teacher_name: {type: STRING, description: Lead teacher of the section.}
  staff:
    type: >-
      ARRAY<STRUCT<last_name STRING, first_name STRING, display_name STRING, email STRING, position STRING, is_lead
      BOOL>>
    description: "Staff of the section, the lead first."
  grades:
    type: >-
      ARRAY<STRUCT<grading_period STRING, period_sequence INT64, grade_type STRING, letter STRING, numeric NUMERIC,
      is_current BOOL>>
    description: Grades in the order of their grading periods.
  current_grading_period: {type: STRING, description: Grading period of the current grade.}
  current_letter_grade: {type: STRING, description: Letter of the current grading period.}
  current_numeric_grade: {type: NUMERIC, description: Number of the current grading period.}
  is_current_grade_dorf: {type: BOOL, description: The current grade is a D or an F.}
  authorized_emails: {type: ARRAY<STRING>, description: Users who may see the student., pii: true}
  last_modified_at: {type: TIMESTAMP, description: When the enrollment in the section or a grade was last changed.}
tests:
  - not_null: [source_id, school_year]
*/
with grades as (
    select * from marts.fct_student_grade
),

student_sections as (
    select * from marts.fct_student_section
),

sections as (
    select * from marts.dim_section
),

sessions as (
    select * from marts.dim_session
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

section_staff as (
    select * from marts.bridge_staff_group
),

staff as (
    select * from marts.dim_staff
),

readers as (
    select * from marts.rls_student_authorized_emails
),

-- A student may have been in a section twice, and have a grade in one that the roster does not show.
rosters as (
    select source_id, school_year, student_key, section_key, school_key, is_active, last_modified_at
    from student_sections
    union all
    select source_id, school_year, student_key, section_key, school_key, false as is_active, last_modified_at
    from grades
),

pairs as (
    select
        student_key,
        section_key,
        min(source_id) as source_id,
        min(school_year) as school_year,
        min(school_key) as school_key,
        coalesce(logical_or(is_active), false) as is_active,
        max(last_modified_at) as last_modified_at
    from rosters
    where student_key is not null and section_key is not null
    group by student_key, section_key
),

grade_lists as (
    select
        student_key,
        section_key,
        array_agg(
            struct(
                grading_period as grading_period,
                period_sequence as period_sequence,
                grade_type as grade_type,
                letter_grade as letter,
                numeric_grade_earned as numeric,
                is_current_period as is_current
            )
            order by grading_period_begin_date, period_sequence, grade_type, grade_key
        ) as grades
    from grades
    where student_key is not null and section_key is not null
    group by student_key, section_key
),

current_grades as (
    select *
    from grades
    where is_current_period
    qualify row_number() over (
        partition by student_key, section_key
        order by
            coalesce(lower(trim(grade_type)) = 'grading period', false) desc,
            grading_period_begin_date desc,
            section_begin_date desc,
            grade_key
    ) = 1
),

-- One entry per person: the latest assignment to the section.
assigned_staff as (
    select
        section_staff.section_key,
        section_staff.position,
        coalesce(section_staff.is_lead, false) as is_lead,
        staff.staff_key,
        staff.last_name,
        staff.first_name,
        staff.display_name,
        staff.email
    from section_staff
    inner join staff on section_staff.staff_key = staff.staff_key
    where section_staff.is_active or section_staff.is_lead
    qualify row_number() over (
        partition by section_staff.section_key, section_staff.staff_key
        order by coalesce(section_staff.is_lead, false) desc, section_staff.begin_date desc
    ) = 1
),

staff_lists as (
    select
        section_key,
        array_agg(
            struct(
                last_name as last_name,
                first_name as first_name,
                display_name as display_name,
                email as email,
                position as position,
                is_lead as is_lead
            )
            order by is_lead desc, display_name, staff_key
        ) as staff
    from assigned_staff
    group by section_key
),

final as (
    select
        pairs.student_key,
        pairs.section_key,
        pairs.school_key,
        pairs.source_id,
        pairs.school_year,
        schools.lea_name,
        schools.school_name,
        students.student_unique_id,
        students.display_name as student_display_name,
        students.last_name as student_last_name,
        students.first_name as student_first_name,
        students.is_enrolled as is_actively_enrolled,
        students.grade_level,
        students.grade_level_order,
        students.gender,
        students.race_ethnicity,
        students.is_hispanic,
        students.limited_english_proficiency,
        students.is_english_learner,
        students.is_special_education,
        sections.section_identifier,
        sections.local_course_code,
        sections.course_title,
        sections.academic_subject,
        sections.gpa_applicability,
        sections.available_credits,
        sessions.session_name,
        sessions.term_name,
        pairs.is_active as is_actively_enrolled_in_section,
        sections.lead_teacher_name,
        staff_lists.staff,
        grade_lists.grades,
        current_grades.grading_period as current_grading_period,
        current_grades.letter_grade as current_letter_grade,
        current_grades.numeric_grade_earned as current_numeric_grade,
        current_grades.is_dorf as is_current_grade_dorf,
        readers.authorized_emails,
        pairs.last_modified_at
    from pairs
    left join grade_lists
        on pairs.student_key = grade_lists.student_key
        and pairs.section_key = grade_lists.section_key
    left join current_grades
        on pairs.student_key = current_grades.student_key
        and pairs.section_key = current_grades.section_key
    left join sections on pairs.section_key = sections.section_key
    left join sessions on sections.session_key = sessions.session_key
    left join students on pairs.student_key = students.student_key
    left join schools on pairs.school_key = schools.school_key
    left join staff_lists on pairs.section_key = staff_lists.section_key
    left join readers on pairs.student_key = readers.student_key
)

select * from final
