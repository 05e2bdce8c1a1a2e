/* model
description: >-
  One row per live record of graduation plans in the Ed-Fi API, typed. This entity is a plan outlining the required
  credits, credits by subject, credits by course, and other criteria required for graduation.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  graduation_plan_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_organization_id, graduation_plan_type, graduation_school_year.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  graduation_plan_type: {type: STRING, description: The type of academic plan the student is following for graduation.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  graduation_school_year: {type: INT64, description: Key for School Year}
  individual_plan: {type: BOOL, description: An indicator of whether the graduation plan is tailored for an individual.}
  total_required_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  total_required_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  total_required_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  credits_by_courses:
    type: JSON
    description: >-
      The total credits required for graduation by taking a specific course, or by taking one or more from a set of
      courses.
  credits_by_credit_categories:
    type: JSON
    description: The total credits required for graduation based on the credit category.
  credits_by_subjects: {type: JSON, description: The total credits required in subject to graduate.}
  required_assessments:
    type: JSON
    description: >-
      The assessments and associated required score and performance level needed to satisfy graduation requirements.
  required_certifications:
    type: JSON
    description: The title or reference to the certification(s) required for graduation.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: graduation_plan_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.graduation_plans
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.graduationPlanTypeDescriptor'), r'[^#]*$') as graduation_plan_type,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(
            json_value(data, '$.graduationSchoolYearTypeReference.schoolYear') as int64
        ) as graduation_school_year,
        lax_bool(json_query(data, '$.individualPlan')) as individual_plan,
        safe_cast(json_value(data, '$.totalRequiredCreditConversion') as numeric) as total_required_credit_conversion,
        safe_cast(json_value(data, '$.totalRequiredCredits') as numeric) as total_required_credits,
        regexp_extract(
            json_value(data, '$.totalRequiredCreditTypeDescriptor'),
            r'[^#]*$'
        ) as total_required_credit_type,
        json_query(data, '$.creditsByCourses') as credits_by_courses,
        json_query(data, '$.creditsByCreditCategories') as credits_by_credit_categories,
        json_query(data, '$.creditsBySubjects') as credits_by_subjects,
        json_query(data, '$.requiredAssessments') as required_assessments,
        json_query(data, '$.requiredCertifications') as required_certifications,
        json_query(data, '$._ext') as extensions,
        coalesce(
            safe_cast(regexp_replace(json_value(data, '$._lastModifiedDate'), r'([.]\d{6})\d+', r'\1') as timestamp),
            extracted_at
        ) as last_modified_at
    from records
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(graduation_plan_type as string))),
            '\u001f', lower(trim(cast(graduation_school_year as string)))
        ))) as graduation_plan_key,
        typed.*
    from typed
)

select * from final
