/* model
description: >-
  One row per response to a survey and question of it that was answered or left out; one without a question for a
  response without answers. Response rates count responses by is_primary_response_row.
materialize: table
key: [survey_answer_key]
cluster: [source_id, school_year, survey_key]
columns:
  survey_answer_key:
    type: STRING
    description: >-
      Key of the row: source_id, namespace, survey_identifier, survey_response_identifier, question_code.
  survey_response_key: {type: STRING, description: Key of the response.}
  survey_question_key: {type: STRING, description: Key of the question; NULL for a response without answers.}
  survey_key: {type: STRING, description: Key of the survey.}
  student_key: {type: STRING, description: Key of the student who responded.}
  student_xyear_key: {type: STRING, description: Key of that student across years.}
  respondent_type:
    type: STRING
    description: "student, staff or contact; unknown for who is none of them or not named."
  respondent_key: {type: STRING, description: "Key of the student, the member of the staff or the contact."}
  survey_school_key: {type: STRING, description: Key of the school that holds the survey; NULL if none does.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the ODS; of several that have the response, that of the survey, else the newest.
  namespace: {type: STRING, description: Whose survey it is.}
  survey_identifier: {type: STRING, description: Id of the survey.}
  survey_response_identifier: {type: STRING, description: Id of the response.}
  question_code: {type: STRING, description: Code of the question.}
  response_date: {type: DATE, description: Day of the response.}
  response_time_seconds: {type: INT64, description: How long it took.}
  respondent_levels:
    type: ARRAY<STRING>
    description: "Codes of the grade levels or roles of who was asked, in alphabetical order."
  is_answered: {type: BOOL, description: Whether the question has an answer.}
  choice:
    type: STRING
    description: The answer as the question has it among its choices; NULL for free text and for several answers.
  numeric_response:
    type: NUMERIC
    description: The answer as a number, as sent, else that of its choice; NULL for several answers.
  text_response: {type: STRING, description: "The answer in words; of several, all of them.", pii: true}
  answers:
    type: ARRAY<STRUCT<matrix_element STRING, text_value STRING, numeric_value NUMERIC>>
    description: "All answers, where there may be several: to parts of the question, or several choices."
    pii: true
  comment: {type: STRING, description: What the respondent added., pii: true}
  is_primary_response_row: {type: BOOL, description: Whether it is the one row of its response to count.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [respondent_type, is_answered, is_primary_response_row]
  - accepted_values: {column: respondent_type, values: [student, staff, contact, unknown]}
  - relationship: {column: survey_question_key, to: marts.dim_survey_question, min_match: 0.99, severity: warn}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - expression: {name: has_a_response, sql: response_date is not null, severity: warn}
*/
with surveys as (
    select *
    from staging.stg_edfi__surveys
    where survey_key is not null
    qualify row_number() over (
        partition by survey_key
        order by
            if(reported_school_year = school_year, 0, 1),
            school_year desc,
            last_modified_at desc,
            api_id
    ) = 1
),

questions as (
    select * from marts.dim_survey_question
),

schools as (
    select * from marts.dim_school
),

-- Responses and answers belong to no year of an ODS: of several years that have one, that of the survey holds.
responses as (
    select
        staging_responses.*,
        coalesce(
            staging_responses.survey_response_key,
            concat(cast(staging_responses.school_year as string), '\u001f', staging_responses.api_id)
        ) as response_row
    from staging.stg_edfi__survey_responses as staging_responses
    left join surveys on surveys.survey_key = staging_responses.survey_key
    where true
    qualify row_number() over (
        partition by
            staging_responses.source_id,
            coalesce(
                staging_responses.survey_response_key,
                concat(cast(staging_responses.school_year as string), '\u001f', staging_responses.api_id)
            )
        order by
            if(surveys.reported_school_year = staging_responses.school_year, 0, 1),
            staging_responses.school_year desc,
            staging_responses.last_modified_at desc,
            staging_responses.api_id
    ) = 1
),

question_responses as (
    select staging_answers.*
    from staging.stg_edfi__survey_question_responses as staging_answers
    left join surveys on surveys.survey_key = staging_answers.survey_key
    where true
    qualify row_number() over (
        partition by
            staging_answers.source_id,
            coalesce(
                staging_answers.survey_question_response_key,
                concat(cast(staging_answers.school_year as string), '\u001f', staging_answers.api_id)
            )
        order by
            if(surveys.reported_school_year = staging_answers.school_year, 0, 1),
            staging_answers.school_year desc,
            staging_answers.last_modified_at desc,
            staging_answers.api_id
    ) = 1
),

answered_responses as (
    select distinct survey_response_key from question_responses where survey_response_key is not null
),

given as (
    select
        source_id,
        school_year,
        api_id,
        survey_question_response_key as natural_key,
        survey_response_key as response_row,
        survey_response_key,
        survey_question_key,
        survey_key,
        namespace,
        survey_identifier,
        survey_response_identifier,
        question_code,
        no_response,
        comment,
        `values` as single_answers,
        survey_question_matrix_element_responses as matrix_answers,
        last_modified_at
    from question_responses
    union all
    select
        responses.source_id,
        responses.school_year,
        responses.api_id,
        responses.survey_response_key as natural_key,
        responses.response_row,
        responses.survey_response_key,
        cast(null as string) as survey_question_key,
        responses.survey_key,
        responses.namespace,
        responses.survey_identifier,
        responses.survey_response_identifier,
        cast(null as string) as question_code,
        cast(null as bool) as no_response,
        cast(null as string) as comment,
        cast(null as json) as single_answers,
        cast(null as json) as matrix_answers,
        responses.last_modified_at
    from responses
    left join answered_responses on answered_responses.survey_response_key = responses.survey_response_key
    where answered_responses.survey_response_key is null
),

