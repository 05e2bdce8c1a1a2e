/* model
description: >-
  One row per form and school year of the target that it goes to: the years in which it was answered, or, where nobody
  answered it, the year in which it was made.
materialize: table
key: [source_id, school_year, form_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  form_id: {type: STRING, description: Id of the form.}
  namespace: {type: STRING, description: Namespace of the surveys.}
  title: {type: STRING, description: Title of the form.}
  survey_school_year: {type: INT64, description: School year of the survey; the last of several.}
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

responses as (
    select * from delivery.forms_surveys__responses where reason is null
),

answered as (
    select source_id, school_year, form_id, max(response_school_year) as survey_school_year
    from responses
    group by source_id, school_year, form_id
),

made as (
    select
        forms.source_id,
        forms.form_id,
        deliveries.target_school_years,
        deliveries.into_school_year,
        date(forms.created_at, deliveries.time_zone) as made_on,
        parameters.year_start_month
    from staging.stg_forms__forms as forms
    join deliveries on deliveries.source_id = forms.source_id
    left join parameters on parameters.source_id = forms.source_id
    left join answered on answered.source_id = forms.source_id and answered.form_id = forms.form_id
    where answered.form_id is null
),

unanswered as (
    select
        *,
        extract(year from made_on) + if(extract(month from made_on) >= year_start_month, 1, 0) as survey_school_year
    from made
),

all_forms as (
    select source_id, school_year, form_id, survey_school_year from answered
    union all
    select
        source_id,
        case
            when into_school_year is not null then into_school_year
            when 0 in unnest(target_school_years) then 0
            when survey_school_year in unnest(target_school_years) then survey_school_year
        end,
        form_id,
        survey_school_year
    from unanswered
),

final as (
    select
        all_forms.source_id,
        all_forms.school_year,
        all_forms.form_id,
        coalesce(deliveries.namespace, 'uri://forms.google.com') as namespace,
        forms.title,
        all_forms.survey_school_year
    from all_forms
    join deliveries on deliveries.source_id = all_forms.source_id
    join staging.stg_forms__forms as forms
        on forms.source_id = all_forms.source_id and forms.form_id = all_forms.form_id
    where
        all_forms.school_year is not null
        and all_forms.survey_school_year is not null
        and length(all_forms.form_id) <= 60
)

select * from final
