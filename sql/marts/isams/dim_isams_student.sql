/* model
description: One row per current pupil of an iSAMS school, in the school year that is now.
materialize: table
key: [isams_student_key]
cluster: [source_id, school_year]
columns:
  isams_student_key: {type: STRING, description: "Key of the row: source_id, school_year, isams_school_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) in which the marts look at the data.}
  isams_school_id: {type: STRING, description: "The pupil's key in iSAMS (schoolId).", pii: true}
  isams_id: {type: INT64, description: Id of the pupil's record in iSAMS.}
  isams_person_id: {type: INT64, description: Id of the person in iSAMS., pii: true}
  school_code: {type: STRING, description: "The pupil's number at the school.", pii: true}
  unique_pupil_number: {type: STRING, description: Unique pupil number (UPN)., pii: true}
  first_name: {type: STRING, description: First name., pii: true}
  middle_names: {type: STRING, description: Middle names., pii: true}
  last_name: {type: STRING, description: Family name., pii: true}
  preferred_name: {type: STRING, description: First name the pupil prefers., pii: true}
  display_name: {type: STRING, description: "Last name, first name.", pii: true}
  gender: {type: STRING, description: Gender., pii: true}
  birth_date: {type: DATE, description: Day of birth., pii: true}
  nc_year: {type: INT64, description: Year of the national curriculum; NULL for a pupil who is in none yet.}
  isams_year_group_key: {type: STRING, description: Key of the year group.}
  isams_division_key:
    type: STRING
    description: Key of the division; NULL where the year group has none, or several.
  form_group: {type: STRING, description: Form.}
  academic_house: {type: STRING, description: House.}
  boarding_house: {type: STRING, description: House in which the pupil boards.}
  boarding_status: {type: STRING, description: Whether the pupil boards.}
  enrolment_date: {type: DATE, description: First day at the school.}
  leaving_date: {type: DATE, description: Last day at the school.}
  nationalities: {type: ARRAY<STRING>, description: "Nationalities, in their order.", pii: true}
  languages: {type: ARRAY<STRING>, description: "Languages, in their order.", pii: true}
  tutor_employee_id: {type: INT64, description: The tutor (id in iSAMS).}
  tutor_staff_code: {type: STRING, description: Code by which the school calls the tutor., pii: true}
  tutor_name: {type: STRING, description: "Last name, first name of the tutor.", pii: true}
  family_id: {type: INT64, description: Id that siblings share., pii: true}
  enrolment_status: {type: STRING, description: Status of the enrolment as iSAMS has it.}
  system_status: {type: STRING, description: "Status in the system: 1 current, 0 applicant, -1 former."}
  is_current: {type: BOOL, description: Whether the pupil is at the school on the day on which the marts look.}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was read if iSAMS does not say.
tests:
  - not_null: [source_id, school_year, isams_school_id, is_current]
  - relationship: {column: isams_year_group_key, to: marts.dim_isams_year_group, min_match: 0.99, severity: warn}
  - relationship: {column: isams_division_key, to: marts.dim_isams_division, min_match: 0.99, severity: warn}
*/
with students as (
    select *
    from staging.stg_isams__students
    where isams_school_id is not null
    qualify row_number() over (partition by source_id, isams_school_id order by last_updated_at desc, api_id) = 1
),

staff as (
    select
        source_id,
        isams_id,
        school_initials as staff_code,
        nullif(array_to_string([surname, coalesce(preferred_name, forename)], ', '), '') as display_name
    from staging.stg_isams__employees
    where isams_id is not null
    qualify row_number() over (partition by source_id, isams_id order by extracted_at desc, api_id) = 1
),

single_divisions as (
    select source_id, nc_year, max(isams_division_id) as isams_division_id
    from staging.stg_isams__year_group_divisions
    group by source_id, nc_year
    having count(*) = 1
),

days as (
    select
        sources.source_id,
        parameters.as_of_date,
        extract(year from parameters.as_of_date)
            + if(
                parameters.year_start_month > 1
                and extract(month from parameters.as_of_date) >= parameters.year_start_month,
                1,
                0
            ) as school_year
    from (select distinct source_id from students) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

placed as (
    select
        students.*,
        students.year_group as nc_year,
        days.school_year,
        days.as_of_date,
        single_divisions.isams_division_id,
        staff.staff_code as tutor_staff_code,
        staff.display_name as tutor_name
    from students
    join days on days.source_id = students.source_id
    left join staff
        on staff.source_id = students.source_id
        and staff.isams_id = students.tutor_employee_id
    left join single_divisions
        on single_divisions.source_id = students.source_id
        and single_divisions.nc_year = students.year_group
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(isams_school_id as string)))
        ))) as isams_student_key,
        source_id,
        school_year,
        isams_school_id,
        isams_id,
        person_id as isams_person_id,
        school_code,
        unique_pupil_number,
        forename as first_name,
        middle_names,
        surname as last_name,
        preferred_name,
        concat(surname, ', ', forename) as display_name,
        gender,
        birth_date,
        nc_year,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(nc_year as string)))
        ))) as isams_year_group_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(isams_division_id as string)))
        ))) as isams_division_key,
        form_group,
        academic_house,
        boarding_house,
        boarding_status,
        enrolment_date,
        leaving_date,
        array(
            select json_value(item)
            from unnest(json_query_array(nationalities)) as item with offset as position
            where json_value(item) is not null
            order by position
        ) as nationalities,
        array(
            select json_value(item)
            from unnest(json_query_array(languages)) as item with offset as position
            where json_value(item) is not null
            order by position
        ) as languages,
        tutor_employee_id,
        tutor_staff_code,
        tutor_name,
        family_id,
        enrolment_status,
        system_status,
        coalesce(enrolment_date <= as_of_date, true) and coalesce(leaving_date >= as_of_date, true) as is_current,
        coalesce(last_updated_at, extracted_at) as last_modified_at
    from placed
)

select * from final
