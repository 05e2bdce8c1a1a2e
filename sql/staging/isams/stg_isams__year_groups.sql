/* model
description: >-
  One row per live record of year_groups in iSAMS, typed: year groups. Days are cut from the midnights that iSAMS
  writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  assistant_tutor_id: {type: INT64, description: Assistant tutor (id).}
  average_starting_age: {type: NUMERIC, description: Average starting age.}
  census_year_group: {type: STRING, description: Census year group.}
  year_group_code: {type: STRING, description: Code.}
  email_address: {type: STRING, description: Email address.}
  isc_england_wales_year_group: {type: STRING, description: "Independent Schools Council: england wales year group."}
  isc_ireland_year_group: {type: STRING, description: "Independent Schools Council: ireland year group."}
  isc_scotland_year_group: {type: STRING, description: "Independent Schools Council: scotland year group."}
  last_updated_at: {type: TIMESTAMP, description: "When the record was last changed, by the clocks of the school."}
  year_group_name: {type: STRING, description: Name.}
  nc_year: {type: INT64, description: Year of the national curriculum; negative before reception.}
  reference: {type: STRING, description: Reference.}
  tutor_id: {type: INT64, description: Tutor (id).}
  website_address: {type: STRING, description: Website address.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [nc_year], severity: warn}
*/
with records as (
    select * from current_isams.year_groups
),

zones as (
    select records.source_id, parameters.timezone
    from (select distinct source_id from records) as records
    join ref.parameters as parameters on parameters.source_id in (records.source_id, '*')
    where true
    qualify row_number() over (partition by records.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

final as (
    select
        records.source_id,
        records.record_id as api_id,
        safe_cast(json_value(records.data, '$.assistantTutorId') as int64) as assistant_tutor_id,
        safe_cast(json_value(records.data, '$.averageStartingAge') as numeric) as average_starting_age,
        json_value(records.data, '$.censusYearGroup') as census_year_group,
        json_value(records.data, '$.code') as year_group_code,
        json_value(records.data, '$.emailAddress') as email_address,
        json_value(records.data, '$.iscEnglandWalesYearGroup') as isc_england_wales_year_group,
        json_value(records.data, '$.iscIrelandYearGroup') as isc_ireland_year_group,
        json_value(records.data, '$.iscScotlandYearGroup') as isc_scotland_year_group,
        timestamp(
            safe_cast(regexp_replace(json_value(records.data, '$.lastUpdated'), r'([.]\d{6})\d+', r'\1') as datetime),
            zones.timezone
        ) as last_updated_at,
        json_value(records.data, '$.name') as year_group_name,
        safe_cast(json_value(records.data, '$.ncYear') as int64) as nc_year,
        json_value(records.data, '$.reference') as reference,
        safe_cast(json_value(records.data, '$.tutorId') as int64) as tutor_id,
        json_value(records.data, '$.websiteAddress') as website_address,
        records.extracted_at
    from records
    left join zones on zones.source_id = records.source_id
)

select * from final
