/* model
description: >-
  One row per student, section, grading period and type of grade. A grade whose grading period, section or student is
  not known
  is kept.
materialize: table
key: [grade_key]
cluster: [school_year, school_key, student_key]
columns:
  grade_key: {type: STRING, description: "Key of the row: the grade's natural key in Ed-Fi."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  student_key: {type: STRING, description: Student of that year.}
  student_xyear_key: {type: STRING, description: The same child in all years.}
  school_key: {type: STRING, description: School of that year.}
  section_key: {type: STRING, description: Section of the grade.}
  session_key: {type: STRING, description: Session of the section.}
  grading_period_key: {type: STRING, description: Grading period of the grade.}
  student_section_key: {type: STRING, description: The student's time in the section.}
  lead_staff_key: {type: STRING, description: Lead teacher of the section.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  school_id: {type: INT64, description: The school's id in Ed-Fi.}
  section_identifier: {type: STRING, description: The section's id in Ed-Fi.}
  local_course_code: {type: STRING, description: The school's code of the course.}
  section_begin_date: {type: DATE, description: When the student entered the section.}
  grading_period: {type: STRING, description: Grading period as reported.}
  grading_period_begin_date: {type: DATE, description: First day of the grading period.}
  period_sequence: {type: INT64, description: Place of the grading period in the year.}
  grade_type: {type: STRING, description: "Type of grade as reported: Grading Period, Semester, Final, …"}
  letter_grade_earned: {type: STRING, description: Letter as reported.}
  numeric_grade_earned: {type: NUMERIC, description: Number as reported.}
  letter_grade:
    type: STRING
    description: The letter as reported, or else that of the scale's band in which the number lies.
  grade_points:
    type: NUMERIC
    description: Points of the letter in the source's scale (ref.letter_grades); NULL when it is not in the scale.
  weighted_grade_points: {type: NUMERIC, description: Points of the letter in an advanced course.}
  counts_in_gpa: {type: BOOL, description: The letter is in the scale and not excluded from averages.}
  performance_base_conversion: {type: STRING, description: Performance level as reported.}
  is_passing: {type: BOOL, description: "The grade passes; NULL while that is open, or the letter is not in the scale."}
  is_dorf: {type: BOOL, description: The grade is a D or an F; NULL when the letter is not in the scale.}
  is_final: {type: BOOL, description: The type of grade is Final.}
  change_from_previous_period:
    type: NUMERIC
    description: Difference of the number from that of the period before in the same section.
  is_current_period: {type: BOOL, description: The grading period is the current one.}
  last_modified_at: {type: TIMESTAMP, description: When the grade was last changed.}
tests:
  - not_null: [source_id, school_year, is_final, is_current_period]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: section_key, to: marts.dim_section, min_match: 0.99, severity: warn}
  - relationship: {column: grading_period_key, to: marts.dim_grading_period, min_match: 0.99, severity: warn}
  - relationship: {column: student_section_key, to: marts.fct_student_section, min_match: 0.99, severity: warn}
  - expression:
      name: letter_is_in_scale
      sql: letter_grade is null or counts_in_gpa is not null
      severity: warn
*/
with grades as (
    select * from staging.stg_edfi__grades
),

graded_years as (
    select distinct source_id, school_year
    from grades
    where reported_school_year = school_year
),

-- The ODS of a year is often a copy of the last one: a grade of an earlier year is that year's, or the newest copy's.
copied_once as (
    select grades.*
    from grades
    left join graded_years
        on grades.source_id = graded_years.source_id
        and grades.reported_school_year = graded_years.school_year
        and grades.school_year not in (0, grades.reported_school_year)
    where graded_years.school_year is null
    qualify grades.school_year in (0, coalesce(grades.reported_school_year, grades.school_year))
        or row_number() over (
            partition by grades.source_id, grades.reported_school_year, grades.api_id
            order by grades.school_year desc
        ) = 1
),

-- To the API one code of two namespaces is two grades, and so is one day written in two ways.
own_grades as (
    select *
    from copied_once
    where true
    qualify row_number() over (
        partition by source_id, school_year, coalesce(grade_key, api_id) order by last_modified_at desc, api_id
    ) = 1
),

