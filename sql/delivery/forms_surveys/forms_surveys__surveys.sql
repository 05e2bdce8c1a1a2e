/* model
description: >-
  Payloads of the surveys, one row per form and school year of the target.
deliver: {pipeline: forms_surveys, resource: /ed-fi/surveys}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Id of the form."}
  payload: {type: JSON, description: The document.}
*/
with forms as (
    select * from delivery.forms_surveys__forms
),

final as (
    select
        source_id,
        school_year,
        form_id as record_key,
        to_json(struct(
            namespace as namespace,
            form_id as surveyIdentifier,
            substr(coalesce(title, form_id), 1, 255) as surveyTitle,
            struct(survey_school_year as schoolYear) as schoolYearTypeReference
        )) as payload
    from forms
)

select * from final