keyed as (
    select
        *,
        to_hex(md5(concat(
            if(question_code is null, 'response', 'answer'),
            '\u001f', coalesce(
                natural_key, concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)
            )
        ))) as survey_answer_key
    from given
),

answers as (
    select
        keyed.survey_answer_key,
        keyed.survey_question_key,
        1 as part,
        position,
        cast(null as string) as matrix_element,
        json_value(item, '$.textResponse') as text_value,
        safe_cast(json_value(item, '$.numericResponse') as numeric) as sent_number
    from keyed
    cross join unnest(json_query_array(keyed.single_answers)) as item with offset as position
    union all
    select
        keyed.survey_answer_key,
        keyed.survey_question_key,
        2 as part,
        position,
        json_value(item, '$.matrixElement') as matrix_element,
        json_value(item, '$.textResponse') as text_value,
        safe_cast(json_value(item, '$.numericResponse') as numeric) as sent_number
    from keyed
    cross join unnest(json_query_array(keyed.matrix_answers)) as item with offset as position
    where not coalesce(lax_bool(json_query(item, '$.noResponse')), false)
),

choices as (
    select questions.survey_question_key, choice.text_value, choice.numeric_value
    from questions
    cross join unnest(questions.response_choices) as choice
    where choice.text_value is not null
    qualify row_number() over (
        partition by questions.survey_question_key, lower(trim(choice.text_value))
        order by choice.sort_order, choice.numeric_value
    ) = 1
),

elements as (
    select distinct questions.survey_question_key, matrix_element
    from questions
    cross join unnest(questions.matrix_elements) as matrix_element
),

chosen as (
    select
        answers.survey_answer_key,
        answers.part,
        answers.position,
        answers.matrix_element,
        answers.text_value,
        -- Some tools send the chosen one of a matrix's elements alone, without a text or a number.
        coalesce(choices.text_value, if(answers.text_value is null, elements.matrix_element, null)) as choice,
        coalesce(answers.sent_number, choices.numeric_value) as numeric_value
    from answers
    left join choices
        on choices.survey_question_key = answers.survey_question_key
        and lower(trim(choices.text_value)) = lower(trim(answers.text_value))
    left join elements
        on elements.survey_question_key = answers.survey_question_key
        and elements.matrix_element = answers.matrix_element
),

answer_lists as (
    select
        survey_answer_key,
        count(*) as answer_count,
        min(choice) as choice,
        min(numeric_value) as numeric_response,
        string_agg(coalesce(text_value, matrix_element), ', ' order by part, position) as text_response,
        array_agg(struct(matrix_element, text_value, numeric_value) order by part, position) as answers
    from chosen
    group by survey_answer_key
),

level_lists as (
    select
        responses.source_id,
        responses.response_row,
        array_agg(distinct level order by level) as respondent_levels
    from responses
    cross join unnest(json_query_array(responses.survey_levels)) as item
    cross join unnest([regexp_extract(json_value(item, '$.surveyLevelDescriptor'), r'[^#]*$')]) as level
    where level is not null
    group by responses.source_id, responses.response_row
),

final as (
    select
        keyed.survey_answer_key,
        keyed.survey_response_key,
        keyed.survey_question_key,
        keyed.survey_key,
        responses.student_key,
        responses.student_xyear_key,
        case
            when responses.student_key is not null then 'student'
            when responses.staff_key is not null then 'staff'
            when responses.contact_key is not null then 'contact'
            else 'unknown'
        end as respondent_type,
        coalesce(responses.student_key, responses.staff_key, responses.contact_key) as respondent_key,
        coalesce(surveys.school_key, schools.school_key) as survey_school_key,
        keyed.source_id,
        keyed.school_year,
        keyed.namespace,
        keyed.survey_identifier,
        keyed.survey_response_identifier,
        keyed.question_code,
        responses.response_date,
        responses.response_time as response_time_seconds,
        coalesce(level_lists.respondent_levels, cast([] as array<string>)) as respondent_levels,
        answer_lists.survey_answer_key is not null and not coalesce(keyed.no_response, false) as is_answered,
        if(answer_lists.answer_count = 1, answer_lists.choice, null) as choice,
        if(answer_lists.answer_count = 1, answer_lists.numeric_response, null) as numeric_response,
        answer_lists.text_response,
        coalesce(
            answer_lists.answers,
            cast([] as array<struct<matrix_element string, text_value string, numeric_value numeric>>)
        ) as answers,
        keyed.comment,
        row_number() over (
            partition by
                keyed.source_id,
                coalesce(keyed.survey_response_key, keyed.survey_answer_key)
            order by keyed.question_code, keyed.survey_answer_key
        ) = 1 as is_primary_response_row,
        greatest(
            keyed.last_modified_at, coalesce(responses.last_modified_at, keyed.last_modified_at)
        ) as last_modified_at
    from keyed
    left join responses
        on responses.source_id = keyed.source_id
        and responses.response_row = keyed.response_row
    left join surveys on surveys.survey_key = keyed.survey_key
    left join schools
        on schools.source_id = surveys.source_id
        and schools.school_year = surveys.school_year
        and schools.school_id = surveys.education_organization_id
    left join answer_lists on answer_lists.survey_answer_key = keyed.survey_answer_key
    left join level_lists
        on level_lists.source_id = keyed.source_id
        and level_lists.response_row = keyed.response_row
)

select * from final
