/* model
description: >-
  One row per assessment and school year: what was given, not what anybody scored. The ODS of each year publishes the
  same assessment again; assessment_xyear_key joins the years.
materialize: table
key: [assessment_key]
access: everyone
cluster: [source_id, school_year]
columns:
  assessment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, namespace, assessment_identifier.
  assessment_xyear_key: {type: STRING, description: The same assessment in all years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  namespace: {type: STRING, description: Whose assessment it is.}
  assessment_identifier: {type: STRING, description: Id of the assessment in its namespace.}
  title: {type: STRING, description: Title; the identifier where there is none.}
  family: {type: STRING, description: Family of assessments it belongs to.}
  subject: {type: STRING, description: Its first academic subject.}
  subjects: {type: ARRAY<STRING>, description: All its academic subjects in alphabetical order.}
  category: {type: STRING, description: Kind of assessment.}
  form: {type: STRING, description: "Form, such as regular or makeup."}
  nomenclature: {type: STRING, description: Name of the assessment in its own system.}
  version: {type: INT64, description: Version.}
  grade_levels: {type: ARRAY<STRING>, description: Grade levels it is designed for in alphabetical order.}
  max_raw_score: {type: NUMERIC, description: Highest possible raw score.}
  is_adaptive: {type: BOOL, description: Adapts to the answers.}
  revision_date: {type: DATE, description: When its design was last revised.}
  education_organization_id: {type: INT64, description: "Organization that gives it, if it is one's own."}
  periods:
    type: ARRAY<STRUCT<period STRING, begin_date DATE, end_date DATE>>
    description: "Windows in which it is given, the first one first."
  reporting_methods: {type: ARRAY<STRING>, description: Kinds of scores it gives in alphabetical order.}
  performance_levels:
    type: >-
      ARRAY<STRUCT<performance_level STRING, reporting_method STRING, minimum_score NUMERIC, maximum_score NUMERIC>>
    description: "Performance levels and their cut scores, the lowest first."
  is_latest: {type: BOOL, description: The newest year in which the assessment is published.}
  last_modified_at: {type: TIMESTAMP, description: When the assessment was last changed.}
tests:
  - not_null: [source_id, school_year, namespace, assessment_identifier, is_latest]
*/
with assessments as (
    select * from staging.stg_edfi__assessments where assessment_key is not null
),

typed as (
    select
        assessments.*,
        array(
            select distinct regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$') as subject
            from unnest(json_query_array(assessments.academic_subjects)) as item
            where json_value(item, '$.academicSubjectDescriptor') is not null
            order by subject
        ) as subject_list,
        array(
            select distinct regexp_extract(json_value(item, '$.gradeLevelDescriptor'), r'[^#]*$') as grade_level
            from unnest(json_query_array(assessments.assessed_grade_levels)) as item
            where json_value(item, '$.gradeLevelDescriptor') is not null
            order by grade_level
        ) as grade_level_list,
        array(
            select as struct
                regexp_extract(json_value(item, '$.assessmentPeriodDescriptor'), r'[^#]*$') as period,
                safe_cast(substr(json_value(item, '$.beginDate'), 1, 10) as date) as begin_date,
                safe_cast(substr(json_value(item, '$.endDate'), 1, 10) as date) as end_date
            from unnest(json_query_array(assessments.periods)) as item
            order by begin_date, end_date, period
        ) as period_list,
        array(
            select distinct
                regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as method
            from unnest(json_query_array(assessments.scores)) as item
            where json_value(item, '$.assessmentReportingMethodDescriptor') is not null
            order by method
        ) as reporting_method_list,
        array(
            select as struct
                regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'[^#]*$') as performance_level,
                regexp_extract(
                    json_value(item, '$.assessmentReportingMethodDescriptor'),
                    r'[^#]*$'
                ) as reporting_method,
                safe_cast(json_value(item, '$.minimumScore') as numeric) as minimum_score,
                safe_cast(json_value(item, '$.maximumScore') as numeric) as maximum_score
            from unnest(json_query_array(assessments.performance_levels)) as item
            order by minimum_score, maximum_score, performance_level, reporting_method
        ) as performance_level_list
    from assessments
),

final as (
    select
        assessment_key,
        assessment_xyear_key,
        source_id,
        school_year,
        namespace,
        assessment_identifier,
        coalesce(assessment_title, assessment_identifier) as title,
        assessment_family as family,
        academic_subject as subject,
        -- The first data standards had one subject, since then it is a list.
        if(
            array_length(subject_list) = 0 and academic_subject is not null,
            [academic_subject],
            subject_list
        ) as subjects,
        assessment_category as category,
        assessment_form as form,
        nomenclature,
        assessment_version as version,
        grade_level_list as grade_levels,
        max_raw_score,
        adaptive_assessment as is_adaptive,
        revision_date,
        education_organization_id,
        period_list as periods,
        reporting_method_list as reporting_methods,
        performance_level_list as performance_levels,
        row_number() over (
            partition by assessment_xyear_key order by school_year desc, last_modified_at desc, api_id
        ) = 1 as is_latest,
        last_modified_at
    from typed
)

select * from final
