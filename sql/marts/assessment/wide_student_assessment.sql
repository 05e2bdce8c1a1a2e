/* model
description: >-
  One row per administration of an assessment, with what a report shows of student, school and assessment, all its
  results as lists, and the users who may see the student.
materialize: table
key: [student_assessment_key]
cluster: [school_year, school_key, assessment_key]
columns:
  student_assessment_key: {type: STRING, description: The administration.}
  student_key: {type: STRING, description: Student of the ODS's year.}
  assessment_key: {type: STRING, description: The assessment.}
  school_key: {type: STRING, description: School of the administration.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  administration_school_year: {type: INT64, description: School year of the administration.}
  lea_name: {type: STRING, description: Name of the school's agency.}
  school_id: {type: INT64, description: The school's id in Ed-Fi.}
  school_name: {type: STRING, description: Name of the school.}
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  student_display_name: {type: STRING, description: "Last, First.", pii: true}
  student_last_name: {type: STRING, description: Last name., pii: true}
  student_first_name: {type: STRING, description: First name., pii: true}
  grade_level: {type: STRING, description: Grade level when assessed; that of the enrollment where it is not reported.}
  gender: {type: STRING, description: Gender as reported.}
  race_ethnicity: {type: STRING, description: Federal roll-up of race and ethnicity.}
  is_hispanic: {type: BOOL, description: Hispanic or Latino.}
  limited_english_proficiency: {type: STRING, description: English proficiency as reported.}
  is_english_learner: {type: BOOL, description: Is an English learner.}
  is_special_education: {type: BOOL, description: Is in special education.}
  is_economically_disadvantaged: {type: BOOL, description: Is economically disadvantaged.}
  namespace: {type: STRING, description: Whose assessment it is.}
  assessment_identifier: {type: STRING, description: Id of the assessment in its namespace.}
  assessment_title: {type: STRING, description: Title of the assessment.}
  assessment_family: {type: STRING, description: Family of assessments.}
  assessment_category: {type: STRING, description: Kind of assessment.}
  academic_subject: {type: STRING, description: Subject of the assessment.}
  student_assessment_identifier: {type: STRING, description: Id of the administration.}
  administration_date: {type: DATE, description: Day of the administration.}
  administration_period: {type: STRING, description: "Window in which it was given, such as BOY."}
  retest_indicator: {type: STRING, description: Whether it was a retest.}
  reason_not_tested: {type: STRING, description: Why the student has no result.}
  scale_score: {type: NUMERIC, description: Scale score.}
  percentile: {type: NUMERIC, description: Percentile.}
  raw_score: {type: NUMERIC, description: Raw score.}
  performance_level: {type: STRING, description: Performance level that was met.}
  performance_level_order: {type: INT64, description: Its place among the levels.}
  is_proficient: {type: BOOL, description: The level meets the standard.}
  is_best_of_year: {type: BOOL, description: The student's best result in the assessment in that year.}
  is_latest: {type: BOOL, description: The student's latest administration that has a result.}
  is_newest_copy: {type: BOOL, description: Not repeated by the ODS of a later year.}
  scores:
    type: ARRAY<STRUCT<reporting_method STRING, measure STRING, result_text STRING, result_number NUMERIC>>
    description: Scores of the whole assessment.
  performance_levels:
    type: ARRAY<STRUCT<reporting_method STRING, performance_level STRING, is_met BOOL, is_proficient BOOL>>
    description: Performance levels of the whole assessment.
  objectives:
    type: >-
      ARRAY<STRUCT<identification_code STRING, title STRING, kind STRING, reporting_method STRING, result_text STRING,
      result_number NUMERIC, is_met BOOL>>
    description: Results of its objectives.
  authorized_emails: {type: ARRAY<STRING>, description: Users who may see the student., pii: true}
  last_modified_at: {type: TIMESTAMP, description: When the administration was last changed.}
tests:
  - not_null: [source_id, school_year]
*/
with administrations as (
    select * from marts.fct_student_assessment
),

results as (
    select * from marts.fct_student_assessment_score
),

assessments as (
    select * from marts.dim_assessment
),

objective_assessments as (
    select * from marts.dim_objective_assessment
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

enrollments as (
    select * from marts.fct_student_school
),

readers as (
    select * from marts.rls_student_authorized_emails
),

score_lists as (
    select
        student_assessment_key,
        array_agg(
            struct(reporting_method, measure, result_text, result_number)
            order by lower(reporting_method), reporting_method_namespace
        ) as scores
    from results
    where is_overall and kind = 'score'
    group by student_assessment_key
),

level_lists as (
    select
        student_assessment_key,
        array_agg(
            struct(reporting_method, result_text as performance_level, is_met, is_proficient)
            order by lower(reporting_method), performance_level_order, lower(result_text), reporting_method_namespace
        ) as performance_levels
    from results
    where is_overall and kind = 'performance_level'
    group by student_assessment_key
),

objective_lists as (
    select
        results.student_assessment_key,
        array_agg(
            struct(
                results.identification_code,
                objective_assessments.title,
                results.kind,
                results.reporting_method,
                results.result_text,
                results.result_number,
                results.is_met
            )
            order by
                results.identification_code,
                results.kind desc,
                lower(results.reporting_method),
                results.student_assessment_score_key
        ) as objectives
    from results
    left join objective_assessments
        on results.objective_assessment_key = objective_assessments.objective_assessment_key
    where not results.is_overall
    group by results.student_assessment_key
),

final as (
    select
        administrations.student_assessment_key,
        administrations.student_key,
        administrations.assessment_key,
        administrations.school_key,
        administrations.source_id,
        administrations.school_year,
        administrations.administration_school_year,
        schools.lea_name,
        schools.school_id,
        schools.school_name,
        administrations.student_unique_id,
        students.display_name as student_display_name,
        students.last_name as student_last_name,
        students.first_name as student_first_name,
        coalesce(administrations.when_assessed_grade_level, enrollments.grade_level) as grade_level,
        students.gender,
        students.race_ethnicity,
        students.is_hispanic,
        students.limited_english_proficiency,
        students.is_english_learner,
        students.is_special_education,
        students.is_economically_disadvantaged,
        administrations.namespace,
        administrations.assessment_identifier,
        coalesce(assessments.title, administrations.assessment_identifier) as assessment_title,
        assessments.family as assessment_family,
        assessments.category as assessment_category,
        administrations.academic_subject,
        administrations.student_assessment_identifier,
        administrations.administration_date,
        administrations.administration_period,
        administrations.retest_indicator,
        administrations.reason_not_tested,
        administrations.scale_score,
        administrations.percentile,
        administrations.raw_score,
        administrations.performance_level,
        administrations.performance_level_order,
        administrations.is_proficient,
        administrations.is_best_of_year,
        administrations.is_latest,
        administrations.is_newest_copy,
        score_lists.scores,
        level_lists.performance_levels,
        objective_lists.objectives,
        readers.authorized_emails,
        administrations.last_modified_at
    from administrations
    left join assessments on administrations.assessment_key = assessments.assessment_key
    left join students on administrations.student_key = students.student_key
    left join schools on administrations.school_key = schools.school_key
    left join enrollments on administrations.enrollment_key = enrollments.enrollment_key
    left join score_lists on administrations.student_assessment_key = score_lists.student_assessment_key
    left join level_lists on administrations.student_assessment_key = level_lists.student_assessment_key
    left join objective_lists on administrations.student_assessment_key = objective_lists.student_assessment_key
    left join readers on administrations.student_key = readers.student_key
)

select * from final
