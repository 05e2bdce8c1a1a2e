/* model
description: One row per school and school year.
materialize: table
key: [school_key]
access: everyone
cluster: [source_id, school_year]
columns:
  school_key: {type: STRING, description: "Key of the row: source_id, school_year, school_id."}
  school_xyear_key: {type: STRING, description: "Key of the school across years: source_id, school_id."}
  lea_key: {type: STRING, description: Key of the local education agency.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_id: {type: INT64, description: The school's id.}
  school_name: {type: STRING, description: Name.}
  short_name: {type: STRING, description: Short name.}
  school_type: {type: STRING, description: Type such as Regular or Alternative.}
  school_level:
    type: STRING
    description: >-
      Elementary (to grade 5), Middle (6 to 8) or High (from 9): where most of its grades are, the lower on a tie; NULL
      when no grade is known.
  lea_id: {type: INT64, description: The local education agency's id.}
  lea_name: {type: STRING, description: Name of the local education agency.}
  operational_status: {type: STRING, description: Whether it operates.}
  title_i_status: {type: STRING, description: Designation under Title I Part A.}
  magnet: {type: STRING, description: Whether it has a magnet or special program emphasis.}
  charter_status: {type: STRING, description: Whether it is a charter school.}
  administrative_funding_control: {type: STRING, description: Public or private.}
  grade_levels: {type: ARRAY<STRING>, description: "Grade levels it teaches, from the lowest."}
  lowest_grade: {type: INT64, description: "Its lowest grade; kindergarten is 0, prekindergarten -1."}
  highest_grade: {type: INT64, description: Its highest grade.}
  city: {type: STRING, description: City of its physical address; of another address if it has none.}
  state: {type: STRING, description: State of that address.}
  postal_code: {type: STRING, description: Postal code of that address.}
  latitude: {type: FLOAT64, description: Latitude of that address.}
  longitude: {type: FLOAT64, description: Longitude of that address.}
  nces_id: {type: STRING, description: Id at the National Center for Education Statistics.}
  is_latest: {type: BOOL, description: Whether this is the newest year that has the school.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - accepted_values: {column: school_level, values: [Elementary, Middle, High], severity: warn}
  - relationship: {column: lea_key, to: marts.dim_lea, min_match: 0.99, severity: warn}
*/
with schools as (
    select *
    from staging.stg_edfi__schools
    where school_key is not null
    qualify row_number() over (partition by school_key order by last_modified_at desc, api_id) = 1
),

leas as (
    select * from marts.dim_lea
),

id_systems as (
    select * from ref.id_systems where subject = 'organization' and id_kind = 'nces'
),

grades as (
    select
        schools.school_key,
        schools.source_id,
        coalesce(regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'^(.*)#'), '*') as namespace,
        regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$') as code
    from schools
    cross join unnest(json_query_array(schools.grade_levels)) as item
),

ordered_grades as (
    select grades.school_key, grades.code, map.grade_level_order
    from grades
    left join ref.grade_levels as map
        on map.source_id in (grades.source_id, '*')
        and map.namespace in (grades.namespace, '*')
        and lower(map.code) = lower(trim(grades.code))
    where grades.code is not null
    qualify row_number() over (
        partition by grades.school_key, grades.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

grade_lists as (
    select
        school_key,
        array_agg(code order by if(grade_level_order is null, 1, 0), grade_level_order, code) as grade_levels,
        min(grade_level_order) as lowest_grade,
        max(grade_level_order) as highest_grade,
        count(distinct if(grade_level_order <= 5, grade_level_order, null)) as elementary_grades,
        count(distinct if(grade_level_order between 6 and 8, grade_level_order, null)) as middle_grades,
        count(distinct if(grade_level_order >= 9, grade_level_order, null)) as high_grades
    from ordered_grades
    group by school_key
),

addresses as (
    select
        schools.school_key,
        lower(regexp_extract(json_value(item, '$.addressTypeDescriptor'), r'[^#]*$')) as address_type,
        regexp_extract(json_value(item, '$.stateAbbreviationDescriptor'), r'[^#]*$') as state,
        json_value(item, '$.city') as city,
        json_value(item, '$.postalCode') as postal_code,
        safe_cast(json_value(item, '$.latitude') as float64) as latitude,
        safe_cast(json_value(item, '$.longitude') as float64) as longitude
    from schools
    cross join unnest(json_query_array(schools.addresses)) as item
),

one_address as (
    select *
    from addresses
    where true
    qualify row_number() over (
        partition by school_key
        order by
            case address_type when 'physical' then 1 when 'mailing' then 2 else 3 end,
            address_type,
            city,
            postal_code
    ) = 1
),

codes as (
    select
        schools.school_key,
        schools.source_id,
        coalesce(
            regexp_extract(json_value(item, '$.educationOrganizationIdentificationSystemDescriptor'), r'^(.*)#'), '*'
        ) as namespace,
        regexp_extract(json_value(item, '$.educationOrganizationIdentificationSystemDescriptor'), r'[^#]*$') as code,
        json_value(item, '$.identificationCode') as identification_code
    from schools
    cross join unnest(json_query_array(schools.identification_codes)) as item
),

nces_codes as (
    select codes.school_key, codes.identification_code
    from codes
    join id_systems
        on id_systems.source_id in (codes.source_id, '*')
        and id_systems.namespace in (codes.namespace, '*')
        and lower(id_systems.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.school_key
        order by
            id_systems.priority,
            if(id_systems.source_id = '*', 1, 0),
            if(id_systems.namespace = '*', 1, 0),
            codes.identification_code
    ) = 1
),

final as (
    select
        schools.school_key,
        schools.school_xyear_key,
        schools.lea_key,
        schools.source_id,
        schools.school_year,
        schools.school_id,
        schools.name_of_institution as school_name,
        schools.short_name_of_institution as short_name,
        schools.school_type,
        case
            when grade_lists.lowest_grade is null then null
            when
                grade_lists.elementary_grades >= grade_lists.middle_grades
                and grade_lists.elementary_grades >= grade_lists.high_grades then 'Elementary'
            when grade_lists.middle_grades >= grade_lists.high_grades then 'Middle'
            else 'High'
        end as school_level,
        schools.local_education_agency_id as lea_id,
        leas.lea_name,
        schools.operational_status,
        schools.title_i_part_a_school_designation as title_i_status,
        schools.magnet_special_program_emphasis_school as magnet,
        schools.charter_status,
        schools.administrative_funding_control,
        coalesce(grade_lists.grade_levels, cast([] as array<string>)) as grade_levels,
        grade_lists.lowest_grade,
        grade_lists.highest_grade,
        one_address.city,
        one_address.state,
        one_address.postal_code,
        one_address.latitude,
        one_address.longitude,
        nces_codes.identification_code as nces_id,
        schools.school_year = max(schools.school_year) over (partition by schools.school_xyear_key) as is_latest,
        greatest(
            schools.last_modified_at, coalesce(leas.last_modified_at, schools.last_modified_at)
        ) as last_modified_at
    from schools
    left join leas on leas.lea_key = schools.lea_key
    left join grade_lists on grade_lists.school_key = schools.school_key
    left join one_address on one_address.school_key = schools.school_key
    left join nces_codes on nces_codes.school_key = schools.school_key
)

select * from final
