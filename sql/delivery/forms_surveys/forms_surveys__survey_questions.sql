/* model
description: >-
  Payloads of the questions of the surveys, with the choices that they give.
deliver: {pipeline: forms_surveys, resource: /ed-fi/surveyQuestions}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Form and question."}
  payload: {type: JSON, description: The document.}
*/
with questions as (
    select * from delivery.forms_surveys__questions
),

-- Options of a choice, or the columns of a grid.
options as (
    select
        questions.source_id,
        questions.school_year,
        questions.form_id,
        questions.question_id,
        place + 1 as sort_order,
        cast(null as int64) as numeric_value,
        coalesce(json_value(item, '$.value'), if(json_value(item, '$.isOther') = 'true', 'Other', null)) as text_value
    from questions
    cross join unnest(coalesce(
        json_query_array(questions.definition, '$.choiceQuestion.options'),
        json_query_array(questions.definition, '$.options')
    )) as item with offset as place
),

-- Google leaves a number out that is 0.
scales as (
    select
        *,
        if(kind = 'RATING', 1, coalesce(safe_cast(json_value(definition, '$.scaleQuestion.low') as int64), 0)) as low,
        if(
            kind = 'RATING',
            safe_cast(json_value(definition, '$.ratingQuestion.ratingScaleLevel') as int64),
            safe_cast(json_value(definition, '$.scaleQuestion.high') as int64)
        ) as high
    from questions
    where kind in ('SCALE', 'RATING')
),

steps as (
    select
        scales.source_id,
        scales.school_year,
        scales.form_id,
        scales.question_id,
        step - scales.low + 1 as sort_order,
        step as numeric_value,
        case step
            when scales.low then json_value(scales.definition, '$.scaleQuestion.lowLabel')
            when scales.high then json_value(scales.definition, '$.scaleQuestion.highLabel')
        end as text_value
    from scales
    -- A scale has eleven steps at most.
    cross join unnest(
        generate_array(scales.low, coalesce(least(scales.high, scales.low + 100), scales.low))
    ) as step
),

choices as (
    select * from options where text_value is not null
    union all
    select * from steps
),

choice_lists as (
    select
        source_id,
        school_year,
        form_id,
        question_id,
        array_agg(
            struct(
                sort_order as sortOrder,
                numeric_value as numericValue,
                substr(text_value, 1, 255) as textValue
            ) order by sort_order
        ) as choices
    from choices
    group by source_id, school_year, form_id, question_id
),

final as (
    select
        questions.source_id,
        questions.school_year,
        concat(questions.form_id, '/', questions.question_id) as record_key,
        to_json(struct(
            questions.question_id as questionCode,
            struct(
                questions.namespace as namespace,
                questions.form_id as surveyIdentifier
            ) as surveyReference,
            questions.question_form as questionFormDescriptor,
            substr(questions.question_text, 1, 1024) as questionText,
            choice_lists.choices as responseChoices
        )) as payload
    from questions
    left join choice_lists
        on choice_lists.source_id = questions.source_id
        and choice_lists.school_year = questions.school_year
        and choice_lists.form_id = questions.form_id
        and choice_lists.question_id = questions.question_id
)

select * from final
