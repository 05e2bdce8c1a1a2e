/* model
description: One row per live record of school year types in the Ed-Fi API, typed. Identifier for a school year.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  school_year_type_key: {type: STRING, description: "Key of the row: source_id, school_year, reported_school_year."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  reported_school_year: {type: INT64, description: Key for School Year}
  current_school_year: {type: BOOL, description: The code for the current school year.}
  school_year_description: {type: STRING, description: The description for the SchoolYear type.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: school_year_type_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.school_year_types
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(json_value(data, '$.schoolYear') as int64) as reported_school_year,
        lax_bool(json_query(data, '$.currentSchoolYear')) as current_school_year,
        json_value(data, '$.schoolYearDescription') as school_year_description,
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
            '\u001f', lower(trim(cast(reported_school_year as string)))
        ))) as school_year_type_key,
        typed.*
    from typed
)

select * from final
