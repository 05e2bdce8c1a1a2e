/* model
description: >-
  Payloads of the forms of questions that Ed-Fi does not have, one row each: linear scales and ratings.
deliver: {pipeline: forms_surveys, resource: /ed-fi/questionFormDescriptors}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Namespace and code of the descriptor."}
  payload: {type: JSON, description: The document.}
*/
with forms as (
    select distinct source_id, school_year, namespace, own_form
    from delivery.forms_surveys__questions
    where own_form is not null
),

final as (
    select
        source_id,
        school_year,
        concat(namespace, '/QuestionFormDescriptor#', lower(own_form)) as record_key,
        to_json(struct(
            concat(namespace, '/QuestionFormDescriptor') as namespace,
            own_form as codeValue,
            own_form as shortDescription,
            own_form as description
        )) as payload
    from forms
)

select * from final
