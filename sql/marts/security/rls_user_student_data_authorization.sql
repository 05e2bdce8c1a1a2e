/* model
description: >-
  One row per student of a year and e-mail address of a user who may see the student's data, with the widest reason.
  Leaders of an agency or a school (ref.staff_access) see the students of all years of its schools, also those who left;
  staff of a section see the students who are in it now; students see themselves. Only assignments in force in the
  current school year count, and an assignment without an end is in force.
materialize: table
key: [student_key, email]
cluster: [email, student_key]
columns:
  student_key: {type: STRING, description: Student of that year.}
  email:
    type: STRING
    description: >-
      The user's e-mail address, in lower case. It is not marked as personal: the views of restricted compare with it
      on behalf of readers who may not see personal columns.
  scope: {type: STRING, description: "What the user sees the student through: lea, school, section or self."}
  reason: {type: STRING, description: "Position and organization, or section, that give the right."}
  staff_key: {type: STRING, description: The member of staff; NULL of a student.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the student's data.}
  begin_date: {type: DATE, description: When the assignment behind the right began.}
  end_date: {type: DATE, description: When it ends; NULL while that is open.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [scope, reason, source_id, school_year]
  - accepted_values: {column: scope, values: [lea, school, section, self]}
  - expression: {name: email_is_an_address, sql: "email like '%_@_%'", severity: warn}
  - volume: {min_share: 0}
*/
with staff as (
    select * from marts.dim_staff
),

staff_schools as (
    select * from marts.fct_staff_school where is_active
),

staff_sections as (
    select * from marts.bridge_staff_group where is_active
),

employments as (
    select * from staging.stg_edfi__staff_education_organization_employment_associations
),

students as (
    select * from marts.dim_student
),

enrollments as (
    select * from marts.fct_student_school where is_valid
),

student_sections as (
    select * from marts.fct_student_section where is_active
),

sections as (
    select * from marts.dim_section
),

schools as (
    select * from marts.dim_school
),

leas as (
    select * from marts.dim_lea
),

current_years as (
    select * from marts.dim_school_year where is_current
),

staff_access as (
    select * from ref.staff_access
),

-- Who no longer works here is out, even where nobody closed the assignment.
current_staff as (
    select
        staff.staff_key,
        lower(trim(staff.email)) as email,
        current_years.as_of_date,
        staff.last_modified_at
    from staff
    inner join current_years
        on staff.source_id = current_years.source_id
        and staff.school_year = current_years.school_year
    where staff.is_active
        and trim(staff.email) != ''
),

classifications as (
    select codes.source_id, codes.code, staff_access.scope
    from (select distinct source_id, classification as code from staff_schools) as codes
    inner join staff_access
        on staff_access.source_id in (codes.source_id, '*')
        and lower(trim(staff_access.code)) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.code
        order by if(staff_access.source_id = '*', 1, 0), if(staff_access.namespace = '*', 0, 1), staff_access.scope desc
    ) = 1
),

leaders as (
    select
        current_staff.staff_key,
        current_staff.email,
        classifications.scope,
        staff_schools.classification,
        staff_schools.school_key,
        staff_schools.lea_key,
        staff_schools.begin_date,
        staff_schools.end_date,
        greatest(current_staff.last_modified_at, staff_schools.last_modified_at) as last_modified_at
    from staff_schools
    inner join current_staff on staff_schools.staff_key = current_staff.staff_key
    inner join classifications
        on staff_schools.source_id = classifications.source_id
        and staff_schools.classification = classifications.code
),

-- Who leads the agency but is assigned to a school leads it by the agency that employs them.
employing_leas as (
    select distinct employments.staff_key, leas.lea_key
    from employments
    inner join leas
        on employments.source_id = leas.source_id
        and employments.education_organization_id = leas.lea_id
    inner join current_staff on employments.staff_key = current_staff.staff_key
    where employments.end_date is null
        or employments.end_date >= current_staff.as_of_date
),

lea_leaders as (
    select
        leaders.staff_key,
        leaders.email,
        leaders.classification,
        coalesce(employing_leas.lea_key, leaders.lea_key) as lea_key,
        leaders.begin_date,
        leaders.end_date,
        leaders.last_modified_at
    from leaders
    left join employing_leas
        on leaders.staff_key = employing_leas.staff_key
        and leaders.school_key is not null
    where leaders.scope = 'lea'
        and (leaders.school_key is null or employing_leas.lea_key is not null)
),

