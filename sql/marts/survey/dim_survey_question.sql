/* model
description: One row per question of a survey, with the survey and the section that it stands in.
materialize: table
key: [survey_question_key]
access: everyone
cluster: [source_id, survey_identifier]
columns:
  survey_question_key:
    type: STRING
    description: "Key of the row: source_id, namespace, survey_identifier, question_code."
  survey_key: {type: STRING, description: Key of the survey.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the survey; that of the ODS where the survey is not known or names none.
  namespace: {type: STRING, description: Whose survey it is.}
  survey_identifier: {type: STRING, description: Id of the survey.}
  question_code: {type: STRING, description: Code of the question in the survey.}
  survey_title: {type: STRING, description: Title of the survey.}
  survey_category: {type: STRING, description: Code of what kind of survey it is.}
  survey_organization_id: {type: INT64, description: The education organization that holds it.}
  survey_school_key: {type: STRING, description: Key of the school that holds it or of its session; NULL if none does.}
  number_administered: {type: INT64, description: How many were asked.}
  section_title: {type: STRING, description: Title of the section.}
  question_text: {type: STRING, description: The question.}
  question_form: {type: STRING, description: Code of its form.}
  response_choices:
    type: ARRAY<STRUCT<sort_order INT64, text_value STRING, numeric_value NUMERIC>>
    description: "What may be answered, in order."
  matrix_elements:
    type: ARRAY<STRING>
    description: "The parts of a question that asks for several answers at once, in order."
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [survey_identifier, question_code]
  - expression: {name: has_a_survey, sql: survey_title is not null, severity: warn}
*/
-- Surveys belong to no year of an ODS: of several years that have one, that of its own year holds, else the newest.
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
    select staging_questions.*
    from staging.stg_edfi__survey_questions as staging_questions
    left join surveys on surveys.survey_key = staging_questions.survey_key
    where staging_questions.survey_question_key is not null
    qualify row_number() over (
        partition by staging_questions.survey_question_key
        order by
            if(surveys.reported_school_year = staging_questions.school_year, 0, 1),
            staging_questions.school_year desc,
            staging_questions.last_modified_at desc,
            staging_questions.api_id
    ) = 1
),

schools as (
    select * from marts.dim_school
),

final as (
    select
        questions.survey_question_key,
        questions.survey_key,
        questions.source_id,
        coalesce(surveys.reported_school_year, surveys.school_year, questions.school_year) as school_year,
        questions.namespace,
        questions.survey_identifier,
        questions.question_code,
        surveys.survey_title,
        surveys.survey_category,
        surveys.education_organization_id as survey_organization_id,
        coalesce(surveys.school_key, schools.school_key) as survey_school_key,
        surveys.number_administered,
        questions.survey_section_title as section_title,
        questions.question_text,
        questions.question_form,
        array(
            select as struct
                safe_cast(json_value(item, '$.sortOrder') as int64) as sort_order,
                json_value(item, '$.textValue') as text_value,
                safe_cast(json_value(item, '$.numericValue') as numeric) as numeric_value
            from unnest(json_query_array(questions.response_choices)) as item with offset as position
            order by coalesce(safe_cast(json_value(item, '$.sortOrder') as int64), 1000000), position
        ) as response_choices,
        array(
            select json_value(item, '$.matrixElement')
            from unnest(json_query_array(questions.matrices)) as item with offset as position
            where json_value(item, '$.matrixElement') is not null
            order by position
        ) as matrix_elements,
        greatest(
            questions.last_modified_at, coalesce(surveys.last_modified_at, questions.last_modified_at)
        ) as last_modified_at
    from questions
    left join surveys on surveys.survey_key = questions.survey_key
    left join schools
        on schools.source_id = surveys.source_id
        and schools.school_year = surveys.school_year
        and schools.school_id = surveys.education_organization_id
)

select * from final
