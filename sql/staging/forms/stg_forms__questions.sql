/* model
description: >-
  One row per question of a form. Each row of a grid is a question of its own, for that is how it is answered.
materialize: table
key: [source_id, form_id, question_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  form_id: {type: STRING, description: Id of the form.}
  question_id: {type: STRING, description: Id of the question.}
  position: {type: INT64, description: "Place of the item in the form, from 1."}
  question_text: {type: STRING, description: "What is asked; of a row of a grid, the grid's title and the row's."}
  kind:
    type: STRING
    description: "RADIO, CHECKBOX, DROP_DOWN, SCALE, RATING, TEXT, DATE, TIME or FILE; OTHER for what is new."
  definition: {type: JSON, description: "The question as the API has it, or the columns of its grid."}
tests:
  - accepted_values:
      column: kind
      values: [RADIO, CHECKBOX, DROP_DOWN, SCALE, RATING, TEXT, DATE, TIME, FILE, OTHER]
*/
with items as (
    select
        forms.source_id,
        json_value(forms.data, '$.formId') as form_id,
        place + 1 as position,
        item
    from current_forms.forms as forms
    cross join unnest(json_query_array(forms.data, '$.items')) as item with offset as place
),

single as (
    select
        source_id,
        form_id,
        position,
        json_value(item, '$.title') as title,
        cast(null as string) as row_title,
        json_query(item, '$.questionItem.question') as question,
        cast(null as string) as grid_type,
        json_query(item, '$.questionItem.question') as definition
    from items
    where json_query(item, '$.questionItem.question') is not null
),

rows_of_grids as (
    select
        items.source_id,
        items.form_id,
        items.position,
        json_value(items.item, '$.title') as title,
        json_value(question, '$.rowQuestion.title') as row_title,
        question,
        json_value(items.item, '$.questionGroupItem.grid.columns.type') as grid_type,
        json_query(items.item, '$.questionGroupItem.grid.columns') as definition
    from items
    cross join unnest(json_query_array(items.item, '$.questionGroupItem.questions')) as question
),

all_questions as (
    select * from single
    union all
    select * from rows_of_grids
),

questions as (
    select *, json_value(question, '$.choiceQuestion.type') as choice_type from all_questions
),

final as (
    select
        source_id,
        form_id,
        json_value(question, '$.questionId') as question_id,
        position,
        coalesce(
            nullif(trim(concat(
                coalesce(title, ''),
                coalesce(concat(' [', row_title, ']'), '')
            )), ''),
            json_value(question, '$.questionId')
        ) as question_text,
        case
            when coalesce(grid_type, choice_type) in ('RADIO', 'CHECKBOX', 'DROP_DOWN')
                then coalesce(grid_type, choice_type)
            when json_query(question, '$.scaleQuestion') is not null then 'SCALE'
            when json_query(question, '$.ratingQuestion') is not null then 'RATING'
            when json_query(question, '$.textQuestion') is not null then 'TEXT'
            when json_query(question, '$.dateQuestion') is not null then 'DATE'
            when json_query(question, '$.timeQuestion') is not null then 'TIME'
            when json_query(question, '$.fileUploadQuestion') is not null then 'FILE'
            else 'OTHER'
        end as kind,
        definition
    from questions
    where json_value(question, '$.questionId') is not null
    qualify row_number() over (
        partition by source_id, form_id, json_value(question, '$.questionId') order by position
    ) = 1
)

select * from final
