/* model
description: One row per graduation plan of an education organization, graduating class and school year of the ODS.
materialize: table
key: [graduation_plan_key]
access: everyone
cluster: [source_id, school_year]
columns:
  graduation_plan_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_organization_id, graduation_plan_type, graduation_school_year.
  lea_key: {type: STRING, description: Key of the local education agency that has the plan or whose school does.}
  school_key: {type: STRING, description: Key of the school that has the plan; NULL if no school does.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  education_organization_id: {type: INT64, description: The organization that has the plan.}
  graduation_plan_type: {type: STRING, description: Code of the plan's type.}
  graduation_school_year: {type: INT64, description: School year in which the class graduates.}
  is_individual_plan: {type: BOOL, description: Whether it is made for one student.}
  total_required_credits: {type: NUMERIC, description: Credits that it asks for.}
  credits_by_subject:
    type: ARRAY<STRUCT<subject STRING, credits NUMERIC>>
    description: "Credits that it asks for in each subject, in alphabetical order."
  credits_by_category:
    type: ARRAY<STRUCT<category STRING, credits NUMERIC>>
    description: "Credits that it asks for of each category of credits, in alphabetical order."
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [graduation_plan_type, graduation_school_year]
  - range: {column: total_required_credits, min: 0, severity: warn}
*/
with plans as (
    select *
    from staging.stg_edfi__graduation_plans
    where graduation_plan_key is not null
    qualify row_number() over (partition by graduation_plan_key order by last_modified_at desc, api_id) = 1
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

final as (
    select
        plans.graduation_plan_key,
        coalesce(leas.lea_key, schools.lea_key) as lea_key,
        schools.school_key,
        plans.source_id,
        plans.school_year,
        plans.education_organization_id,
        plans.graduation_plan_type,
        plans.graduation_school_year,
        plans.individual_plan as is_individual_plan,
        plans.total_required_credits,
        array(
            select as struct
                regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$') as subject,
                safe_cast(json_value(item, '$.credits') as numeric) as credits
            from unnest(json_query_array(plans.credits_by_subjects)) as item with offset as position
            order by json_value(item, '$.academicSubjectDescriptor'), position
        ) as credits_by_subject,
        array(
            select as struct
                regexp_extract(json_value(item, '$.creditCategoryDescriptor'), r'[^#]*$') as category,
                safe_cast(json_value(item, '$.credits') as numeric) as credits
            from unnest(json_query_array(plans.credits_by_credit_categories)) as item with offset as position
            order by json_value(item, '$.creditCategoryDescriptor'), position
        ) as credits_by_category,
        plans.last_modified_at
    from plans
    left join leas
        on leas.source_id = plans.source_id
        and leas.lea_id = plans.education_organization_id
    left join schools
        on schools.source_id = plans.source_id
        and schools.school_year = plans.school_year
        and schools.school_id = plans.education_organization_id
)

select * from final
