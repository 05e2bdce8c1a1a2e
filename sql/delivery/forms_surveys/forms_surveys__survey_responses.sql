/* model
description: >-
  Payloads of the responses, each with the student or member of staff whose address it has.
deliver: {pipeline: forms_surveys, resource: /ed-fi/surveyResponses}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Form and id of the response in the target."}
  payload: {type: JSON, description: The document., pii: true}
*/
with responses as (
    select * from delivery.forms_surveys__responses where reason is null
),

-- Whose form is gone has no survey to belong to.
forms as (
    select * from delivery.forms_surveys__forms
),

final as (
    select
        responses.source_id,
        responses.school_year,
        concat(responses.form_id, '/', responses.survey_response_identifier) as record_key,
        to_json(struct(
            responses.survey_response_identifier as surveyResponseIdentifier,
            struct(
                responses.namespace as namespace,
                responses.form_id as surveyIdentifier
            ) as surveyReference,
            if(
                responses.student_unique_id is null,
                null,
                struct(responses.student_unique_id as studentUniqueId)
            ) as studentReference,
            if(
                responses.staff_unique_id is null,
                null,
                struct(responses.staff_unique_id as staffUniqueId)
            ) as staffReference,
            substr(responses.respondent_email, 1, 128) as electronicMailAddress,
            responses.response_date as responseDate
        )) as payload
    from responses
    join forms
        on forms.source_id = responses.source_id
        and forms.school_year = responses.school_year
        and forms.form_id = responses.form_id
)

select * from final
