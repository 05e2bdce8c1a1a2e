/* model
description: >-
  One row per student and test of students that the student fails, for the clerk of the school.
materialize: table
key: [test_id, entity_key]
cluster: [source_id, school_key, test_id]
columns:
  test_id: {type: STRING, description: What was tested.}
  severity: {type: STRING, description: "error (figures are wrong), warn (figures may be wrong) or info."}
  model: {type: STRING, description: The model that holds the entity.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the entity.}
  school_key: {type: STRING, description: School that can mend it; NULL where none is known.}
  entity_key: {type: STRING, description: Key of the entity in its model.}
  entity_label: {type: STRING, description: What a clerk looks for in the student information system.}
  detail: {type: STRING, description: What is wrong.}
  first_seen_at:
    type: TIMESTAMP
    description: When the record behind it was last changed; findings keep no history of their own.
tests:
  - not_null: [severity, model, source_id, school_year, entity_label, detail]
  - accepted_values: {column: severity, values: [error, warn, info]}
  - volume: {min_share: 0}
*/
with students as (
    select * from marts.dim_student
),

enrollments as (
    select * from marts.fct_student_school where is_valid
),

contacts as (
    select student_key, contact_key, primary_contact_status from staging.stg_edfi__student_contact_associations
    union all
    select student_key, contact_key, primary_contact_status from staging.stg_edfi__student_parent_associations
),

enrolled_students as (
    select distinct student_key from enrollments
),

namesakes as (
    select
        *,
        concat(
            source_id,
            '\u001f', lower(trim(first_name)),
            '\u001f', lower(trim(last_name)),
            '\u001f', cast(birth_date as string)
        ) as person
    from students
    where is_latest
),

-- One person who was given two ids: attendance, grades and programs of the child lie in two places.
same_persons as (
    select
        one.student_key,
        string_agg(another.student_unique_id, ', ' order by another.student_unique_id) as others
    from namesakes as one
    inner join namesakes as another
        on one.person = another.person
        and one.student_xyear_key != another.student_xyear_key
    group by one.student_key
),

primary_contacts as (
    select student_key, count(distinct contact_key) as contact_count
    from contacts
    where primary_contact_status
    group by student_key
    having count(distinct contact_key) > 1
),

findings as (
    select
        students.*,
        'student_without_demographics' as test_id,
        'warn' as severity,
        'Enrolled, but no organization reports demographics' as detail
    from students
    inner join enrolled_students on students.student_key = enrolled_students.student_key
    where students.demographic_org_id is null
    union all
    select
        students.*,
        'student_with_two_ids' as test_id,
        'warn' as severity,
        concat('Has the name and the birth date of student ', same_persons.others) as detail
    from students
    inner join same_persons on students.student_key = same_persons.student_key
    union all
    select
        students.*,
        'student_with_several_primary_contacts' as test_id,
        'warn' as severity,
        concat(cast(primary_contacts.contact_count as string), ' contacts are the primary contact') as detail
    from students
    inner join primary_contacts on students.student_key = primary_contacts.student_key
),

final as (
    select
        test_id,
        severity,
        'marts.dim_student' as model,
        source_id,
        school_year,
        primary_school_key as school_key,
        student_key as entity_key,
        concat('Student ', student_unique_id) as entity_label,
        detail,
        last_modified_at as first_seen_at
    from findings
)

select * from final
