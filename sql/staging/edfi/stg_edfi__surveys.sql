/* model
description: >-
  One row per live record of surveys in the Ed-Fi API, typed. A survey to identified or anonymous respondents.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  survey_key: {type: STRING, description: "Key of the row: source_id, namespace, survey_identifier."}
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  namespace: {type: STRING, description: Namespace for the survey.}
  survey_identifier: {type: STRING, description: The unique survey identifier from the survey tool.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  reported_school_year: {type: INT64, description: Key for School Year}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  number_administered: {type: INT64, description: Number of persons to whom this survey was administered.}
  survey_category: {type: STRING, description: The category or type of survey.}
  survey_title: {type: STRING, description: The title of the survey.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: survey_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.surveys
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.namespace') as namespace,
        json_value(data, '$.surveyIdentifier') as survey_identifier,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(
            coalesce(
                json_value(data, '$.schoolYearTypeReference.schoolYear'),
                json_value(data, '$.sessionReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        safe_cast(json_value(data, '$.sessionReference.schoolId') as int64) as school_id,
        json_value(data, '$.sessionReference.sessionName') as session_name,
        safe_cast(json_value(data, '$.numberAdministered') as int64) as number_administered,
        regexp_extract(json_value(data, '$.surveyCategoryDescriptor'), r'[^#]*$') as survey_category,
        json_value(data, '$.surveyTitle') as survey_title,
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
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string)))
        ))) as survey_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        typed.*
    from typed
)

select * from final
