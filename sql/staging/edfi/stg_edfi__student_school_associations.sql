/* model
description: >-
  One row per live record of student school associations in the Ed-Fi API, typed. This association represents the school
  in which a student is enrolled.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  enrollment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, school_id, entry_date.
  calendar_key: {type: STRING, description: "Key of the calendar: source_id, school_year, school_id, calendar_code."}
  graduation_plan_key:
    type: STRING
    description: >-
      Key of the graduation plan: source_id, school_year, graduation_plan_education_organization_id,
      graduation_plan_type, graduation_school_year.
  next_year_school_key:
    type: STRING
    description: >-
      Key of the next year school: source_id, school_year, next_year_school_id.
  school_key: {type: STRING, description: "Key of the school: source_id, school_year, school_id."}
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  entry_date:
    type: DATE
    description: >-
      The month, day, and year on which an individual enters and begins to receive instructional services in a school
      for each school year.
  calendar_code: {type: STRING, description: The identifier for the calendar.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  reported_school_year: {type: INT64, description: The identifier for the school year associated with the calendar.}
  class_of_school_year: {type: INT64, description: Key for School Year}
  graduation_plan_education_organization_id:
    type: INT64
    description: The identifier assigned to an education organization.
  graduation_plan_type: {type: STRING, description: The type of academic plan the student is following for graduation.}
  graduation_school_year: {type: INT64, description: The school year the student is expected to graduate.}
  next_year_school_id: {type: INT64, description: The identifier assigned to a school.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  employed_while_enrolled:
    type: BOOL
    description: >-
      An individual who is a paid employee or works in his or her own business, profession, or farm and at the same time
      is enrolled in secondary, postsecondary, or adult education.
  enrollment_type: {type: STRING, description: The type of enrollment reflected by the StudentSchoolAssociation.}
  entry_grade_level:
    type: STRING
    description: >-
      The grade level or primary instructional level at which a student enters and receives services in a school or an
      educational institution during a given academic session.
  entry_grade_level_namespace:
    type: STRING
    description: Namespace of entry_grade_level, which says whose code it is.
  entry_grade_level_reason:
    type: STRING
    description: >-
      The primary reason as to why a staff member determined that a student should be promoted or not (or be demoted) at
      the end of a given school term.
  entry_type:
    type: STRING
    description: The process by which a student enters a school during a given academic session.
  entry_type_namespace: {type: STRING, description: "Namespace of entry_type, which says whose code it is."}
  exit_withdraw_date: {type: DATE, description: The recorded exit or withdraw date for the student.}
  exit_withdraw_type:
    type: STRING
    description: The circumstances under which the student exited from membership in an educational institution.
  exit_withdraw_type_namespace:
    type: STRING
    description: Namespace of exit_withdraw_type, which says whose code it is.
  full_time_equivalency:
    type: NUMERIC
    description: The full-time equivalent ratio for the student s assignment to a school for services or instruction.
  next_year_grade_level:
    type: STRING
    description: The anticipated grade level for the student for the next school year.
  primary_school:
    type: BOOL
    description: Indicates if a given enrollment record should be considered the primary record for a student.
  repeat_grade_indicator:
    type: BOOL
    description: >-
      An indicator of whether the student is enrolling to repeat a grade level, either by failure or an agreement to
      hold the student back.
  residency_status:
    type: STRING
    description: >-
      An indication of the location of a persons legal residence relative to (within or outside of) the boundaries of
      the public school attended and its administrative unit.
  school_choice:
    type: BOOL
    description: >-
      An indication of whether the student enrolled in this school under the provisions for public school choice
  school_choice_basis:
    type: STRING
    description: >-
      The legal basis for the school choice enrollment according to local, state or federal policy or regulation.
  school_choice_transfer:
    type: BOOL
    description: >-
      An indication of whether students transferred in or out of the school did so during the school year under the
      provisions for public school choice in accordance with Title I, Part A, Section 1116.
  term_completion_indicator:
    type: BOOL
    description: Idicates whether or not a student completed the most recent school term.
  alternative_graduation_plans:
    type: JSON
    description: The secondary graduation plan or plans associated with the student enrolled in the school.
  education_plans: {type: JSON, description: "The type of education plan(s) the student is following, if appropriate."}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: enrollment_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_school_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.entryDate'), 1, 10) as date) as entry_date,
        json_value(data, '$.calendarReference.calendarCode') as calendar_code,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarReference.schoolId'),
                json_value(data, '$.schoolReference.schoolId')
            ) as int64
        ) as school_id,
        safe_cast(
            coalesce(
                json_value(data, '$.calendarReference.schoolYear'),
                json_value(data, '$.schoolYearTypeReference.schoolYear')
            ) as int64
        ) as reported_school_year,
        safe_cast(json_value(data, '$.classOfSchoolYearTypeReference.schoolYear') as int64) as class_of_school_year,
        safe_cast(
            json_value(data, '$.graduationPlanReference.educationOrganizationId') as int64
        ) as graduation_plan_education_organization_id,
        regexp_extract(
            json_value(data, '$.graduationPlanReference.graduationPlanTypeDescriptor'),
            r'[^#]*$'
        ) as graduation_plan_type,
        safe_cast(
            json_value(data, '$.graduationPlanReference.graduationSchoolYear') as int64
        ) as graduation_school_year,
        safe_cast(json_value(data, '$.nextYearSchoolReference.schoolId') as int64) as next_year_school_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        lax_bool(json_query(data, '$.employedWhileEnrolled')) as employed_while_enrolled,
        regexp_extract(json_value(data, '$.enrollmentTypeDescriptor'), r'[^#]*$') as enrollment_type,
        regexp_extract(json_value(data, '$.entryGradeLevelDescriptor'), r'[^#]*$') as entry_grade_level,
        regexp_extract(json_value(data, '$.entryGradeLevelDescriptor'), r'^(.*)#') as entry_grade_level_namespace,
        regexp_extract(json_value(data, '$.entryGradeLevelReasonDescriptor'), r'[^#]*$') as entry_grade_level_reason,
        regexp_extract(json_value(data, '$.entryTypeDescriptor'), r'[^#]*$') as entry_type,
        regexp_extract(json_value(data, '$.entryTypeDescriptor'), r'^(.*)#') as entry_type_namespace,
        safe_cast(substr(json_value(data, '$.exitWithdrawDate'), 1, 10) as date) as exit_withdraw_date,
        regexp_extract(json_value(data, '$.exitWithdrawTypeDescriptor'), r'[^#]*$') as exit_withdraw_type,
        regexp_extract(json_value(data, '$.exitWithdrawTypeDescriptor'), r'^(.*)#') as exit_withdraw_type_namespace,
        safe_cast(json_value(data, '$.fullTimeEquivalency') as numeric) as full_time_equivalency,
        regexp_extract(json_value(data, '$.nextYearGradeLevelDescriptor'), r'[^#]*$') as next_year_grade_level,
        lax_bool(json_query(data, '$.primarySchool')) as primary_school,
        lax_bool(json_query(data, '$.repeatGradeIndicator')) as repeat_grade_indicator,
        regexp_extract(json_value(data, '$.residencyStatusDescriptor'), r'[^#]*$') as residency_status,
        lax_bool(json_query(data, '$.schoolChoice')) as school_choice,
        regexp_extract(json_value(data, '$.schoolChoiceBasisDescriptor'), r'[^#]*$') as school_choice_basis,
        lax_bool(json_query(data, '$.schoolChoiceTransfer')) as school_choice_transfer,
        lax_bool(json_query(data, '$.termCompletionIndicator')) as term_completion_indicator,
        json_query(data, '$.alternativeGraduationPlans') as alternative_graduation_plans,
        json_query(data, '$.educationPlans') as education_plans,
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
            '\u001f', lower(trim(cast(entry_date as string)))
        ))) as enrollment_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(calendar_code as string)))
        ))) as calendar_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(graduation_plan_education_organization_id as string))),
            '\u001f', lower(trim(cast(graduation_plan_type as string))),
            '\u001f', lower(trim(cast(graduation_school_year as string)))
        ))) as graduation_plan_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(next_year_school_id as string)))
        ))) as next_year_school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
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
