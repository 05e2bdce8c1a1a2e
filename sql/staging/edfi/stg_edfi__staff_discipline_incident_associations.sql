/* model
description: >-
  One row per live record of staff discipline incident associations in the Ed-Fi API, typed. This association indicates
  those staff who were victims, perpetrators, witnesses, and reporters for a discipline incident.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_discipline_incident_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, school_id, incident_identifier.
  discipline_incident_key:
    type: STRING
    description: >-
      Key of the discipline incident: source_id, school_year, school_id, incident_identifier.
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  incident_identifier:
    type: STRING
    description: >-
      A locally assigned unique identifier (within the school or school district) to identify each specific
      DisciplineIncident or occurrence.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  discipline_incident_participation_codes:
    type: JSON
    description: The role or type of participation of a student in a discipline incident.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_discipline_incident_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_discipline_incident_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.disciplineIncidentReference.incidentIdentifier') as incident_identifier,
        safe_cast(json_value(data, '$.disciplineIncidentReference.schoolId') as int64) as school_id,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        json_query(data, '$.disciplineIncidentParticipationCodes') as discipline_incident_participation_codes,
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
            '\u001f', lower(trim(cast(staff_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as staff_discipline_incident_association_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as discipline_incident_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
