/* model
description: >-
  The file users.csv of OneRoster 1.1: the students enrolled, the active staff, and the contacts of these students
  who have no restrictions. A user without a school is in no file.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: "student_xyear_key, staff_xyear_key after staff-, or contact_key."}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  enabledUser: {type: BOOL, description: Always true.}
  orgSourcedIds: {type: STRING, description: "Schools and agencies, with commas between."}
  role: {type: STRING, description: "student, teacher, administrator, aide, parent, guardian or relative."}
  username: {type: STRING, description: Address; without one the id in Ed-Fi., pii: true}
  userIds: {type: STRING, description: Id in Ed-Fi with its kind., pii: true}
  givenName: {type: STRING, description: First name., pii: true}
  familyName: {type: STRING, description: Last name., pii: true}
  middleName: {type: STRING, description: Middle name., pii: true}
  identifier: {type: STRING, description: Id in Ed-Fi., pii: true}
  email: {type: STRING, description: Address., pii: true}
  sms: {type: STRING, description: Mobile number of a contact., pii: true}
  phone: {type: STRING, description: Number., pii: true}
  agentSourcedIds:
    type: STRING
    description: "Contacts of a student, students of a contact, with commas between."
    pii: true
  grades: {type: STRING, description: "Grade level of a student: IT, PK, KG or 01 to 13."}
  password: {type: STRING, description: Always NULL.}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

schools as (
    select * from marts.dim_school
),

enrollments as (
    select * from marts.fct_student_school where is_active
),

staff_schools as (
    select * from marts.fct_staff_school where is_active
),

staff_sections as (
    select * from marts.bridge_staff_group where is_active
),

staff_access as (
    select * from ref.staff_access
),

students as (
    select students.*
    from marts.dim_student as students
    join years on years.source_id = students.source_id and years.school_year = students.school_year
    where students.is_enrolled
),

staff as (
    select staff.*
    from marts.dim_staff as staff
    join years on years.source_id = staff.source_id and years.school_year = staff.school_year
    where staff.is_active
),

contacts as (
    select * from marts.dim_contact
),

student_contacts as (
    select bridge.*, students.student_xyear_key as student_sourced_id
    from marts.bridge_student_contact as bridge
    join students on students.student_key = bridge.student_key
    join contacts on contacts.contact_key = bridge.contact_key
    where not coalesce(bridge.has_restrictions, false)
),

student_orgs as (
    select
        enrollments.student_key,
        string_agg(distinct schools.school_xyear_key, ',' order by schools.school_xyear_key) as orgs
    from enrollments
    join schools on schools.school_key = enrollments.school_key
    group by enrollments.student_key
),

assigned_orgs as (
    select staff_schools.staff_key, coalesce(schools.school_xyear_key, staff_schools.lea_key) as org
    from staff_schools
    left join schools on schools.school_key = staff_schools.school_key
    union distinct
    select staff_sections.staff_key, schools.school_xyear_key as org
    from staff_sections
    join marts.dim_section as sections on sections.section_key = staff_sections.section_key
    join schools on schools.school_key = sections.school_key
),

staff_orgs as (
    select staff_key, string_agg(org, ',' order by org) as orgs
    from assigned_orgs
    where org is not null
    group by staff_key
),

administrators as (
    select distinct staff_schools.staff_key
    from staff_schools
    join staff_access
        on staff_access.source_id in (staff_schools.source_id, '*')
        and lower(staff_access.code) = lower(trim(staff_schools.classification))
),

teachers as (
    select distinct staff_key from staff_sections where lower(coalesce(position, '')) like '%teacher%'
),

agents_of_students as (
    select student_key, string_agg(distinct contact_key, ',' order by contact_key) as agents
    from student_contacts
    group by student_key
),

contact_schools as (
    select distinct student_contacts.contact_key, schools.school_xyear_key
    from student_contacts
    join enrollments on enrollments.student_key = student_contacts.student_key
    join schools on schools.school_key = enrollments.school_key
),

contact_orgs as (
    select contact_key, string_agg(school_xyear_key, ',' order by school_xyear_key) as orgs
    from contact_schools
    where school_xyear_key is not null
    group by contact_key
),

contact_roles as (
    select
        contact_key,
        string_agg(distinct student_sourced_id, ',' order by student_sourced_id) as agents,
        case
            when countif(lower(relation) in ('mother', 'father', 'parent') or lower(relation) like '%, step') > 0
                then 'parent'
            when countif(is_legal_guardian) > 0 or countif(lower(relation) like '%guardian%') > 0 then 'guardian'
            when countif(lower(relation) = 'foster parent') > 0 then 'guardian'
            else 'relative'
        end as role
    from student_contacts
    group by contact_key
),

final as (
    select
        students.source_id,
        students.student_xyear_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        true as enabledUser,
        student_orgs.orgs as orgSourcedIds,
        'student' as role,
        coalesce(students.email, students.student_unique_id) as username,
        concat('{studentUniqueId:', students.student_unique_id, '}') as userIds,
        students.first_name as givenName,
        students.last_name as familyName,
        students.middle_name as middleName,
        students.student_unique_id as identifier,
        students.email,
        cast(null as string) as sms,
        students.phone,
        agents_of_students.agents as agentSourcedIds,
        case
            when students.grade_level_order < -1 then 'IT'
            when students.grade_level_order = -1 then 'PK'
            when students.grade_level_order = 0 then 'KG'
            when students.grade_level_order <= 13 then lpad(cast(students.grade_level_order as string), 2, '0')
        end as grades,
        cast(null as string) as password
    from students
    join student_orgs on student_orgs.student_key = students.student_key
    left join agents_of_students on agents_of_students.student_key = students.student_key
    union all
    select
        staff.source_id,
        -- Staff and students may have the same ids, and these are people of one file.
        concat('staff-', staff.staff_xyear_key) as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        true as enabledUser,
        staff_orgs.orgs as orgSourcedIds,
        case
            when administrators.staff_key is not null then 'administrator'
            when teachers.staff_key is not null or staff.is_teacher then 'teacher'
            else 'aide'
        end as role,
        coalesce(staff.email, staff.staff_unique_id) as username,
        concat('{staffUniqueId:', staff.staff_unique_id, '}') as userIds,
        staff.first_name as givenName,
        staff.last_name as familyName,
        staff.middle_name as middleName,
        staff.staff_unique_id as identifier,
        staff.email,
        cast(null as string) as sms,
        cast(null as string) as phone,
        cast(null as string) as agentSourcedIds,
        cast(null as string) as grades,
        cast(null as string) as password
    from staff
    join staff_orgs on staff_orgs.staff_key = staff.staff_key
    left join administrators on administrators.staff_key = staff.staff_key
    left join teachers on teachers.staff_key = staff.staff_key
    union all
    select
        contacts.source_id,
        contacts.contact_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        true as enabledUser,
        contact_orgs.orgs as orgSourcedIds,
        contact_roles.role,
        coalesce(contacts.email, contacts.contact_unique_id) as username,
        concat('{contactUniqueId:', contacts.contact_unique_id, '}') as userIds,
        contacts.first_name as givenName,
        contacts.last_name as familyName,
        contacts.middle_name as middleName,
        contacts.contact_unique_id as identifier,
        contacts.email,
        contacts.phone_mobile as sms,
        contacts.phone,
        contact_roles.agents as agentSourcedIds,
        cast(null as string) as grades,
        cast(null as string) as password
    from contacts
    join contact_roles on contact_roles.contact_key = contacts.contact_key
    join contact_orgs on contact_orgs.contact_key = contacts.contact_key
)

select * from final
