/* model
description: >-
  One row per live record of locations in the Ed-Fi API, typed. This entity represents the physical space where students
  gather for a particular class/section.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  location_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, classroom_identification_code.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  classroom_identification_code:
    type: STRING
    description: >-
      A unique number or alphanumeric code assigned to a room by a school, school system, state, or other agency or
      entity.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  maximum_number_of_seats: {type: INT64, description: The most number of seats the class can maintain.}
  optimal_number_of_seats: {type: INT64, description: The number of seats that is most favorable to the class.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: location_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.locations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.classroomIdentificationCode') as classroom_identification_code,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        safe_cast(json_value(data, '$.maximumNumberOfSeats') as int64) as maximum_number_of_seats,
        safe_cast(json_value(data, '$.optimalNumberOfSeats') as int64) as optimal_number_of_seats,
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
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(classroom_identification_code as string)))
        ))) as location_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