school_leaders as (
    select
        leaders.*,
        coalesce(schools.school_xyear_key, leaders.school_key) as any_year_school_key,
        schools.school_name
    from leaders
    left join schools on leaders.school_key = schools.school_key
    where leaders.school_key is not null
),

enrolled as (
    select
        enrollments.student_key,
        enrollments.source_id,
        enrollments.school_year,
        enrollments.lea_key,
        coalesce(schools.school_xyear_key, enrollments.school_key) as any_year_school_key,
        max(enrollments.last_modified_at) as last_modified_at
    from enrollments
    left join schools on enrollments.school_key = schools.school_key
    group by
        enrollments.student_key,
        enrollments.source_id,
        enrollments.school_year,
        enrollments.lea_key,
        any_year_school_key
),

grants as (
    select
        enrolled.student_key,
        lea_leaders.email,
        'lea' as scope,
        1 as scope_order,
        concat(lea_leaders.classification, ' of ', coalesce(leas.lea_name, 'the agency')) as reason,
        lea_leaders.staff_key,
        enrolled.source_id,
        enrolled.school_year,
        lea_leaders.begin_date,
        lea_leaders.end_date,
        greatest(enrolled.last_modified_at, lea_leaders.last_modified_at) as last_modified_at
    from lea_leaders
    inner join enrolled on lea_leaders.lea_key = enrolled.lea_key
    left join leas on lea_leaders.lea_key = leas.lea_key
    union all
    select
        enrolled.student_key,
        school_leaders.email,
        'school' as scope,
        2 as scope_order,
        concat(school_leaders.classification, ' of ', coalesce(school_leaders.school_name, 'the school')) as reason,
        school_leaders.staff_key,
        enrolled.source_id,
        enrolled.school_year,
        school_leaders.begin_date,
        school_leaders.end_date,
        greatest(enrolled.last_modified_at, school_leaders.last_modified_at) as last_modified_at
    from school_leaders
    inner join enrolled on school_leaders.any_year_school_key = enrolled.any_year_school_key
    union all
    select
        student_sections.student_key,
        current_staff.email,
        'section' as scope,
        3 as scope_order,
        concat(
            coalesce(staff_sections.position, 'Staff'),
            ' of section ', coalesce(sections.section_identifier, 'unknown'),
            coalesce(concat(' of ', schools.school_name), '')
        ) as reason,
        current_staff.staff_key,
        student_sections.source_id,
        student_sections.school_year,
        greatest(staff_sections.begin_date, student_sections.begin_date) as begin_date,
        least(
            coalesce(staff_sections.end_date, student_sections.end_date),
            coalesce(student_sections.end_date, staff_sections.end_date)
        ) as end_date,
        greatest(
            student_sections.last_modified_at,
            staff_sections.last_modified_at,
            current_staff.last_modified_at
        ) as last_modified_at
    from staff_sections
    inner join current_staff on staff_sections.staff_key = current_staff.staff_key
    inner join student_sections on staff_sections.section_key = student_sections.section_key
    left join sections on staff_sections.section_key = sections.section_key
    left join schools on student_sections.school_key = schools.school_key
    union all
    select
        students.student_key,
        lower(trim(latest.email)) as email,
        'self' as scope,
        4 as scope_order,
        'Own data' as reason,
        cast(null as string) as staff_key,
        students.source_id,
        students.school_year,
        cast(null as date) as begin_date,
        cast(null as date) as end_date,
        greatest(students.last_modified_at, latest.last_modified_at) as last_modified_at
    from students
    inner join students as latest on students.student_xyear_key = latest.student_xyear_key
    where latest.is_latest
        and trim(latest.email) != ''
),

final as (
    select
        student_key,
        email,
        scope,
        reason,
        staff_key,
        source_id,
        school_year,
        begin_date,
        end_date,
        last_modified_at
    from grants
    where student_key is not null
    qualify row_number() over (
        partition by student_key, email
        order by scope_order, begin_date, reason, end_date desc, staff_key
    ) = 1
)

select * from final
