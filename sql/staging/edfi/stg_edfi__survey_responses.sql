/* model
description: >-
  One row per live record of survey responses in the Ed-Fi API, typed. Responses to a Survey for named or anonymous
  persons.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  survey_response_key:
    type: STRING
    description: >-
      Key of the row: source_id, namespace, survey_identifier, survey_response_identifier.
  contact_key: {type: STRING, description: "Key of the contact: source_id, school_year, contact_unique_id."}
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  survey_key: {type: STRING, description: "Key of the survey: source_id, namespace, survey_identifier."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  survey_response_identifier:
    type: STRING
    description: The identifier of the survey typically from the survey application.
  contact_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a contact.}
  person_id: {type: STRING, description: A unique alphanumeric code assigned to a person.}
  source_system:
    type: STRING
    description: This descriptor defines the originating record source system for the person.
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  namespace: {type: STRING, description: Namespace for the survey.}
  survey_identifier: {type: STRING, description: The unique survey identifier from the survey tool.}
  electronic_mail_address: {type: STRING, description: Email address of the respondent., pii: true}
  full_name: {type: STRING, description: Full name of the respondent., pii: true}
  location: {type: STRING, description: "Location of the respondent, often a city, district, or school."}
  response_date: {type: DATE, description: Date of the survey response.}
  response_time:
    type: INT64
    description: The amount of time in seconds it took for the respondent to complete the survey.
  survey_levels:
    type: JSON
    description: Provides information about the respondents of a survey and how they can be grouped together.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: survey_response_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.survey_responses
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.surveyResponseIdentifier') as survey_response_identifier,
        coalesce(
            json_value(data, '$.contactReference.contactUniqueId'),
            json_value(data, '$.parentReference.parentUniqueId')
        ) as contact_unique_id,
        json_value(data, '$.personReference.personId') as person_id,
        regexp_extract(json_value(data, '$.personReference.sourceSystemDescriptor'), r'[^#]*$') as source_system,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        json_value(data, '$.surveyReference.namespace') as namespace,
        json_value(data, '$.surveyReference.surveyIdentifier') as survey_identifier,
        json_value(data, '$.electronicMailAddress') as electronic_mail_address,
        json_value(data, '$.fullName') as full_name,
        json_value(data, '$.location') as location,
        safe_cast(substr(json_value(data, '$.responseDate'), 1, 10) as date) as response_date,
        safe_cast(json_value(data, '$.responseTime') as int64) as response_time,
        json_query(data, '$.surveyLevels') as survey_levels,
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
            '\u001f', lower(trim(cast(survey_identifier as string))),
            '\u001f', lower(trim(cast(survey_response_identifier as string)))
        ))) as survey_response_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(contact_unique_id as string)))
        ))) as contact_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(survey_identifier as string)))
        ))) as survey_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
