/* model
description: One row per room of a school and school year, with its seats and how many sections meet in it.
materialize: table
key: [location_key]
access: everyone
cluster: [source_id, school_year]
columns:
  location_key:
    type: STRING
    description: "Key of the row: source_id, school_year, school_id, classroom_identification_code."
  school_key: {type: STRING, description: Key of the school.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  school_id: {type: INT64, description: The school's id.}
  room: {type: STRING, description: Code of the room in the school.}
  maximum_seats: {type: INT64, description: How many it may seat.}
  optimal_seats: {type: INT64, description: How many it should seat.}
  section_count: {type: INT64, description: Sections of the year that meet in it.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [room, section_count]
  - range: {column: maximum_seats, min: 0, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
*/
with locations as (
    select *
    from staging.stg_edfi__locations
    where location_key is not null
    qualify row_number() over (partition by location_key order by last_modified_at desc, api_id) = 1
),

sections as (
    select * from staging.stg_edfi__sections
),

section_counts as (
    select location_key, count(distinct section_key) as section_count
    from sections
    where location_key is not null
    group by location_key
),

final as (
    select
        locations.location_key,
        locations.school_key,
        locations.source_id,
        locations.school_year,
        locations.school_id,
        locations.classroom_identification_code as room,
        locations.maximum_number_of_seats as maximum_seats,
        locations.optimal_number_of_seats as optimal_seats,
        coalesce(section_counts.section_count, 0) as section_count,
        locations.last_modified_at
    from locations
    left join section_counts on section_counts.location_key = locations.location_key
)

select * from final
