/* model
description: One row per section, with its course, its periods, its room and who leads it.
materialize: table
key: [section_key]
access: everyone
cluster: [source_id, school_year, school_key]
columns:
  section_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  school_key: {type: STRING, description: Key of the school.}
  session_key: {type: STRING, description: Key of the session.}
  course_key: {type: STRING, description: Key of the course; NULL if the section's offering is unknown.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school's id.}
  session_name: {type: STRING, description: The session's name.}
  section_identifier: {type: STRING, description: The section's id in the school.}
  section_name: {type: STRING, description: "Name; where it has none, the local course code and the session."}
  local_course_code: {type: STRING, description: The school's code of the course.}
  course_title: {type: STRING, description: "Title of the course; where it has none, the local title of the offering."}
  academic_subject: {type: STRING, description: Subject of the course.}
  class_period_names: {type: ARRAY<STRING>, description: Periods in which it meets in alphabetical order.}
  room: {type: STRING, description: Classroom.}
  available_credits: {type: NUMERIC, description: Credits it gives; where it says none those of the course.}
  gpa_applicability: {type: STRING, description: Whether its grades count in averages and with weight.}
  educational_environment: {type: STRING, description: Setting such as Classroom.}
  lead_staff_key: {type: STRING, description: Key of the staff member who leads it.}
  lead_teacher_name: {type: STRING, description: "Last name, first name of who leads it.", pii: true}
  student_count: {type: INT64, description: Students in it on as_of_date.}
  is_homeroom: {type: BOOL, description: Whether it is the homeroom of any student.}
  is_active:
    type: BOOL
    description: Whether its session contains as_of_date; without a known session whether it has students then.
  is_official_attendance_period: {type: BOOL, description: Whether daily attendance is taken in it.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - relationship: {column: session_key, to: marts.dim_session, min_match: 0.99, severity: warn}
  - relationship: {column: course_key, to: marts.dim_course, min_match: 0.99, severity: warn}
  - expression: {name: has_a_title, sql: course_title is not null, severity: warn}
*/
with sections as (
    select *
    from staging.stg_edfi__sections
    where section_key is not null
    qualify row_number() over (
        partition by section_key
        order by
            if(reported_school_year = school_year, 0, 1),
            reported_school_year desc,
            last_modified_at desc,
            api_id
    ) = 1
),

course_offerings as (
    select *
    from staging.stg_edfi__course_offerings
    where course_offering_key is not null
    qualify row_number() over (
        partition by course_offering_key
        order by
            if(reported_school_year = school_year, 0, 1),
            reported_school_year desc,
            last_modified_at desc,
            api_id
    ) = 1
),

-- What a copied ODS has of an earlier year's rosters is over, whether or not anybody closed it.
student_sections as (
    select
        *,
        coalesce(school_year in (0, reported_school_year), true) as is_of_own_year
    from staging.stg_edfi__student_section_associations
),

courses as (
    select * from marts.dim_course
),

sessions as (
    select * from marts.dim_session
),

school_years as (
    select * from marts.dim_school_year
),

leads as (
    select * from marts.bridge_staff_group where is_lead
),

staff as (
    select * from marts.dim_staff
),

periods as (
    select distinct
        sections.section_key,
        json_value(item, '$.classPeriodReference.classPeriodName') as class_period_name
    from sections
    cross join unnest(json_query_array(sections.class_periods)) as item
),

period_lists as (
    select section_key, array_agg(class_period_name order by class_period_name) as class_period_names
    from periods
    where class_period_name is not null
    group by section_key
),

rosters as (
    select
        student_sections.section_key,
        count(
            distinct if(
                school_years.is_current
                and student_sections.is_of_own_year
                and student_sections.begin_date <= school_years.as_of_date
                and (student_sections.end_date is null or student_sections.end_date >= school_years.as_of_date),
                student_sections.student_key,
                null
            )
        ) as student_count,
        countif(student_sections.homeroom_indicator) > 0 as is_homeroom
    from student_sections
    left join school_years
        on school_years.source_id = student_sections.source_id
        and school_years.school_year = student_sections.school_year
    where student_sections.section_key is not null
    group by student_sections.section_key
),

final as (
    select
        sections.section_key,
        sections.school_key,
        sections.session_key,
        course_offerings.course_key,
        sections.source_id,
        sections.school_year,
        sections.school_id,
        sections.session_name,
        sections.section_identifier,
        coalesce(
            nullif(trim(sections.section_name), ''), concat(sections.local_course_code, ' - ', sections.session_name)
        ) as section_name,
        sections.local_course_code,
        coalesce(courses.course_title, nullif(trim(course_offerings.local_course_title), '')) as course_title,
        courses.academic_subject,
        coalesce(period_lists.class_period_names, cast([] as array<string>)) as class_period_names,
        sections.location_classroom_identification_code as room,
        coalesce(sections.available_credits, courses.maximum_available_credits) as available_credits,
        courses.gpa_applicability,
        sections.educational_environment,
        leads.staff_key as lead_staff_key,
        staff.display_name as lead_teacher_name,
        coalesce(rosters.student_count, 0) as student_count,
        coalesce(rosters.is_homeroom, false) as is_homeroom,
        coalesce(
            school_years.is_current and coalesce(sessions.is_current, rosters.student_count > 0), false
        ) as is_active,
        coalesce(sections.official_attendance_period, false) as is_official_attendance_period,
        sections.last_modified_at
    from sections
    left join course_offerings on course_offerings.course_offering_key = sections.course_offering_key
    left join courses on courses.course_key = course_offerings.course_key
    left join sessions on sessions.session_key = sections.session_key
    left join school_years
        on school_years.source_id = sections.source_id
        and school_years.school_year = sections.school_year
    left join period_lists on period_lists.section_key = sections.section_key
    left join rosters on rosters.section_key = sections.section_key
    left join leads on leads.section_key = sections.section_key
    left join staff on staff.staff_key = leads.staff_key
)

select * from final
