/* model
description: One row per question of a form that is sent, with the form of its answer in the target.
materialize: table
key: [source_id, school_year, form_id, question_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The Google Forms source.}
  school_year: {type: INT64, description: The target's school year.}
  form_id: {type: STRING, description: Id of the form.}
  question_id: {type: STRING, description: Id of the question.}
  namespace: {type: STRING, description: Namespace of the surveys.}
  question_text: {type: STRING, description: What is asked.}
  kind: {type: STRING, description: "Kind of question, as in stg_forms__questions."}
  own_form: {type: STRING, description: "Name of the form where Ed-Fi has none: Linear Scale or Rating."}
  question_form: {type: STRING, description: "Its descriptor, of questionFormDescriptors."}
  definition: {type: JSON, description: "The question as the API has it, or the columns of its grid."}
*/
with forms as (
    select * from delivery.forms_surveys__forms
),

questions as (
    select
        *,
        case kind when 'SCALE' then 'Linear Scale' when 'RATING' then 'Rating' end as own_form,
        case kind
            when 'RADIO' then 'Radio box'
            when 'CHECKBOX' then 'Checkbox'
            when 'DROP_DOWN' then 'Dropdown'
            else 'Textbox'
        end as known_form
    from staging.stg_forms__questions
),

final as (
    select
        forms.source_id,
        forms.school_year,
        forms.form_id,
        questions.question_id,
        forms.namespace,
        questions.question_text,
        questions.kind,
        questions.own_form,
        if(
            questions.own_form is null,
            concat('uri://ed-fi.org/QuestionFormDescriptor#', questions.known_form),
            concat(forms.namespace, '/QuestionFormDescriptor#', questions.own_form)
        ) as question_form,
        questions.definition
    from forms
    join questions on questions.source_id = forms.source_id and questions.form_id = forms.form_id
)

select * from final
