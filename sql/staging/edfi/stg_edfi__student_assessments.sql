/* model
description: >-
  One row per live record of student assessments in the Ed-Fi API, typed. This entity represents the analysis or scoring
  of a student's response on an assessment.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_assessment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, namespace, assessment_identifier,
      student_assessment_identifier.
  assessment_key:
    type: STRING
    description: >-
      Key of the assessment: source_id, school_year, namespace, assessment_identifier.
  reported_school_key:
    type: STRING
    description: >-
      Key of the reported school: source_id, school_year, reported_school_id.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  student_assessment_identifier:
    type: STRING
    description: A unique number or alphanumeric code assigned to an assessment administered to a student.
  assessment_identifier: {type: STRING, description: A unique number or alphanumeric code assigned to an assessment.}
  namespace: {type: STRING, description: Namespace for the assessment.}
  reported_school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: Key for School Year}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  administration_date: {type: TIMESTAMP, description: The date and time an assessment was completed by the student.}
  administration_end_date: {type: TIMESTAMP, description: The date and time an assessment administration ended.}
  administration_environment: {type: STRING, description: The environment in which the test was administered.}
  administration_language:
    type: STRING
    description: The language in which an assessment is written and/or administered.
  assessed_grade_level:
    type: STRING
    description: The grade level for which the assessment form was evaluated for the student on this administration.
  assessed_minutes: {type: INT64, description: Reported time student was assessed in minutes.}
  event_circumstance:
    type: STRING
    description: An unusual event occurred during the administration of the assessment.
  event_description:
    type: STRING
    description: >-
      Describes special events that occur before during or after the assessment session that may impact use of results.
  platform_type:
    type: STRING
    description: The platform with which the assessment was delivered to the student during the assessment session.
  reason_not_tested: {type: STRING, description: The primary reason student is not tested.}
  reported_school_identifier:
    type: STRING
    description: >-
      A reported school identifier for the school the enrollment at the time of the assessment used when the assigned
      SchoolId is not known by the assessment vendor.
  retest_indicator: {type: STRING, description: Indicator if the test was a retake.}
  serial_number: {type: STRING, description: The unique number for the assessment form or answer document.}
  when_assessed_grade_level: {type: STRING, description: The grade level of a student when assessed.}
  accommodations:
    type: JSON
    description: >-
      The specific type of special variation used in how an examination is presented, how it is administered, or how the
      test taker is allowed to respond.
  indicators:
    type: JSON
    description: >-
      An indicator or metric for non-score attributes being sent for the current Assessment, for example for at-risk
      name.
  items:
    type: JSON
    description: >-
      The student's response to an assessment item and the item-level scores such as correct, incorrect, or met
      standard.
  performance_levels: {type: JSON, description: The performance level(s) achieved for the student assessment.}
  period: {type: JSON, description: The API's period.}
  score_results:
    type: JSON
    description: A meaningful score or statistical expression of the performance of an individual.
  student_objective_assessments:
    type: JSON
    description: The student's score and/or performance levels earned for an objective assessment.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_assessment_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_assessments
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.studentAssessmentIdentifier') as student_assessment_identifier,
        json_value(data, '$.assessmentReference.assessmentIdentifier') as assessment_identifier,
        json_value(data, '$.assessmentReference.namespace') as namespace,
        safe_cast(json_value(data, '$.reportedSchoolReference.schoolId') as int64) as reported_school_id,
        safe_cast(json_value(data, '$.schoolYearTypeReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(
            regexp_replace(json_value(data, '$.administrationDate'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as administration_date,
        safe_cast(
            regexp_replace(json_value(data, '$.administrationEndDate'), r'([.]\d{6})\d+', r'\1') as timestamp
        ) as administration_end_date,
        regexp_extract(
            json_value(data, '$.administrationEnvironmentDescriptor'),
            r'[^#]*$'
        ) as administration_environment,
        regexp_extract(json_value(data, '$.administrationLanguageDescriptor'), r'[^#]*$') as administration_language,
        regexp_extract(json_value(data, '$.assessedGradeLevelDescriptor'), r'[^#]*$') as assessed_grade_level,
        safe_cast(json_value(data, '$.assessedMinutes') as int64) as assessed_minutes,
        regexp_extract(json_value(data, '$.eventCircumstanceDescriptor'), r'[^#]*$') as event_circumstance,
        json_value(data, '$.eventDescription') as event_description,
        regexp_extract(json_value(data, '$.platformTypeDescriptor'), r'[^#]*$') as platform_type,
        regexp_extract(json_value(data, '$.reasonNotTestedDescriptor'), r'[^#]*$') as reason_not_tested,
        json_value(data, '$.reportedSchoolIdentifier') as reported_school_identifier,
        regexp_extract(json_value(data, '$.retestIndicatorDescriptor'), r'[^#]*$') as retest_indicator,
        json_value(data, '$.serialNumber') as serial_number,
        regexp_extract(json_value(data, '$.whenAssessedGradeLevelDescriptor'), r'[^#]*$') as when_assessed_grade_level,
        json_query(data, '$.accommodations') as accommodations,
        json_query(data, '$.indicators') as indicators,
        json_query(data, '$.items') as items,
        json_query(data, '$.performanceLevels') as performance_levels,
        json_query(data, '$.period') as period,
        json_query(data, '$.scoreResults') as score_results,
        json_query(data, '$.studentObjectiveAssessments') as student_objective_assessments,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string))),
            '\u001f', lower(trim(cast(student_assessment_identifier as string)))
        ))) as student_assessment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(namespace as string))),
            '\u001f', lower(trim(cast(assessment_identifier as string)))
        ))) as assessment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(reported_school_id as string)))
        ))) as reported_school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
