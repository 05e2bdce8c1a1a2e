/* model
description: >-
  One row per live record of courses in the Ed-Fi API, typed. This educational entity represents the organization of
  subject matter and related learning experiences provided for the instruction of students on a regular or systematic
  basis.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  course_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_organization_id, course_code.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  course_code: {type: STRING, description: A unique alphanumeric code assigned to a course.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  career_pathway:
    type: STRING
    description: Indicates the career cluster or pathway the course is associated with as part of a CTE curriculum.
  course_defined_by:
    type: STRING
    description: Specifies whether the course was defined by the SEA, LEA, School, or national organization.
  course_description:
    type: STRING
    description: A description of the content standards and goals covered in the course.
  course_gpa_applicability:
    type: STRING
    description: >-
      An indicator of whether or not the course being described is included in the computation of the student's grade
      point average, and if so, if it is weighted differently from regular courses.
  course_title:
    type: STRING
    description: >-
      The descriptive name given to a course of study offered in a school or other institution or organization.
  date_course_adopted: {type: DATE, description: Date the course was adopted by the education agency.}
  high_school_course_requirement:
    type: BOOL
    description: >-
      An indication that this course may satisfy high school graduation requirements in the course's subject area.
  max_completions_for_credit:
    type: INT64
    description: Designates how many times the course may be taken with credit received by the student.
  maximum_available_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  maximum_available_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  maximum_available_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  minimum_available_credit_conversion:
    type: NUMERIC
    description: Conversion factor that when multiplied by the number of credits is equivalent to Carnegie units.
  minimum_available_credits:
    type: NUMERIC
    description: The value of credits or units of value awarded for the completion of a course.
  minimum_available_credit_type:
    type: STRING
    description: The type of credits or units of value awarded for the completion of a course.
  number_of_parts: {type: INT64, description: The number of parts identified for a course.}
  time_required_for_completion:
    type: INT64
    description: The actual or estimated number of clock minutes required for class completion.
  academic_subject: {type: STRING, description: The intended major subject area of the course.}
  identification_codes:
    type: JSON
    description: >-
      The code that identifies the organization of subject matter and related learning experiences provided for the
      instruction of students.
  academic_subjects: {type: JSON, description: The intended major subject/s area of the course.}
  competency_levels: {type: JSON, description: The competency levels defined to rate the student for the course.}
  learning_standards: {type: JSON, description: Learning standard(s) to be taught by the course.}
  level_characteristics:
    type: JSON
    description: >-
      The type of specific program or designation with which the course is associated (e.g., AP, IB, Dual Credit, CTE).
  offered_grade_levels: {type: JSON, description: The grade levels in which the course is offered.}
  learning_objectives: {type: JSON, description: Learning objectives to be mastered in the course.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: course_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.courses
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.courseCode') as course_code,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        regexp_extract(json_value(data, '$.careerPathwayDescriptor'), r'[^#]*$') as career_pathway,
        regexp_extract(json_value(data, '$.courseDefinedByDescriptor'), r'[^#]*$') as course_defined_by,
        json_value(data, '$.courseDescription') as course_description,
        regexp_extract(json_value(data, '$.courseGPAApplicabilityDescriptor'), r'[^#]*$') as course_gpa_applicability,
        json_value(data, '$.courseTitle') as course_title,
        safe_cast(substr(json_value(data, '$.dateCourseAdopted'), 1, 10) as date) as date_course_adopted,
        lax_bool(json_query(data, '$.highSchoolCourseRequirement')) as high_school_course_requirement,
        safe_cast(json_value(data, '$.maxCompletionsForCredit') as int64) as max_completions_for_credit,
        safe_cast(
            json_value(data, '$.maximumAvailableCreditConversion') as numeric
        ) as maximum_available_credit_conversion,
        safe_cast(json_value(data, '$.maximumAvailableCredits') as numeric) as maximum_available_credits,
        regexp_extract(
            json_value(data, '$.maximumAvailableCreditTypeDescriptor'),
            r'[^#]*$'
        ) as maximum_available_credit_type,
        safe_cast(
            json_value(data, '$.minimumAvailableCreditConversion') as numeric
        ) as minimum_available_credit_conversion,
        safe_cast(json_value(data, '$.minimumAvailableCredits') as numeric) as minimum_available_credits,
        regexp_extract(
            json_value(data, '$.minimumAvailableCreditTypeDescriptor'),
            r'[^#]*$'
        ) as minimum_available_credit_type,
        safe_cast(json_value(data, '$.numberOfParts') as int64) as number_of_parts,
        safe_cast(json_value(data, '$.timeRequiredForCompletion') as int64) as time_required_for_completion,
        regexp_extract(
            coalesce(
                json_value(data, '$.academicSubjectDescriptor'),
                json_value(data, '$.academicSubjects[0].academicSubjectDescriptor')
            ),
            r'[^#]*$'
        ) as academic_subject,
        json_query(data, '$.identificationCodes') as identification_codes,
        json_query(data, '$.academicSubjects') as academic_subjects,
        json_query(data, '$.competencyLevels') as competency_levels,
        json_query(data, '$.learningStandards') as learning_standards,
        json_query(data, '$.levelCharacteristics') as level_characteristics,
        json_query(data, '$.offeredGradeLevels') as offered_grade_levels,
        json_query(data, '$.learningObjectives') as learning_objectives,
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
            '\u001f', lower(trim(cast(course_code as string)))
        ))) as course_key,
        typed.*
    from typed
)

select * from final
