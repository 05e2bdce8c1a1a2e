/* model
description: >-
  One row per response to a form that could be delivered: what it is called in the target, whose it is there, and,
  where it is not sent, why. A response of nobody known is sent without a person.
materialize: table
key: [source_id, form_id, response_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  form_id: {type: STRING, description: Id of the form.}
  response_id: {type: STRING, description: Id of the response in Google Forms.}
  namespace: {type: STRING, description: Namespace of the surveys.}
  school_year: {type: INT64, description: The target's school year that it goes to.}
  response_school_year: {type: INT64, description: School year in which it was submitted.}
  survey_response_identifier: {type: STRING, description: "Its id in the target: a hash, for Google's is too long."}
  response_date: {type: STRING, description: "Day on which it was submitted, by the clocks of the source."}
  respondent_email: {type: STRING, description: Address of who answered., pii: true}
  student_unique_id: {type: STRING, description: The student of the target whose address it is.}
  staff_unique_id: {type: STRING, description: The member of staff whose address it is.}
  people_found: {type: INT64, description: People of the target with that address; one is sent only when there is one.}
  reason: {type: STRING, description: Why it is not sent; NULL for one that is.}
tests:
  - expression:
      name: sent_responses_are_whole
      sql: reason is not null or (school_year is not null and response_date is not null)
*/
with deliveries as (
    select * from ref.deliveries where pipeline = 'forms_surveys'
),

parameters as (
    select deliveries.source_id, parameters.year_start_month
    from deliveries
    join ref.parameters as parameters on parameters.source_id in (deliveries.source_id, '*')
    where true
    qualify row_number() over (
        partition by deliveries.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

mail_lists as (
    select source_id, school_year, 'student' as role, student_unique_id as unique_id, electronic_mails
    from staging.stg_edfi__student_education_organization_associations
    union all
    select source_id, school_year, 'student', student_unique_id, electronic_mails
    from staging.stg_edfi__student_directories
    union all
    select source_id, school_year, 'staff', staff_unique_id, electronic_mails from staging.stg_edfi__staffs
    union all
    select source_id, school_year, 'staff', staff_unique_id, electronic_mails from staging.stg_edfi__staff_directories
),

mails as (
    select distinct
        mail_lists.source_id,
        mail_lists.school_year,
        mail_lists.role,
        mail_lists.unique_id,
        lower(trim(json_value(item, '$.electronicMailAddress'))) as email
    from mail_lists
    cross join unnest(json_query_array(mail_lists.electronic_mails)) as item
    where mail_lists.unique_id is not null
),

people as (
    select
        source_id,
        school_year,
        email,
        min(if(role = 'student', unique_id, null)) as student_unique_id,
        min(if(role = 'staff', unique_id, null)) as staff_unique_id,
        count(*) as people_found
    from mails
    where email != ''
    group by source_id, school_year, email
),

dated as (
    select
        responses.*,
        deliveries.target_id,
        deliveries.target_school_years,
        deliveries.into_school_year,
        coalesce(deliveries.namespace, 'uri://forms.google.com') as namespace,
        date(responses.submitted_at, deliveries.time_zone) as response_day,
        parameters.year_start_month
    from staging.stg_forms__responses as responses
    join deliveries on deliveries.source_id = responses.source_id
    left join parameters on parameters.source_id = responses.source_id
),

years as (
    select
        *,
        extract(year from response_day) + if(extract(month from response_day) >= year_start_month, 1, 0)
            as response_school_year
    from dated
),

placed as (
    select
        *,
        case
            when into_school_year is not null then into_school_year
            when 0 in unnest(target_school_years) then 0
            else response_school_year
        end as target_school_year
    from years
),

final as (
    select
        placed.source_id,
        placed.form_id,
        placed.response_id,
        placed.namespace,
        placed.target_school_year as school_year,
        placed.response_school_year,
        to_hex(md5(placed.response_id)) as survey_response_identifier,
        cast(placed.response_day as string) as response_date,
        placed.respondent_email,
        if(people.people_found = 1, people.student_unique_id, null) as student_unique_id,
        if(people.people_found = 1, people.staff_unique_id, null) as staff_unique_id,
        coalesce(people.people_found, 0) as people_found,
        case
            when placed.response_day is null then 'no day of the response'
            when placed.target_school_year not in unnest(placed.target_school_years)
                then 'no such school year in the target'
            when length(placed.form_id) > 60 then 'id of the form too long'
        end as reason
    from placed
    left join people
        on people.source_id = placed.target_id
        and people.school_year = placed.target_school_year
        and people.email = placed.respondent_email
)

select * from final