grading_periods as (
    select * from marts.dim_grading_period
),

sections as (
    select * from marts.dim_section
),

letter_grades as (
    select * from ref.letter_grades
),

parameters as (
    select * from ref.parameters
),

source_parameters as (
    select sources.source_id, parameters.gpa_scale
    from (select distinct source_id from own_grades) as sources
    inner join parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by parameters.source_id = '*') = 1
),

-- The scale of each source, its own rows before those of any source.
scales as (
    select
        source_parameters.source_id,
        letter_grades.letter,
        letter_grades.minimum_numeric_grade,
        letter_grades.points,
        letter_grades.weighted_points,
        letter_grades.exclude_from_gpa,
        letter_grades.is_dorf,
        letter_grades.is_passing
    from source_parameters
    inner join letter_grades
        on source_parameters.gpa_scale = letter_grades.scale_name
        and letter_grades.source_id in (source_parameters.source_id, '*')
    where true
    qualify row_number() over (
        partition by source_parameters.source_id, lower(trim(letter_grades.letter))
        order by letter_grades.source_id = '*'
    ) = 1
),

-- Numbers are looked up once each: the band is the highest that begins at or below the number.
numbers as (
    select distinct source_id, numeric_grade_earned
    from own_grades
    where letter_grade_earned is null and numeric_grade_earned is not null
),

number_letters as (
    select numbers.source_id, numbers.numeric_grade_earned, scales.letter
    from numbers
    inner join scales
        on numbers.source_id = scales.source_id
        and numbers.numeric_grade_earned >= scales.minimum_numeric_grade
    where true
    qualify row_number() over (
        partition by numbers.source_id, numbers.numeric_grade_earned
        order by scales.minimum_numeric_grade desc, scales.letter
    ) = 1
),

lettered as (
    select
        own_grades.*,
        coalesce(own_grades.letter_grade_earned, number_letters.letter) as letter_grade
    from own_grades
    left join number_letters
        on own_grades.source_id = number_letters.source_id
        and own_grades.numeric_grade_earned = number_letters.numeric_grade_earned
),

joined as (
    select
        lettered.*,
        sections.lead_staff_key,
        grading_periods.begin_date as grading_period_begin_date,
        coalesce(lettered.period_sequence, grading_periods.period_sequence) as sequence_in_year,
        coalesce(grading_periods.is_current, false) as is_current_period,
        scales.points,
        scales.weighted_points,
        not scales.exclude_from_gpa as counts_in_gpa,
        scales.is_dorf,
        scales.is_passing
    from lettered
    left join scales
        on lettered.source_id = scales.source_id
        and lower(trim(lettered.letter_grade)) = lower(trim(scales.letter))
    left join sections on lettered.section_key = sections.section_key
    left join grading_periods on lettered.grading_period_key = grading_periods.grading_period_key
),

compared as (
    select
        *,
        lag(numeric_grade_earned) over (
            partition by student_section_key, grade_type, grading_period_begin_date is null
            order by grading_period_begin_date, sequence_in_year, api_id
        ) as previous_numeric_grade
    from joined
),

final as (
    select
        coalesce(
            grade_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as grade_key,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        section_key,
        session_key,
        grading_period_key,
        student_section_key,
        lead_staff_key,
        student_unique_id,
        school_id,
        section_identifier,
        local_course_code,
        begin_date as section_begin_date,
        coalesce(grading_period_name, grading_period) as grading_period,
        grading_period_begin_date,
        sequence_in_year as period_sequence,
        grade_type,
        letter_grade_earned,
        numeric_grade_earned,
        letter_grade,
        points as grade_points,
        weighted_points as weighted_grade_points,
        counts_in_gpa,
        performance_base_conversion,
        is_passing,
        is_dorf,
        coalesce(lower(trim(grade_type)) = 'final', false) as is_final,
        case
            when student_section_key is not null and grading_period_begin_date is not null
                then numeric_grade_earned - previous_numeric_grade
        end as change_from_previous_period,
        is_current_period,
        last_modified_at
    from compared
)

select * from final
