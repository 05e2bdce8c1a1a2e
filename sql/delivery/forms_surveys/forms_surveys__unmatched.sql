/* model
description: >-
  One row per response or answer that is not sent, and per response that is sent without a person, with the reason.
  Nobody is named, not even by an address.
materialize: table
key: [source_id, resource, record_key, reason]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  resource: {type: STRING, description: Where it would have gone.}
  record_key: {type: STRING, description: "Form and response, of an answer also the question."}
  reason: {type: STRING, description: Why it is not sent.}
  detail: {type: STRING, description: Day of the response.}
tests:
  - volume: {min_share: 0}
*/
with responses as (
    select * from delivery.forms_surveys__responses
),

forms as (
    select * from delivery.forms_surveys__forms
),

questions as (
    select * from delivery.forms_surveys__questions
),

answered as (
    select distinct source_id, form_id, response_id, question_id from staging.stg_forms__answers
),

unsent as (
    select
        responses.source_id,
        responses.school_year,
        '/ed-fi/surveyResponses' as resource,
        concat(responses.form_id, '/', responses.response_id) as record_key,
        case
            when responses.reason is not null then responses.reason
            when forms.form_id is null then 'the form is not there any more'
            when responses.people_found > 1 then 'sent without a person: several in the target have the address'
            when responses.respondent_email is not null and responses.people_found = 0
                then 'sent without a person: nobody in the target has the address'
        end as reason,
        responses.response_date as detail
    from responses
    left join forms
        on forms.source_id = responses.source_id
        and forms.school_year = responses.school_year
        and forms.form_id = responses.form_id
),

orphans as (
    select
        responses.source_id,
        responses.school_year,
        '/ed-fi/surveyQuestionResponses' as resource,
        concat(responses.form_id, '/', responses.response_id, '/', answered.question_id) as record_key,
        'the question is not in the form any more' as reason,
        responses.response_date as detail
    from responses
    join answered
        on answered.source_id = responses.source_id
        and answered.form_id = responses.form_id
        and answered.response_id = responses.response_id
    left join questions
        on questions.source_id = responses.source_id
        and questions.school_year = responses.school_year
        and questions.form_id = responses.form_id
        and questions.question_id = answered.question_id
    where responses.reason is null and questions.question_id is null
),

final as (
    select * from unsent where reason is not null
    union all
    select * from orphans
)

select * from final
