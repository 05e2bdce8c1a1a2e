/* model
description: >-
  One row per live record of student discipline incident associations in the Ed-Fi API, typed. Deprecated: Users of this
  element are advised to use StudentDisciplineIncidentBehaviorAssociation or StudentDisciplineIncidentNon-Offender
  association instead.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_discipline_incident_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, incident_identifier.
  discipline_incident_key:
    type: STRING
    description: >-
      Key of the discipline incident: source_id, school_year, school_id, incident_identifier.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  incident_identifier:
    type: STRING
    description: >-
      A locally assigned unique identifier (within the school or school district) to identify each specific
      DisciplineIncident or occurrence.
  school_id: {type: INT64, description: The identifier assigned to a school.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  student_participation_code:
    type: STRING
    description: The role or type of participation of a student in a discipline incident.
  student_participation_code_namespace:
    type: STRING
    description: Namespace of student_participation_code, which says whose code it is.
  behaviors: {type: JSON, description: Describes behavior by category and provides a detailed description.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_discipline_incident_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_discipline_incident_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.disciplineIncidentReference.incidentIdentifier') as incident_identifier,
        safe_cast(json_value(data, '$.disciplineIncidentReference.schoolId') as int64) as school_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        regexp_extract(
            json_value(data, '$.studentParticipationCodeDescriptor'),
            r'[^#]*$'
        ) as student_participation_code,
        regexp_extract(
            json_value(data, '$.studentParticipationCodeDescriptor'),
            r'^(.*)#'
        ) as student_participation_code_namespace,
        json_query(data, '$.behaviors') as behaviors,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as student_discipline_incident_association_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as discipline_incident_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
