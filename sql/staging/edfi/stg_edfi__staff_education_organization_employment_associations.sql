/* model
description: >-
  One row per live record of staff education organization employment associations in the Ed-Fi API, typed. This
  association indicates the education organization an employee, contractor, volunteer, or other service provider is
  formally associated with typically indicated by which organization the staff member has a services contract with or…
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_education_organization_employment_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, education_organization_id, employment_status, hire_date.
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  employment_status: {type: STRING, description: Reflects the type of employment or contract.}
  hire_date: {type: DATE, description: "The month, day, and year on which an individual was hired for a position."}
  credential_identifier: {type: STRING, description: Identifier or serial number assigned to the credential.}
  state_of_issue_state_abbreviation:
    type: STRING
    description: >-
      The abbreviation for the name of the state (within the United States) or extra-state jurisdiction in which a
      license/credential was issued.
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  annual_wage: {type: NUMERIC, description: Annual wage associated with the employment position being reported.}
  department:
    type: STRING
    description: >-
      The department or suborganization the employee/contractor is associated with in the education organization.
  end_date:
    type: DATE
    description: >-
      The month, day, and year on which a contract between an individual and a governing authority ends or is terminated
      under the provisions of the contract (or the date on which the agreement is made invalid).
  full_time_equivalency:
    type: NUMERIC
    description: >-
      The ratio between the hours of work expected in a position and the hours of work normally expected in a full-time
      position in the same setting.
  hourly_wage: {type: NUMERIC, description: Hourly wage associated with the employment position being reported.}
  length_of_contract: {type: STRING, description: The length of contract.}
  offer_date: {type: DATE, description: Date at which the staff member was made an official offer for this employment.}
  probation_complete_date: {type: DATE, description: The date the probation period ended or is scheduled to end.}
  separation: {type: STRING, description: Type of employment separation.}
  separation_reason: {type: STRING, description: Reason for terminating the employment.}
  tenured: {type: BOOL, description: Indicator of whether the staff member is tenured.}
  tenure_track: {type: BOOL, description: An indication that the staff is on track for tenure.}
  background_checks: {type: JSON, description: Staff background check history and disposition.}
  salary: {type: JSON, description: The API's salary.}
  seniorities: {type: JSON, description: Entries of job experience contributing to the computations of seniority.}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_education_organization_employment_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_education_organization_employment_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        regexp_extract(json_value(data, '$.employmentStatusDescriptor'), r'[^#]*$') as employment_status,
        safe_cast(substr(json_value(data, '$.hireDate'), 1, 10) as date) as hire_date,
        json_value(data, '$.credentialReference.credentialIdentifier') as credential_identifier,
        regexp_extract(
            json_value(data, '$.credentialReference.stateOfIssueStateAbbreviationDescriptor'),
            r'[^#]*$'
        ) as state_of_issue_state_abbreviation,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        json_value(data, '$.staffReference.staffUniqueId') as staff_unique_id,
        safe_cast(json_value(data, '$.annualWage') as numeric) as annual_wage,
        json_value(data, '$.department') as department,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        safe_cast(json_value(data, '$.fullTimeEquivalency') as numeric) as full_time_equivalency,
        safe_cast(json_value(data, '$.hourlyWage') as numeric) as hourly_wage,
        regexp_extract(json_value(data, '$.lengthOfContractDescriptor'), r'[^#]*$') as length_of_contract,
        safe_cast(substr(json_value(data, '$.offerDate'), 1, 10) as date) as offer_date,
        safe_cast(substr(json_value(data, '$.probationCompleteDate'), 1, 10) as date) as probation_complete_date,
        regexp_extract(json_value(data, '$.separationDescriptor'), r'[^#]*$') as separation,
        regexp_extract(json_value(data, '$.separationReasonDescriptor'), r'[^#]*$') as separation_reason,
        lax_bool(json_query(data, '$.tenured')) as tenured,
        lax_bool(json_query(data, '$.tenureTrack')) as tenure_track,
        json_query(data, '$.backgroundChecks') as background_checks,
        json_query(data, '$.salary') as salary,
        json_query(data, '$.seniorities') as seniorities,
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
            '\u001f', lower(trim(cast(staff_unique_id as string))),
            '\u001f', lower(trim(cast(education_organization_id as string))),
            '\u001f', lower(trim(cast(employment_status as string))),
            '\u001f', lower(trim(cast(hire_date as string)))
        ))) as staff_education_organization_employment_association_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(staff_unique_id as string)))
        ))) as staff_xyear_key,
        typed.*
    from typed
)

select * from final
