/* model
description: >-
  One row per live record of assessments in the Ed-Fi API, typed. This entity represents a tool, instrument, process, or
  exhibition composed of a systematic sampling of behavior for measuring a student's competence, knowledge, skills, or
  behavior.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  assessment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, namespace, assessment_identifier.
  assessment_xyear_key:
    type: STRING
    description: >-
      Key of the assessment across years: source_id, namespace, assessment_identifier.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  assessment_identifier: {type: STRING, description: A unique number or alphanumeric code assigned to an assessment.}
  namespace: {type: STRING, description: Namespace for the assessment.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  academic_subject:
    type: STRING
    description: >-
      The description of the content or subject area (e.g., arts, mathematics, reading, stenography, a foreign language,
      or composite if multi-subject) of an assessment.
  adaptive_assessment: {type: BOOL, description: Indicates that the assessment is adaptive.}
  assessment_category: {type: STRING, description: The category of an assessment based on format and content.}
  assessment_family: {type: STRING, description: The assessment family this assessment is a member of.}
  assessment_form:
    type: STRING
    description: >-
      Identifies the form of the assessment, for example a regular versus makeup form, multiple choice versus
      constructed response, etc.
  assessment_title: {type: STRING, description: The title or name of the assessment.}
  assessment_version: {type: INT64, description: The version identifier for the assessment.}
  max_raw_score:
    type: NUMERIC
    description: >-
      The maximum raw score achievable across all assessment items that are correct and scored at the maximum.
  nomenclature: {type: STRING, description: Reflects the specific nomenclature used for assessment.}
  revision_date:
    type: DATE
    description: >-
      The month, day, and year that the conceptual design for the assessment was most recently revised substantially.
  assessed_grade_levels: {type: JSON, description: The grade level(s) for which an assessment is designed.}
  content_standard: {type: JSON, description: The API's content standard.}
  identification_codes:
    type: JSON
    description: >-
      A unique number or alphanumeric code assigned to an assessment by a school, school system, a state, or other
      agency or entity.
  languages: {type: JSON, description: An indication of the languages in which the assessment is designed.}
  performance_levels: {type: JSON, description: Definition of the performance levels and the associated cut scores.}
  periods: {type: JSON, description: The period or window in which an assessment is supposed to be administered.}
  platform_types: {type: JSON, description: The platforms with which the assessment may be delivered.}
  programs: {type: JSON, description: The programs associated with the assessment.}
  scores: {type: JSON, description: Definition of the scores to be expected from this assessment.}
  sections: {type: JSON, description: The Section(s) to which the assessment is associated.}
  academic_subjects:
    type: JSON
    description: >-
      The description of the content or subject area (e.g., arts, mathematics, reading, stenography, or a foreign
      language) of an assessment.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: assessment_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.assessments
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.assessmentIdentifier') as assessment_identifier,
        json_value(data, '$.namespace') as namespace,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        regexp_extract(
            coalesce(
                json_value(data, '$.academicSubjectDescriptor'),
                json_value(data, '$.academicSubjects[0].academicSubjectDescriptor')
            ),
            r'[^#]*$'
        ) as academic_subject,
        lax_bool(json_query(data, '$.adaptiveAssessment')) as adaptive_assessment,
        regexp_extract(json_value(data, '$.assessmentCategoryDescriptor'), r'[^#]*$') as assessment_category,
        json_value(data, '$.assessmentFamily') as assessment_family,
        json_value(data, '$.assessmentForm') as assessment_form,
        json_value(data, '$.assessmentTitle') as assessment_title,
        safe_cast(json_value(data, '$.assessmentVersion') as int64) as assessment_version,
        safe_cast(json_value(data, '$.maxRawScore') as numeric) as max_raw_score,
        json_value(data, '$.nomenclature') as nomenclature,
        safe_cast(substr(json_value(data, '$.revisionDate'), 1, 10) as date) as revision_date,
        json_query(data, '$.assessedGradeLevels') as assessed_grade_levels,
        json_query(data, '$.contentStandard') as content_standard,
        json_query(data, '$.identificationCodes') as identification_codes,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.performanceLevels') as performance_levels,
        coalesce(
            json_query(data, '$.periods'),
            if(
                json_query(data, '$.period') is null,
                null,
                parse_json(concat('[', to_json_string(json_query(data, '$.period')), ']'))
            )
        ) as periods,
        json_query(data, '$.platformTypes') as platform_types,
        json_query(data, '$.programs') as programs,
        json_query(data, '$.scores') as scores,
        json_query(data, '$.sections') as sections,
        json_query(data, '$.academicSubjects') as academic_subjects,
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
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string)))
        ))) as assessment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string)))
        ))) as assessment_xyear_key,
        typed.*
    from typed
)

select * from final
