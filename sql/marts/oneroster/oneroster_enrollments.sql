/* model
description: >-
  The file enrollments.csv of OneRoster 1.1: who is or will be in a class of the current school year, of the users of
  users.csv. Days of the end are the first that do not belong to it, as OneRoster has them.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: "student_section_key; of section, staff and begin for staff."}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  classSourcedId: {type: STRING, description: The class.}
  schoolSourcedId: {type: STRING, description: The school.}
  userSourcedId: {type: STRING, description: The user.}
  role: {type: STRING, description: "student, teacher or aide."}
  primary: {type: BOOL, description: Whether the teacher leads the class; NULL for others.}
  beginDate: {type: DATE, description: First day.}
  endDate: {type: DATE, description: The day after the last; NULL while it is open.}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

classes as (
    select * from marts.oneroster_classes
),

users as (
    select * from marts.oneroster_users
),

students as (
    select * from marts.dim_student
),

staff as (
    select * from marts.dim_staff
),

student_sections as (
    select * from marts.fct_student_section
),

staff_sections as (
    select * from marts.bridge_staff_group
),

memberships as (
    select
        student_sections.source_id,
        student_sections.school_year,
        student_sections.student_section_key as sourced_id,
        student_sections.section_key,
        students.student_xyear_key as user_sourced_id,
        'student' as role,
        cast(null as bool) as is_primary,
        student_sections.begin_date,
        student_sections.end_date
    from student_sections
    join students on students.student_key = student_sections.student_key
    union all
    select
        staff_sections.source_id,
        staff_sections.school_year,
        to_hex(md5(concat(
            staff_sections.section_key,
            '\u001f', staff_sections.staff_key,
            '\u001f', coalesce(cast(staff_sections.begin_date as string), '')
        ))) as sourced_id,
        staff_sections.section_key,
        concat('staff-', staff.staff_xyear_key) as user_sourced_id,
        if(lower(coalesce(staff_sections.position, '')) like '%teacher%', 'teacher', 'aide') as role,
        if(lower(coalesce(staff_sections.position, '')) like '%teacher%', staff_sections.is_lead, null)
            as is_primary,
        staff_sections.begin_date,
        staff_sections.end_date
    from staff_sections
    join staff on staff.staff_key = staff_sections.staff_key
),

-- Readers of OneRoster refuse a file whose references lead nowhere: a row without its class or user is left out.
final as (
    select
        memberships.source_id,
        memberships.sourced_id as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        memberships.section_key as classSourcedId,
        classes.schoolSourcedId,
        memberships.user_sourced_id as userSourcedId,
        memberships.role,
        memberships.is_primary as `primary`,
        memberships.begin_date as beginDate,
        date_add(least(memberships.end_date, date '9999-12-30'), interval 1 day) as endDate
    from memberships
    join years
        on years.source_id = memberships.source_id
        and years.school_year = memberships.school_year
        and coalesce(memberships.end_date >= years.as_of_date, true)
    join classes on classes.sourcedId = memberships.section_key
    join users on users.sourcedId = memberships.user_sourced_id
)

select * from final
