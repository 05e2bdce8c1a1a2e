/* model
description: >-
  One row per current pupil of an iSAMS school: the Ed-Fi student whose id is one of the pupil's. Those without one are
  listed too.
materialize: table
key: [isams_student_key]
cluster: [source_id, school_year]
columns:
  isams_student_key: {type: STRING, description: Key of the pupil.}
  source_id: {type: STRING, description: The configured source of the pupil.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  student_xyear_key:
    type: STRING
    description: "Key of the Ed-Fi student through the years; NULL where there is none, or several."
  student_key:
    type: STRING
    description: "Key of the Ed-Fi student in this school year; NULL where the student is not in it."
  matched_by:
    type: STRING
    description: "Which of the pupil's ids it is: school_id, unique_pupil_number or school_code."
  match_status: {type: STRING, description: "matched, ambiguous or unmatched."}
  is_matched: {type: BOOL, description: Whether exactly one was found.}
tests:
  - not_null: [source_id, school_year, match_status, is_matched]
  - accepted_values: {column: match_status, values: [matched, ambiguous, unmatched]}
  - accepted_values: {column: matched_by, values: [school_id, unique_pupil_number, school_code]}
  - relationship: {column: isams_student_key, to: marts.dim_isams_student}
*/
with pupils as (
    select
        isams_student_key,
        source_id,
        school_year,
        isams_school_id,
        unique_pupil_number,
        school_code
    from marts.dim_isams_student
),

-- The pupil's ids in the order in which they are believed.
pupil_ids as (
    select pupils.isams_student_key, pupils.school_year, item.id_kind, item.place, lower(trim(item.id)) as id
    from pupils
    cross join unnest([
        struct('school_id' as id_kind, 1 as place, isams_school_id as id),
        ('unique_pupil_number', 2, unique_pupil_number),
        ('school_code', 3, school_code)
    ]) as item
    where trim(item.id) != ''
),

students as (
    select
        student_key,
        student_xyear_key,
        school_year,
        lower(trim(student_unique_id)) as id
    from marts.dim_student
    where student_unique_id is not null
),

found as (
    select
        pupil_ids.isams_student_key,
        pupil_ids.id_kind,
        pupil_ids.place,
        count(distinct students.student_xyear_key) as found_count,
        min(students.student_xyear_key) as student_xyear_key,
        min(if(students.school_year = pupil_ids.school_year, students.student_key, null)) as student_key
    from pupil_ids
    join students on students.id = pupil_ids.id
    group by pupil_ids.isams_student_key, pupil_ids.id_kind, pupil_ids.place
),

first_found as (
    select *
    from found
    where true
    qualify row_number() over (partition by isams_student_key order by place) = 1
),

final as (
    select
        pupils.isams_student_key,
        pupils.source_id,
        pupils.school_year,
        if(first_found.found_count = 1, first_found.student_xyear_key, null) as student_xyear_key,
        if(first_found.found_count = 1, first_found.student_key, null) as student_key,
        first_found.id_kind as matched_by,
        case
            when first_found.found_count is null then 'unmatched'
            when first_found.found_count > 1 then 'ambiguous'
            else 'matched'
        end as match_status,
        coalesce(first_found.found_count = 1, false) as is_matched
    from pupils
    left join first_found on first_found.isams_student_key = pupils.isams_student_key
)

select * from final
