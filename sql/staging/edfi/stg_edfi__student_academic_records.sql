/* model
description: >-
  One row per live record of student academic records in the Ed-Fi API, typed. This educational entity represents the
  cumulative record of academic achievement for a student.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_academic_record_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id, reported_school_year, term.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  term: {type: STRING, description: The term for the session during the school year.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  reported_school_year: {type: INT64, description: Key for School Year}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  cumulative_attempted_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  cumulative_attempted_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  cumulative_attempted_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  cumulative_earned_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  cumulative_earned_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  cumulative_earned_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  projected_graduation_date: {type: DATE, description: The month and year the student is projected to graduate.}
  session_attempted_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  session_attempted_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  session_attempted_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  session_earned_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  session_earned_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  session_earned_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  cumulative_grade_point_average:
    type: NUMERIC
    description: >-
      A measure of average performance in all courses taken by an individual during his or her school career as
      determined for record-keeping purposes.
  cumulative_grade_points_earned:
    type: NUMERIC
    description: >-
      The cumulative number of grade points an individual earns by successfully completing courses or examinations
      during his or her enrollment in the current school as well as those transferred from schools in which the
      individual had been…
  grade_value_qualifier:
    type: STRING
    description: The scale of equivalents, if applicable, for grades awarded as indicators of performance in schoolwork.
  session_grade_point_average:
    type: NUMERIC
    description: >-
      The grade point average for an individual computed as the grade points earned during the session divided by the
      number of credits attempted.
  session_grade_points_earned:
    type: NUMERIC
    description: The number of grade points an individual earned for this session.
  academic_honors: {type: JSON, description: Academic distinctions earned by or awarded to the student.}
  class_ranking: {type: JSON, description: The API's class ranking.}
  diplomas: {type: JSON, description: Diploma(s) earned by the student.}
  grade_point_averages:
    type: JSON
    description: >-
      The grade point average for an individual computed as the grade points earned divided by the number of credits
      attempted.
  recognitions:
    type: JSON
    description: Recognitions given to the student for accomplishments in a co-curricular or extracurricular activity.
  report_cards: {type: JSON, description: Report cards for the student.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_academic_record_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_academic_records
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.termDescriptor'), r'[^#]*$') as term,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(json_value(data, '$.schoolYearTypeReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(
            json_value(data, '$.cumulativeAttemptedCreditConversion') as numeric
        ) as cumulative_attempted_credit_conversion,
        safe_cast(json_value(data, '$.cumulativeAttemptedCredits') as numeric) as cumulative_attempted_credits,
        regexp_extract(
            json_value(data, '$.cumulativeAttemptedCreditTypeDescriptor'),
            r'[^#]*$'
        ) as cumulative_attempted_credit_type,
        safe_cast(
            json_value(data, '$.cumulativeEarnedCreditConversion') as numeric
        ) as cumulative_earned_credit_conversion,
        safe_cast(json_value(data, '$.cumulativeEarnedCredits') as numeric) as cumulative_earned_credits,
        regexp_extract(
            json_value(data, '$.cumulativeEarnedCreditTypeDescriptor'),
            r'[^#]*$'
        ) as cumulative_earned_credit_type,
        safe_cast(substr(json_value(data, '$.projectedGraduationDate'), 1, 10) as date) as projected_graduation_date,
        safe_cast(
            json_value(data, '$.sessionAttemptedCreditConversion') as numeric
        ) as session_attempted_credit_conversion,
        safe_cast(json_value(data, '$.sessionAttemptedCredits') as numeric) as session_attempted_credits,
        regexp_extract(
            json_value(data, '$.sessionAttemptedCreditTypeDescriptor'),
            r'[^#]*$'
        ) as session_attempted_credit_type,
        safe_cast(json_value(data, '$.sessionEarnedCreditConversion') as numeric) as session_earned_credit_conversion,
        safe_cast(json_value(data, '$.sessionEarnedCredits') as numeric) as session_earned_credits,
        regexp_extract(
            json_value(data, '$.sessionEarnedCreditTypeDescriptor'),
            r'[^#]*$'
        ) as session_earned_credit_type,
        safe_cast(json_value(data, '$.cumulativeGradePointAverage') as numeric) as cumulative_grade_point_average,
        safe_cast(json_value(data, '$.cumulativeGradePointsEarned') as numeric) as cumulative_grade_points_earned,
        json_value(data, '$.gradeValueQualifier') as grade_value_qualifier,
        safe_cast(json_value(data, '$.sessionGradePointAverage') as numeric) as session_grade_point_average,
        safe_cast(json_value(data, '$.sessionGradePointsEarned') as numeric) as session_grade_points_earned,
        json_query(data, '$.academicHonors') as academic_honors,
        json_query(data, '$.classRanking') as class_ranking,
        json_query(data, '$.diplomas') as diplomas,
        json_query(data, '$.gradePointAverages') as grade_point_averages,
        json_query(data, '$.recognitions') as recognitions,
        json_query(data, '$.reportCards') as report_cards,
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
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(reported_school_year as string))),
            '\u001f', lower(trim(cast(term as string)))
        ))) as student_academic_record_key,
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
