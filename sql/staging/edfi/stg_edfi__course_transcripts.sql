/* model
description: >-
  One row per live record of course transcripts in the Ed-Fi API, typed. This entity is the final record of a student's
  performance in their courses at the end of a semester or school year.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  course_transcript_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id, reported_school_year, term,
      course_education_organization_id, course_code, course_attempt_result.
  course_key:
    type: STRING
    description: >-
      Key of the course: source_id, school_year, course_education_organization_id, course_code.
  responsible_teacher_staff_key:
    type: STRING
    description: >-
      Key of the responsible teacher staff: source_id, school_year, responsible_teacher_staff_unique_id.
  student_academic_record_key:
    type: STRING
    description: >-
      Key of the student academic record: source_id, school_year, student_unique_id, education_organization_id,
      reported_school_year, term.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  course_attempt_result: {type: STRING, description: The result from the student's attempt to take the course.}
  course_attempt_result_namespace:
    type: STRING
    description: Namespace of course_attempt_result, which says whose code it is.
  course_code: {type: STRING, description: A unique alphanumeric code assigned to a course.}
  course_education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  external_education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  responsible_teacher_staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  reported_school_year: {type: INT64, description: The identifier for the school year.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  term: {type: STRING, description: The term for the session during the school year.}
  alternative_course_title:
    type: STRING
    description: >-
      The descriptive name given to a course of study offered in the school, if different from the CourseTitle.
  assigning_organization_identification_code:
    type: STRING
    description: The organization code or name assigning the course identification code.
  attempted_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  attempted_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  attempted_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  course_catalog_url:
    type: STRING
    description: The URL for the course catalog that defines the course identification code.
  course_repeat_code:
    type: STRING
    description: >-
      Indicates that an academic course has been repeated by a student and how that repeat is to be computed in the
      student's academic grade average.
  course_repeat_code_namespace:
    type: STRING
    description: Namespace of course_repeat_code, which says whose code it is.
  course_title:
    type: STRING
    description: >-
      The descriptive name given to a course of study offered in a school or other institution or organization.
  earned_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  earned_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  earned_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  external_education_organization_name_of_institution:
    type: STRING
    description: >-
      Name of the external institution where the student completed the course; to be used only when the reference
      external education organization is not available.
  final_letter_grade_earned:
    type: STRING
    description: The final indicator of student performance in a class as submitted by the instructor.
  final_numeric_grade_earned:
    type: NUMERIC
    description: The final indicator of student performance in a class as submitted by the instructor.
  method_credit_earned: {type: STRING, description: The method the credits were earned.}
  when_taken_grade_level: {type: STRING, description: Student's grade level at time of course.}
  alternative_course_code:
    type: STRING
    description: >-
      The local code assigned by the school that identifies the course offering, the code from an external educational
      organization, or other alternate course code.
  academic_subjects:
    type: JSON
    description: The subject area for the course transcript credits awarded in the course transcript.
  alternative_course_identification_codes:
    type: JSON
    description: >-
      The code that identifies the course, course offering, the code from an external educational organization, or other
      alternate course code.
  course_programs: {type: JSON, description: The program(s) that the student participated in the context of the course.}
  credit_categories:
    type: JSON
    description: A categorization for the course transcript credits awarded in the course transcript.
  earned_additional_credits:
    type: JSON
    description: >-
      The number of additional credits a student attempted and could earn for successfully completing a given course.
  partial_course_transcript_awards:
    type: JSON
    description: >-
      A collection of partial credits and/or grades a student earned against the course over the session, used when
      awards of credit are incremental.
  sections: {type: JSON, description: The section(s) associated with the course transcript.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: course_transcript_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.course_transcripts
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.courseAttemptResultDescriptor'), r'[^#]*$') as course_attempt_result,
        regexp_extract(
            json_value(data, '$.courseAttemptResultDescriptor'),
            r'^(.*)#'
        ) as course_attempt_result_namespace,
        json_value(data, '$.courseReference.courseCode') as course_code,
        safe_cast(
            json_value(data, '$.courseReference.educationOrganizationId') as int64
        ) as course_education_organization_id,
        safe_cast(
            json_value(data, '$.externalEducationOrganizationReference.educationOrganizationId') as int64
        ) as external_education_organization_id,
        json_value(data, '$.responsibleTeacherStaffReference.staffUniqueId') as responsible_teacher_staff_unique_id,
        safe_cast(
            json_value(data, '$.studentAcademicRecordReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(json_value(data, '$.studentAcademicRecordReference.schoolYear') as int64) as reported_school_year,
        json_value(data, '$.studentAcademicRecordReference.studentUniqueId') as student_unique_id,
        regexp_extract(json_value(data, '$.studentAcademicRecordReference.termDescriptor'), r'[^#]*$') as term,
        json_value(data, '$.alternativeCourseTitle') as alternative_course_title,
        json_value(data, '$.assigningOrganizationIdentificationCode') as assigning_organization_identification_code,
        safe_cast(json_value(data, '$.attemptedCreditConversion') as numeric) as attempted_credit_conversion,
        safe_cast(json_value(data, '$.attemptedCredits') as numeric) as attempted_credits,
        regexp_extract(json_value(data, '$.attemptedCreditTypeDescriptor'), r'[^#]*$') as attempted_credit_type,
        json_value(data, '$.courseCatalogURL') as course_catalog_url,
        regexp_extract(json_value(data, '$.courseRepeatCodeDescriptor'), r'[^#]*$') as course_repeat_code,
        regexp_extract(json_value(data, '$.courseRepeatCodeDescriptor'), r'^(.*)#') as course_repeat_code_namespace,
        json_value(data, '$.courseTitle') as course_title,
        safe_cast(json_value(data, '$.earnedCreditConversion') as numeric) as earned_credit_conversion,
        safe_cast(json_value(data, '$.earnedCredits') as numeric) as earned_credits,
        regexp_extract(json_value(data, '$.earnedCreditTypeDescriptor'), r'[^#]*$') as earned_credit_type,
        json_value(
            data,
            '$.externalEducationOrganizationNameOfInstitution'
        ) as external_education_organization_name_of_institution,
        json_value(data, '$.finalLetterGradeEarned') as final_letter_grade_earned,
        safe_cast(json_value(data, '$.finalNumericGradeEarned') as numeric) as final_numeric_grade_earned,
        regexp_extract(json_value(data, '$.methodCreditEarnedDescriptor'), r'[^#]*$') as method_credit_earned,
        regexp_extract(json_value(data, '$.whenTakenGradeLevelDescriptor'), r'[^#]*$') as when_taken_grade_level,
        json_value(data, '$.alternativeCourseCode') as alternative_course_code,
        json_query(data, '$.academicSubjects') as academic_subjects,
        json_query(data, '$.alternativeCourseIdentificationCodes') as alternative_course_identification_codes,
        json_query(data, '$.coursePrograms') as course_programs,
        json_query(data, '$.creditCategories') as credit_categories,
        json_query(data, '$.earnedAdditionalCredits') as earned_additional_credits,
        json_query(data, '$.partialCourseTranscriptAwards') as partial_course_transcript_awards,
        json_query(data, '$.sections') as sections,
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
            '\u001f', lower(trim(cast(term as string))),
            '\u001f', lower(trim(cast(course_education_organization_id as string))),
            '\u001f', lower(trim(cast(course_code as string))),
            '\u001f', lower(trim(cast(course_attempt_result as string)))
        ))) as course_transcript_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(course_education_organization_id as string))),
            '\u001f', lower(trim(cast(course_code as string)))
        ))) as course_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(responsible_teacher_staff_unique_id as string)))
        ))) as responsible_teacher_staff_key,
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
