/* model
description: One row per year group of an iSAMS school.
materialize: table
key: [isams_year_group_key]
cluster: [source_id]
columns:
  isams_year_group_key: {type: STRING, description: "Key of the row: source_id, nc_year."}
  source_id: {type: STRING, description: The configured source.}
  nc_year: {type: INT64, description: "Year of the national curriculum: 0 is reception, negative before it."}
  year_group_code: {type: STRING, description: Code.}
  year_group_name: {type: STRING, description: Name.}
  average_starting_age: {type: NUMERIC, description: Age at which pupils begin it on average.}
  grade_level: {type: STRING, description: "The grade of the same age in the United States."}
  grade_level_order: {type: INT64, description: "Place of that grade; kindergarten is 0, prekindergarten -1."}
  tutor_id: {type: INT64, description: Member of staff at its head (id in iSAMS).}
  head_of_year_code: {type: STRING, description: Code by which the school calls its head., pii: true}
  head_of_year_name: {type: STRING, description: "Last name, first name of its head.", pii: true}
  assistant_tutor_id: {type: INT64, description: Who stands in for the head (id in iSAMS).}
  student_count: {type: INT64, description: Current pupils in it.}
  division_count: {type: INT64, description: Divisions it has.}
  last_modified_at:
    type: TIMESTAMP
    description: When the year group was last changed; when it was read if iSAMS does not say.
tests:
  - not_null: [source_id, nc_year, student_count, division_count]
  - range: {column: nc_year, min: -5, max: 15, severity: warn}
*/
with year_groups as (
    select *
    from staging.stg_isams__year_groups
    where nc_year is not null
    qualify row_number() over (partition by source_id, nc_year order by last_updated_at desc, api_id) = 1
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

students as (
    select source_id, year_group as nc_year, count(*) as student_count
    from staging.stg_isams__students
    group by source_id, year_group
),

divisions as (
    select source_id, nc_year, count(*) as division_count
    from staging.stg_isams__year_group_divisions
    group by source_id, nc_year
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(year_groups.source_id as string))),
            '\u001f', lower(trim(cast(year_groups.nc_year as string)))
        ))) as isams_year_group_key,
        year_groups.source_id,
        year_groups.nc_year,
        year_groups.year_group_code,
        year_groups.year_group_name,
        year_groups.average_starting_age,
        case
            when year_groups.nc_year <= 0 then 'PK'
            when year_groups.nc_year = 1 then 'K'
            when year_groups.nc_year <= 13 then cast(year_groups.nc_year - 1 as string)
        end as grade_level,
        if(year_groups.nc_year <= 13, greatest(year_groups.nc_year, 0) - 1, null) as grade_level_order,
        year_groups.tutor_id,
        staff.staff_code as head_of_year_code,
        staff.display_name as head_of_year_name,
        year_groups.assistant_tutor_id,
        coalesce(students.student_count, 0) as student_count,
        coalesce(divisions.division_count, 0) as division_count,
        coalesce(year_groups.last_updated_at, year_groups.extracted_at) as last_modified_at
    from year_groups
    left join staff
        on staff.source_id = year_groups.source_id
        and staff.isams_id = year_groups.tutor_id
    left join students
        on students.source_id = year_groups.source_id
        and students.nc_year = year_groups.nc_year
    left join divisions
        on divisions.source_id = year_groups.source_id
        and divisions.nc_year = year_groups.nc_year
)

select * from final
