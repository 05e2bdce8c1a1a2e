/* model
description: >-
  One row per live record of discipline incidents in the Ed-Fi API, typed. This event entity represents an occurrence of
  an infraction ranging from a minor behavioral problem that disrupts the orderly functioning of a school or classroom
  (such as tardiness) to a criminal act that results in the involvement of…
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  discipline_incident_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, incident_identifier.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
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
  case_number:
    type: STRING
    description: The case number assigned to the DisciplineIncident by law enforcement or other organization.
  incident_cost:
    type: NUMERIC
    description: The value of any quantifiable monetary loss directly resulting from the discipline incident.
  incident_date: {type: DATE, description: "The month, day, and year on which the discipline incident occurred."}
  incident_description: {type: STRING, description: The description for an incident.}
  incident_location:
    type: STRING
    description: Identifies where the discipline incident occurred and whether or not it occurred on school.
  incident_time: {type: TIME, description: An indication of the time of day the incident took place.}
  reported_to_law_enforcement:
    type: BOOL
    description: Indicator of whether the incident was reported to law enforcement.
  reporter_description:
    type: STRING
    description: Information on the type of individual who reported the discipline incident.
  reporter_name: {type: STRING, description: Identifies the reporter of the discipline incident by name., pii: true}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  behaviors: {type: JSON, description: Describes behavior by category and provides a detailed description.}
  external_participants:
    type: JSON
    description: Information on an individual involved in the discipline incident.
    pii: true
  weapons: {type: JSON, description: Identifies the type of weapon used during an incident.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: discipline_incident_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.discipline_incidents
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.incidentIdentifier') as incident_identifier,
        safe_cast(json_value(data, '$.schoolReference.schoolId') as int64) as school_id,
        json_value(data, '$.caseNumber') as case_number,
        safe_cast(json_value(data, '$.incidentCost') as numeric) as incident_cost,
        safe_cast(substr(json_value(data, '$.incidentDate'), 1, 10) as date) as incident_date,
        json_value(data, '$.incidentDescription') as incident_description,
        regexp_extract(json_value(data, '$.incidentLocationDescriptor'), r'[^#]*$') as incident_location,
        safe_cast(regexp_extract(json_value(data, '$.incidentTime'), r'\d{2}:\d{2}:\d{2}') as time) as incident_time,
        lax_bool(json_query(data, '$.reportedToLawEnforcement')) as reported_to_law_enforcement,
        regexp_extract(json_value(data, '$.reporterDescriptionDescriptor'), r'[^#]*$') as reporter_description,
        json_value(data, '$.reporterName') as reporter_name,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        json_query(data, '$.behaviors') as behaviors,
        json_query(data, '$.externalParticipants') as external_participants,
        json_query(data, '$.weapons') as weapons,
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
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as discipline_incident_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
