/* model
description: >-
  One row per live record of race descriptors in the Ed-Fi API, typed. Codes of the Ed-Fi code list raceDescriptor.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  race_descriptor_key: {type: STRING, description: "Key of the row: source_id, school_year, namespace, code_value."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  namespace: {type: STRING, description: "Namespace of the code list, which says who defined it."}
  code_value: {type: STRING, description: The code.}
  short_description: {type: STRING, description: Short description of the code.}
  description: {type: STRING, description: Description of the code.}
  effective_begin_date: {type: DATE, description: First day on which the code may be used.}
  effective_end_date: {type: DATE, description: Last day on which the code may be used.}
  race_descriptor_id: {type: INT64, description: Number of the code in its ODS.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: race_descriptor_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.race_descriptors
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.namespace') as namespace,
        json_value(data, '$.codeValue') as code_value,
        json_value(data, '$.shortDescription') as short_description,
        json_value(data, '$.description') as description,
        safe_cast(substr(json_value(data, '$.effectiveBeginDate'), 1, 10) as date) as effective_begin_date,
        safe_cast(substr(json_value(data, '$.effectiveEndDate'), 1, 10) as date) as effective_end_date,
        safe_cast(json_value(data, '$.raceDescriptorId') as int64) as race_descriptor_id,
        json_query(data, '$._ext') as extensions,
        coalesce(
            safe_cast(regexp_replace(json_value(data, '$._lastModifiedDate'), r'([.]\d{6})\d+', r'\1') as timestamp),
            extracted_at
        ) as last_modified_at
    from records
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(code_value as string)))
        ))) as race_descriptor_key,
        typed.*
    from typed
)

select * from final
