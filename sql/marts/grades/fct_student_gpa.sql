/* model
description: >-
  One row per student, school, year, scope and method: grade point averages that we calculate from grades (by grading
  period,
  session, year, and cumulative over all schools and years), and those the student information system reports.
materialize: table
key: [student_gpa_key]
cluster: [school_year, school_key, student_key]
columns:
  student_gpa_key:
    type: STRING
    description: >-
      Key of the row: student_key, school_year, school_key (of what an agency reports, the agency), gpa_scope, period,
      session or term, method, is_weighted.
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  student_key:
    type: STRING
    description: Student of that year; of the year whose records have it, where the student has none of that year.
  student_xyear_key: {type: STRING, description: The same child in all years.}
  school_key:
    type: STRING
    description: School of that year; NULL over all schools, or where an agency reports.
  education_organization_id:
    type: INT64
    description: The school or agency that reports it; NULL of what is calculated.
  gpa_scope: {type: STRING, description: "What is averaged: grading_period, session, year or cumulative."}
  grading_period_key: {type: STRING, description: Grading period of scope grading_period.}
  session_key: {type: STRING, description: Session of scope session.}
  term_name: {type: STRING, description: Term of a reported average or of the session.}
  method: {type: STRING, description: calculated or reported.}
  is_weighted: {type: BOOL, description: Advanced courses give more points.}
  gpa: {type: NUMERIC, description: The average; NULL without credits.}
  quality_points: {type: NUMERIC, description: Sum of points times credits.}
  gpa_credits: {type: NUMERIC, description: Sum of the credits that count.}
  course_count: {type: INT64, description: Sections that count.}
  failing_course_count:
    type: INT64
    description: >-
      Of these the failing, by ref.letter_grades; where a section has grading periods alone, those without any points.
  is_current: {type: BOOL, description: "Of the current period, session or year; of what is reported the newest."}
  last_modified_at: {type: TIMESTAMP, description: When a grade or record behind it was last changed.}
tests:
  - not_null: [source_id, school_year, student_key, gpa_scope, method, is_weighted, is_current]
  - accepted_values: {column: gpa_scope, values: [grading_period, session, year, cumulative]}
  - accepted_values: {column: method, values: [calculated, reported]}
  - range: {column: gpa, min: 0, severity: warn}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with grades as (
    select * from marts.fct_student_grade
),

sections as (
    select * from marts.dim_section
),

courses as (
    select * from marts.dim_course
),

grading_periods as (
    select * from marts.dim_grading_period
),

sessions as (
    select * from marts.dim_session
),

school_years as (
    select * from marts.dim_school_year
),

schools as (
    select * from marts.dim_school
),

students as (
    select * from marts.dim_student
),

academic_records as (
    select * from staging.stg_edfi__student_academic_records
),

-- What a section is worth. Where nobody says how many credits, it is one; less than none is a slip, as is a thousand.
section_values as (
    select
        sections.section_key,
        coalesce(
            if(sections.available_credits between 0 and 1000, sections.available_credits, null),
            if(courses.maximum_available_credits between 0 and 1000, courses.maximum_available_credits, null),
            numeric '1'
        ) as credits,
        coalesce(courses.is_advanced, false)
        or coalesce(lower(trim(sections.gpa_applicability)) = 'weighted', false) as is_advanced,
        coalesce(lower(trim(sections.gpa_applicability)), 'applicable') != 'not applicable' as is_applicable
    from sections
    left join courses on sections.course_key = courses.course_key
),

-- Exams, conduct and progress reports are no grades of a course.
course_grades as (
    select
        grades.*,
        coalesce(section_values.credits, numeric '1') as credits,
        if(
            section_values.is_advanced,
            coalesce(grades.weighted_grade_points, grades.grade_points),
            grades.grade_points
        ) as advanced_points,
        case lower(trim(grades.grade_type)) when 'final' then 1 when 'semester' then 2 else 3 end as type_order
    from grades
    left join section_values on grades.section_key = section_values.section_key
    where grades.student_key is not null
        and grades.section_key is not null
        and coalesce(section_values.is_applicable, true)
        and grades.letter_grade is not null
        and lower(trim(grades.grade_type)) in ('final', 'semester', 'grading period')
),

-- One mark of a section in each grading period: the period's own grade before a semester's or final one.
period_marks as (
    select *
    from course_grades
    where grading_period_key is not null
    qualify row_number() over (
        partition by student_key, section_key, grading_period_key
        order by type_order desc, section_begin_date desc, grade_key
    ) = 1
),

-- One mark of a section: the final grade, or that of the semester, or else the mean of its grading periods.
closing_marks as (
    select *
    from course_grades
    where type_order < 3
    qualify row_number() over (
        partition by student_key, section_key
        order by type_order, grading_period_begin_date desc, section_begin_date desc, grade_key
    ) = 1
),

mean_marks as (
    select
        student_key,
        section_key,
        cast(safe_divide(sum(grade_points), count(grade_points)) as numeric) as grade_points,
        cast(safe_divide(sum(advanced_points), count(advanced_points)) as numeric) as advanced_points,
        max(last_modified_at) as last_modified_at
    from period_marks
    where type_order = 3 and counts_in_gpa
    group by student_key, section_key
),

graded_sections as (
    select
        student_key,
        section_key,
        min(source_id) as source_id,
        min(school_year) as school_year,
        min(student_xyear_key) as student_xyear_key,
        min(school_key) as school_key,
        min(session_key) as session_key,
        min(credits) as credits
    from course_grades
    group by student_key, section_key
),

section_marks as (
    select
        graded_sections.*,
        case
            when closing_marks.grade_key is null then mean_marks.grade_points
            when closing_marks.counts_in_gpa then closing_marks.grade_points
        end as grade_points,
        case
            when closing_marks.grade_key is null then mean_marks.advanced_points
            when closing_marks.counts_in_gpa then closing_marks.advanced_points
        end as advanced_points,
        coalesce(not closing_marks.is_passing, mean_marks.grade_points <= numeric '0', false) as is_failing,
        coalesce(closing_marks.last_modified_at, mean_marks.last_modified_at) as last_modified_at
    from graded_sections
    left join closing_marks
        on graded_sections.student_key = closing_marks.student_key
        and graded_sections.section_key = closing_marks.section_key
    left join mean_marks
        on graded_sections.student_key = mean_marks.student_key
        and graded_sections.section_key = mean_marks.section_key
),

marks as (
    select
        'grading_period' as gpa_scope,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        grading_period_key,
        cast(null as string) as session_key,
        credits,
        grade_points,
        advanced_points,
        coalesce(not is_passing, false) as is_failing,
        last_modified_at
    from period_marks
    where counts_in_gpa
    union all
    select
        gpa_scope,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        if(gpa_scope = 'cumulative', null, school_key) as school_key,
        cast(null as string) as grading_period_key,
        if(gpa_scope = 'session', session_key, null) as session_key,
        credits,
        grade_points,
        advanced_points,
        is_failing,
        last_modified_at
    from section_marks
    cross join unnest(['session', 'year', 'cumulative']) as gpa_scope
),

weighted_marks as (
    select
        marks.*,
        is_weighted,
        if(is_weighted, advanced_points, grade_points) as points
    from marks
    cross join unnest([false, true]) as is_weighted
    where grade_points is not null
),

sums as (
    select
        gpa_scope,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        grading_period_key,
        session_key,
        is_weighted,
        sum(points * credits) as quality_points,
        sum(credits) as gpa_credits,
        count(*) as course_count,
        countif(is_failing) as failing_course_count,
        max(last_modified_at) as last_modified_at
    from weighted_marks
    group by
        gpa_scope,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        grading_period_key,
        session_key,
        is_weighted
),

-- The cumulative average of a year has all years up to it, whatever the school.
accumulated as (
    select * from sums where gpa_scope != 'cumulative'
    union all
    select
        gpa_scope,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        grading_period_key,
        session_key,
        is_weighted,
        sum(quality_points) over years_so_far as quality_points,
        sum(gpa_credits) over years_so_far as gpa_credits,
        sum(course_count) over years_so_far as course_count,
        sum(failing_course_count) over years_so_far as failing_course_count,
        max(last_modified_at) over years_so_far as last_modified_at
    from sums
    where gpa_scope = 'cumulative'
    window years_so_far as (
        partition by student_xyear_key, is_weighted
        order by school_year
        rows between unbounded preceding and current row
    )
),

calculated as (
    select
        accumulated.source_id,
        accumulated.school_year,
        accumulated.student_key,
        accumulated.student_xyear_key,
        accumulated.school_key,
        cast(null as int64) as education_organization_id,
        accumulated.gpa_scope,
        accumulated.grading_period_key,
        accumulated.session_key,
        sessions.term_name,
        'calculated' as method,
        accumulated.is_weighted,
        round(
            cast(safe_divide(accumulated.quality_points, accumulated.gpa_credits) as numeric), 4
        ) as gpa,
        accumulated.quality_points,
        accumulated.gpa_credits,
        accumulated.course_count,
        accumulated.failing_course_count,
        coalesce(
            case accumulated.gpa_scope
                when 'grading_period' then grading_periods.is_current
                when 'session' then sessions.is_current
                else school_years.is_current
            end,
            false
        ) as is_current,
        accumulated.last_modified_at
    from accumulated
    left join grading_periods on accumulated.grading_period_key = grading_periods.grading_period_key
    left join sessions on accumulated.session_key = sessions.session_key
    left join school_years
        on accumulated.source_id = school_years.source_id
        and accumulated.school_year = school_years.school_year
),

-- A record of an earlier year may come again in the ODS of a later one: the latest holds.
latest_records as (
    select
        *,
        coalesce(reported_school_year, school_year) as record_year
    from academic_records
    where student_unique_id is not null
    qualify row_number() over (
        partition by
            source_id,
            lower(trim(student_unique_id)),
            education_organization_id,
            coalesce(reported_school_year, school_year),
            lower(trim(term))
        order by school_year desc, last_modified_at desc, api_id
    ) = 1
),

listed_averages as (
    select
        latest_records.*,
        1 as list_order,
        if(coalesce(lax_bool(json_query(average, '$.isCumulative')), false), 'cumulative', 'session') as gpa_scope,
        coalesce(
            lower(trim(
                regexp_extract(json_value(average, '$.gradePointAverageTypeDescriptor'), r'[^#]*$')
            )) = 'weighted',
            false
        ) as is_weighted,
        safe_cast(json_value(average, '$.gradePointAverageValue') as numeric) as gpa
    from latest_records
    cross join unnest(json_query_array(grade_point_averages)) as average
),

-- Older data standards have one number of each scope instead of a list.
plain_averages as (
    select
        latest_records.*,
        2 as list_order,
        gpa_scope,
        false as is_weighted,
        if(gpa_scope = 'cumulative', cumulative_grade_point_average, session_grade_point_average) as gpa
    from latest_records
    cross join unnest(['cumulative', 'session']) as gpa_scope
),

averages as (
    select *
    from (
        select * from listed_averages
        union all
        select * from plain_averages
    )
    where gpa is not null
    qualify row_number() over (
        partition by source_id, record_year, api_id, gpa_scope, is_weighted
        order by list_order, gpa desc
    ) = 1
),

keyed_averages as (
    select
        averages.*,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(record_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as record_student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(record_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string)))
        ))) as record_organization_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string)))
        ))) as organization_key
    from averages
),

terms as (
    select school_key, lower(trim(term_name)) as term, min(begin_date) as begin_date
    from sessions
    group by school_key, lower(trim(term_name))
),

ranked_averages as (
    select
        keyed_averages.*,
        row_number() over (
            partition by
                keyed_averages.student_xyear_key,
                keyed_averages.education_organization_id,
                keyed_averages.gpa_scope,
                keyed_averages.is_weighted
            order by
                keyed_averages.record_year desc,
                terms.begin_date desc,
                keyed_averages.last_modified_at desc,
                keyed_averages.api_id
        ) as newest_order
    from keyed_averages
    left join terms
        on keyed_averages.record_organization_key = terms.school_key
        and lower(trim(keyed_averages.term)) = terms.term
),

current_years as (
    select source_id, max(school_year) as school_year
    from school_years
    where is_current
    group by source_id
),

-- Student and school of the record's year; where there are none, those of the year whose ODS has the record.
reported as (
    select
        ranked_averages.source_id,
        ranked_averages.record_year as school_year,
        coalesce(students.student_key, ranked_averages.student_key) as student_key,
        ranked_averages.student_xyear_key,
        coalesce(schools.school_key, reporting_schools.school_key) as school_key,
        ranked_averages.education_organization_id,
        ranked_averages.gpa_scope,
        cast(null as string) as grading_period_key,
        cast(null as string) as session_key,
        ranked_averages.term as term_name,
        'reported' as method,
        ranked_averages.is_weighted,
        ranked_averages.gpa,
        cast(null as numeric) as quality_points,
        cast(null as numeric) as gpa_credits,
        cast(null as int64) as course_count,
        cast(null as int64) as failing_course_count,
        ranked_averages.newest_order = 1
        and coalesce(ranked_averages.record_year >= current_years.school_year, false) as is_current,
        ranked_averages.last_modified_at
    from ranked_averages
    left join schools on ranked_averages.record_organization_key = schools.school_key
    left join schools as reporting_schools on ranked_averages.organization_key = reporting_schools.school_key
    left join students on ranked_averages.record_student_key = students.student_key
    left join current_years on ranked_averages.source_id = current_years.source_id
),

final as (
    select
        to_hex(md5(concat(
            student_key,
            '\u001f', cast(school_year as string),
            '\u001f', coalesce(school_key, cast(education_organization_id as string), ''),
            '\u001f', gpa_scope,
            '\u001f', coalesce(grading_period_key, session_key, lower(trim(term_name)), ''),
            '\u001f', method,
            '\u001f', cast(is_weighted as string)
        ))) as student_gpa_key,
        source_id,
        school_year,
        student_key,
        student_xyear_key,
        school_key,
        education_organization_id,
        gpa_scope,
        grading_period_key,
        session_key,
        term_name,
        method,
        is_weighted,
        gpa,
        quality_points,
        gpa_credits,
        course_count,
        failing_course_count,
        is_current,
        last_modified_at
    from (
        select * from calculated
        union all
        select * from reported
    )
)

select * from final
