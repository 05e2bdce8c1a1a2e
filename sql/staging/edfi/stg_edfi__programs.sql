/* model
description: >-
  One row per live record of programs in the Ed-Fi API, typed. This entity represents any program designed to work in
  conjunction with, or as a supplement to, the main academic program.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  program_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_organization_id, program_name, program_type.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  program_name:
    type: STRING
    description: >-
      The formal name of the program of instruction, training, services, or benefits available through federal, state,
      or local agencies.
  program_type: {type: STRING, description: The type of program.}
  program_type_namespace: {type: STRING, description: "Namespace of program_type, which says whose code it is."}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  program_id:
    type: STRING
    description: >-
      A unique number or alphanumeric code assigned to a program by a school, school system, a state, or other agency or
      entity.
  characteristics:
    type: JSON
    description: Reflects important characteristics of the program, such as categories or particular indications.
  learning_standards: {type: JSON, description: Learning standard followed by this program.}
  sponsors:
    type: JSON
    description: >-
      Ultimate and intermediate providers of funds for a particular educational or service program or activity, or for
      an individual's participation in the program or activity (e.g., Federal, State, ESC, District, School, Private
      Organization).
  learning_objectives:
    type: JSON
    description: References the learning objective(s) with which the program is associated.
  services: {type: JSON, description: Defines the services this program provides to students.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: program_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.programs
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.programName') as program_name,
        regexp_extract(json_value(data, '$.programTypeDescriptor'), r'[^#]*$') as program_type,
        regexp_extract(json_value(data, '$.programTypeDescriptor'), r'^(.*)#') as program_type_namespace,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        json_value(data, '$.programId') as program_id,
        json_query(data, '$.characteristics') as characteristics,
        json_query(data, '$.learningStandards') as learning_standards,
        json_query(data, '$.sponsors') as sponsors,
        json_query(data, '$.learningObjectives') as learning_objectives,
        json_query(data, '$.services') as services,
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
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(program_name as string))),
            '\u001f', lower(trim(cast(program_type as string)))
        ))) as program_key,
        typed.*
    from typed
)

select * from final
