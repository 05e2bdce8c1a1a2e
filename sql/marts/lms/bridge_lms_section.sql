/* model
description: >-
  One row per section in Canvas: the Ed-Fi section that has its SIS id. Those without one are listed too.
materialize: table
key: [lms_section_key]
cluster: [source_id]
columns:
  lms_section_key: {type: STRING, description: "Key of the row: source_id, lms_section_id."}
  source_id: {type: STRING, description: The configured source.}
  lms_section_id: {type: STRING, description: Id of the section in Canvas.}
  sis_section_id: {type: STRING, description: "Id of the section in the school's own system."}
  section_key:
    type: STRING
    description: "Key of the Ed-Fi section whose identifier it is; NULL where there is none, or several."
  match_status: {type: STRING, description: "matched, ambiguous, unmatched, or no SIS id."}
  is_matched: {type: BOOL, description: Whether exactly one was found.}
tests:
  - not_null: [source_id, match_status, is_matched]
  - accepted_values: {column: match_status, values: [matched, ambiguous, unmatched, no SIS id]}
*/
with records as (
    select source_id, lms_section_id, sis_section_id
    from staging.stg_canvas__sections
    where lms_section_id is not null
),

found as (
    select
        section_identifier as sis_id,
        count(distinct section_key) as found_count,
        min(section_key) as section_key
    from marts.dim_section
    where section_identifier is not null
    group by section_identifier
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(records.source_id as string))),
            '\u001f', lower(trim(cast(records.lms_section_id as string)))
        ))) as lms_section_key,
        records.source_id,
        records.lms_section_id,
        records.sis_section_id,
        if(found.found_count = 1, found.section_key, null) as section_key,
        case
            when coalesce(records.sis_section_id, '') = '' then 'no SIS id'
            when found.found_count is null then 'unmatched'
            when found.found_count > 1 then 'ambiguous'
            else 'matched'
        end as match_status,
        coalesce(found.found_count = 1, false) as is_matched
    from records
    left join found on found.sis_id = records.sis_section_id
)

select * from final
