/* model
description: >-
  One row per user in Canvas: the Ed-Fi student who has the SIS id. Those without one are listed too.
materialize: table
key: [lms_user_key]
cluster: [source_id]
columns:
  lms_user_key: {type: STRING, description: "Key of the row: source_id, lms_user_id."}
  source_id: {type: STRING, description: The configured source.}
  lms_user_id: {type: STRING, description: Id of the user in Canvas., pii: true}
  sis_user_id: {type: STRING, description: "Id of the person in the school's own system.", pii: true}
  student_xyear_key:
    type: STRING
    description: "Key of the Ed-Fi student through the years; NULL where there is none, or several."
  match_status: {type: STRING, description: "matched, ambiguous, unmatched, or no SIS id."}
  is_matched: {type: BOOL, description: Whether exactly one was found.}
tests:
  - not_null: [source_id, match_status, is_matched]
  - accepted_values: {column: match_status, values: [matched, ambiguous, unmatched, no SIS id]}
*/
with records as (
    select source_id, lms_id as lms_user_id, sis_user_id
    from staging.stg_canvas__users
    where lms_id is not null
),

found as (
    select
        student_unique_id as sis_id,
        count(distinct student_xyear_key) as found_count,
        min(student_xyear_key) as student_xyear_key
    from marts.dim_student
    where student_unique_id is not null
    group by student_unique_id
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(records.source_id as string))),
            '\u001f', lower(trim(cast(records.lms_user_id as string)))
        ))) as lms_user_key,
        records.source_id,
        records.lms_user_id,
        records.sis_user_id,
        if(found.found_count = 1, found.student_xyear_key, null) as student_xyear_key,
        case
            when coalesce(records.sis_user_id, '') = '' then 'no SIS id'
            when found.found_count is null then 'unmatched'
            when found.found_count > 1 then 'ambiguous'
            else 'matched'
        end as match_status,
        coalesce(found.found_count = 1, false) as is_matched
    from records
    left join found on found.sis_id = records.sis_user_id
)

select * from final
