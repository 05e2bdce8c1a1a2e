/* model
description: One row per live record of people in the Ed-Fi API, typed. This entity represents a human being.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  person_key: {type: STRING, description: "Key of the row: source_id, school_year, source_system, person_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  person_id: {type: STRING, description: A unique alphanumeric code assigned to a person.}
  source_system:
    type: STRING
    description: This descriptor defines the originating record source system for the person.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: person_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.people
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.personId') as person_id,
        regexp_extract(json_value(data, '$.sourceSystemDescriptor'), r'[^#]*$') as source_system,
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
            '\u001f', lower(trim(cast(source_system as string))),
            '\u001f', lower(trim(cast(person_id as string)))
        ))) as person_key,
        typed.*
    from typed
)

select * from final
