/* model
description: >-
  One row per live record of student language instruction program associations in the Ed-Fi API, typed. This association
  represents the Title III Language Instruction for Limited English Proficient and Immigrant Students program(s) that a
  student participates in or from which the student receives services.
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
  dosage:
    type: INT64
    description: The duration of time in minutes for which the student was assigned to participate in the program.
  end_date:
    type: DATE
    description: The month, day, and year on which the student exited the program or stopped receiving services.
  english_learner_participation:
    type: BOOL
    description: >-
      An indication that an English learner student is served by an English language instruction educational program
      supported with Title III of ESEA funds.
  reason_exited: {type: STRING, description: The reason the student left the program within a school or district.}
  served_outside_of_regular_session:
    type: BOOL
    description: Indicates whether the student received services during the summer session or between sessions.
  english_language_proficiency_assessments: {type: JSON, description: Results of yearly English language assessment.}
  language_instruction_program_services:
    type: JSON
    description: Indicates the service(s) being provided to the student by the language instruction program.
  program_participation_statuses: {type: JSON, description: The status of the student's program participation.}
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
    select * from current_edfi.student_language_instruction_program_associations
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
        safe_cast(json_value(data, '$.dosage') as int64) as dosage,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        lax_bool(json_query(data, '$.englishLearnerParticipation')) as english_learner_participation,
        regexp_extract(json_value(data, '$.reasonExitedDescriptor'), r'[^#]*$') as reason_exited,
        lax_bool(json_query(data, '$.servedOutsideOfRegularSession')) as served_outside_of_regular_session,
        json_query(data, '$.englishLanguageProficiencyAssessments') as english_language_proficiency_assessments,
        json_query(data, '$.languageInstructionProgramServices') as language_instruction_program_services,
        json_query(data, '$.programParticipationStatuses') as program_participation_statuses,
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
