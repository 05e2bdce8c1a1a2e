/* model
description: >-
  One row per live record of grades in the Ed-Fi API, typed. This educational entity represents an overall score or
  assessment tied to a course over a period of time (i.e., the grading period).
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  grade_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, reported_school_year, session_name,
      local_course_code, section_identifier, begin_date, grading_period_school_year, grading_period, grading_period_name
      or period_sequence, grade_type.
  grading_period_key:
    type: STRING
    description: >-
      Key of the grading period: source_id, school_year, school_id, grading_period, grading_period_name or
      period_sequence.
  student_section_key:
    type: STRING
    description: >-
      Key of the student section: source_id, school_year, student_unique_id, school_id, session_name, local_course_code,
      section_identifier, begin_date.
  section_key:
    type: STRING
    description: >-
      Key of the section: source_id, school_year, school_id, session_name, local_course_code, section_identifier.
  session_key: {type: STRING, description: "Key of the session: source_id, school_year, school_id, session_name."}
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  grade_type: {type: STRING, description: "The type of grade reported (e.g., exam, final, grading period)."}
  grading_period: {type: STRING, description: The state's name of the period for which grades are reported.}
  grading_period_name: {type: STRING, description: The school's descriptive name of the grading period.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  grading_period_school_year: {type: INT64, description: The identifier for the grading period school year.}
  period_sequence: {type: INT64, description: The sequential order of this period relative to other periods.}
  begin_date: {type: DATE, description: "Month, day, and year of the student's entry or assignment to the section."}
  local_course_code:
    type: STRING
    description: >-
      The local code assigned by the School that identifies the course offering provided for the instruction of
      students.
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  section_identifier: {type: STRING, description: The local identifier assigned to a section.}
  session_name: {type: STRING, description: The identifier for the calendar for the academic session.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  current_grade_as_of_date: {type: DATE, description: As-Of date for a grade posted as the current grade.}
  current_grade_indicator:
    type: BOOL
    description: An indicator that the posted grade is an interim grade for the grading period and not the final grade.
  diagnostic_statement:
    type: STRING
    description: >-
      A statement provided by the teacher that provides information in addition to the grade or assessment score.
  grade_earned_description: {type: STRING, description: A description of the grade earned by the learner.}
  letter_grade_earned:
    type: STRING
    description: >-
      A final or interim (grading period) indicator of student performance in a class as submitted by the instructor.
  numeric_grade_earned:
    type: NUMERIC
    description: >-
      A final or interim (grading period) indicator of student performance in a class as submitted by the instructor.
  performance_base_conversion:
    type: STRING
    description: A conversion of the level to a standard set of performance levels.
  learning_standard_grades: {type: JSON, description: A collection of learning standards associated with the grade.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: grade_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.grades
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.gradeTypeDescriptor'), r'[^#]*$') as grade_type,
        regexp_extract(
            json_value(data, '$.gradingPeriodReference.gradingPeriodDescriptor'),
            r'[^#]*$'
        ) as grading_period,
        json_value(data, '$.gradingPeriodReference.gradingPeriodName') as grading_period_name,
        safe_cast(
            coalesce(
                json_value(data, '$.gradingPeriodReference.schoolId'),
                json_value(data, '$.studentSectionAssociationReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(json_value(data, '$.gradingPeriodReference.schoolYear') as int64) as grading_period_school_year,
        safe_cast(json_value(data, '$.gradingPeriodReference.periodSequence') as int64) as period_sequence,
        safe_cast(
            substr(json_value(data, '$.studentSectionAssociationReference.beginDate'), 1, 10) as date
        ) as begin_date,
        json_value(data, '$.studentSectionAssociationReference.localCourseCode') as local_course_code,
        safe_cast(json_value(data, '$.studentSectionAssociationReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.studentSectionAssociationReference.sectionIdentifier') as section_identifier,
        json_value(data, '$.studentSectionAssociationReference.sessionName') as session_name,
        json_value(data, '$.studentSectionAssociationReference.studentUniqueId') as student_unique_id,
        safe_cast(substr(json_value(data, '$.currentGradeAsOfDate'), 1, 10) as date) as current_grade_as_of_date,
        lax_bool(json_query(data, '$.currentGradeIndicator')) as current_grade_indicator,
        json_value(data, '$.diagnosticStatement') as diagnostic_statement,
        json_value(data, '$.gradeEarnedDescription') as grade_earned_description,
        json_value(data, '$.letterGradeEarned') as letter_grade_earned,
        safe_cast(json_value(data, '$.numericGradeEarned') as numeric) as numeric_grade_earned,
        regexp_extract(
            json_value(data, '$.performanceBaseConversionDescriptor'),
            r'[^#]*$'
        ) as performance_base_conversion,
        json_query(data, '$.learningStandardGrades') as learning_standard_grades,
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
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(reported_school_year as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string))),
            '\u001f', lower(trim(cast(begin_date as string))),
            '\u001f', lower(trim(cast(grading_period_school_year as string))),
            '\u001f', lower(trim(cast(grading_period as string))),
            '\u001f', lower(trim(coalesce(cast(grading_period_name as string), cast(period_sequence as string)))),
            '\u001f', lower(trim(cast(grade_type as string)))
        ))) as grade_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(grading_period as string))),
            '\u001f', lower(trim(coalesce(cast(grading_period_name as string), cast(period_sequence as string))))
        ))) as grading_period_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as student_section_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string))),
            '\u001f', lower(trim(cast(local_course_code as string))),
            '\u001f', lower(trim(cast(section_identifier as string)))
        ))) as section_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(session_name as string)))
        ))) as session_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
