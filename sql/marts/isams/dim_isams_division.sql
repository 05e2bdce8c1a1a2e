/* model
description: One row per division of an iSAMS school.
materialize: table
key: [isams_division_key]
cluster: [source_id]
columns:
  isams_division_key: {type: STRING, description: "Key of the row: source_id, isams_division_id."}
  source_id: {type: STRING, description: The configured source.}
  isams_division_id: {type: INT64, description: Id of the division in iSAMS.}
  division_code: {type: STRING, description: Code.}
  division_name: {type: STRING, description: Name.}
  nc_years: {type: ARRAY<INT64>, description: "Years of the national curriculum that it has, from the lowest."}
  year_group_count: {type: INT64, description: Year groups that it has.}
  last_modified_at: {type: TIMESTAMP, description: When the newest of its records was read.}
tests:
  - not_null: [source_id, isams_division_id, year_group_count]
*/
with divisions as (
    select * from staging.stg_isams__year_group_divisions where isams_division_id is not null and nc_year is not null
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(isams_division_id as string)))
        ))) as isams_division_key,
        source_id,
        isams_division_id,
        max(division_code) as division_code,
        max(division_name) as division_name,
        array_agg(nc_year order by nc_year) as nc_years,
        count(*) as year_group_count,
        max(extracted_at) as last_modified_at
    from divisions
    group by source_id, isams_division_id
)

select * from final
