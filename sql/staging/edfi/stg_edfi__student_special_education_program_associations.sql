/* model
description: >-
  One row per live record of student special education program associations in the Ed-Fi API, typed. This association
  represents the special education program(s) that a student participates in or receives services from.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_program_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id,
      program_education_organization_id, program_name, program_type, begin_date.
  program_key:
    type: STRING
    description: >-
      Key of the program: source_id, school_year, program_education_organization_id, program_name, program_type.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  begin_date: {type: DATE, description: The earliest date the student is involved with the program.}
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  program_education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  program_name:
    type: STRING
    description: >-
      The formal name of the program of instruction, training, services, or benefits available through federal, state,
      or local agencies.
  program_type: {type: STRING, description: The type of program.}
  program_type_namespace: {type: STRING, description: "Namespace of program_type, which says whose code it is."}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  end_date:
    type: DATE
    description: The month, day, and year on which the student exited the program or stopped receiving services.
  idea_eligibility:
    type: BOOL
    description: >-
      Indicator of the eligibility of the student to receive special education services according to the Individuals
      with Disabilities Education Act (IDEA).
  iep_begin_date: {type: DATE, description: The effective date of the most recent IEP.}
  iep_end_date: {type: DATE, description: The end date of the most recent IEP.}
  iep_evaluation_due_date: {type: DATE, description: The due date for the next special education evaluation.}
  iep_last_evaluation_date: {type: DATE, description: The date of the last special education evaluation.}
  iep_last_review_date: {type: DATE, description: The date of the last IEP review.}
  iep_review_due_date: {type: DATE, description: The due date for the next IEP review.}
  medically_fragile:
    type: BOOL
    description: >-
      Indicates whether the student receiving special education and related services is: 1) in the age range of birth to
      22 years, and 2) has a serious, ongoing illness or a chronic condition that has lasted or is anticipated to last
      at least…
  multiply_disabled:
    type: BOOL
    description: >-
      Indicates whether the student receiving special education and related services has been designated as multiply
      disabled by the admission, review, and dismissal committee as aligned with federal requirements.
  reason_exited: {type: STRING, description: The reason the student left the program within a school or district.}
  reduction_in_hours_per_week_compared_to_peers:
    type: NUMERIC
    description: >-
      Records the number of hours reduced for the shortened school day for the IEP student as compared to peers in
      regular education.
  school_hours_per_week:
    type: NUMERIC
    description: >-
      Indicate the total number of hours of instructional time per week for the school that the student attends.
  served_outside_of_regular_session:
    type: BOOL
    description: Indicates whether the student received services during the summer session or between sessions.
  shortened_school_day_indicator:
    type: BOOL
    description: Indicator that the student's IEP requires a shortened school day.
  special_education_exit_date:
    type: DATE
    description: The month, day and year on which a person stops receiving special education services.
  special_education_exit_explained:
    type: STRING
    description: Explanation on why a person stops receiving special education services.
  special_education_exit_reason:
    type: STRING
    description: The reason why a person stops receiving special education services.
  special_education_hours_per_week:
    type: NUMERIC
    description: The number of hours per week for special education instruction and therapy.
  special_education_setting:
    type: STRING
    description: The major instructional setting (more than 50 percent of a student's special education program).
  disabilities:
    type: JSON
    description: >-
      The disability condition(s) that best describes an individual's impairment, as related to special education
      services received.
  program_participation_statuses: {type: JSON, description: The status of the student's program participation.}
  service_providers: {type: JSON, description: The staff providing special education services to the student.}
  special_education_program_services:
    type: JSON
    description: Indicates the service(s) being provided to the student by the special education program.
  participation_status: {type: JSON, description: The API's participation status.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_program_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_special_education_program_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(
            json_value(data, '$.programReference.educationOrganizationId') as int64
        ) as program_education_organization_id,
        json_value(data, '$.programReference.programName') as program_name,
        regexp_extract(json_value(data, '$.programReference.programTypeDescriptor'), r'[^#]*$') as program_type,
        regexp_extract(
            json_value(data, '$.programReference.programTypeDescriptor'),
            r'^(.*)#'
        ) as program_type_namespace,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        lax_bool(json_query(data, '$.ideaEligibility')) as idea_eligibility,
        safe_cast(substr(json_value(data, '$.iepBeginDate'), 1, 10) as date) as iep_begin_date,
        safe_cast(substr(json_value(data, '$.iepEndDate'), 1, 10) as date) as iep_end_date,
        safe_cast(substr(json_value(data, '$.iepEvaluationDueDate'), 1, 10) as date) as iep_evaluation_due_date,
        safe_cast(
            substr(
                coalesce(json_value(data, '$.iepLastEvaluationDate'), json_value(data, '$.lastEvaluationDate')),
                1,
                10
            ) as date
        ) as iep_last_evaluation_date,
        safe_cast(
            substr(
                coalesce(json_value(data, '$.iepLastReviewDate'), json_value(data, '$.iepReviewDate')),
                1,
                10
            ) as date
        ) as iep_last_review_date,
        safe_cast(substr(json_value(data, '$.iepReviewDueDate'), 1, 10) as date) as iep_review_due_date,
        lax_bool(json_query(data, '$.medicallyFragile')) as medically_fragile,
        lax_bool(json_query(data, '$.multiplyDisabled')) as multiply_disabled,
        regexp_extract(json_value(data, '$.reasonExitedDescriptor'), r'[^#]*$') as reason_exited,
        safe_cast(
            json_value(data, '$.reductionInHoursPerWeekComparedToPeers') as numeric
        ) as reduction_in_hours_per_week_compared_to_peers,
        safe_cast(json_value(data, '$.schoolHoursPerWeek') as numeric) as school_hours_per_week,
        lax_bool(json_query(data, '$.servedOutsideOfRegularSession')) as served_outside_of_regular_session,
        lax_bool(json_query(data, '$.shortenedSchoolDayIndicator')) as shortened_school_day_indicator,
        safe_cast(substr(json_value(data, '$.specialEducationExitDate'), 1, 10) as date) as special_education_exit_date,
        json_value(data, '$.specialEducationExitExplained') as special_education_exit_explained,
        regexp_extract(
            json_value(data, '$.specialEducationExitReasonDescriptor'),
            r'[^#]*$'
        ) as special_education_exit_reason,
        safe_cast(json_value(data, '$.specialEducationHoursPerWeek') as numeric) as special_education_hours_per_week,
        regexp_extract(json_value(data, '$.specialEducationSettingDescriptor'), r'[^#]*$') as special_education_setting,
        json_query(data, '$.disabilities') as disabilities,
        json_query(data, '$.programParticipationStatuses') as program_participation_statuses,
        json_query(data, '$.serviceProviders') as service_providers,
        json_query(data, '$.specialEducationProgramServices') as special_education_program_services,
        json_query(data, '$.participationStatus') as participation_status,
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
            '\u001f', lower(trim(cast(program_education_organization_id as string))),
            '\u001f', lower(trim(cast(program_name as string))),
            '\u001f', lower(trim(cast(program_type as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as student_program_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(program_education_organization_id as string))),
            '\u001f', lower(trim(cast(program_name as string))),
            '\u001f', lower(trim(cast(program_type as string)))
        ))) as program_key,
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
