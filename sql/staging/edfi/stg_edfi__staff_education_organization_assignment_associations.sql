/* model
description: >-
  One row per live record of staff education organization assignment associations in the Ed-Fi API, typed. This
  association indicates the education organization to which a staff member provides services.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  staff_education_organization_assignment_association_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, staff_unique_id, education_organization_id, staff_classification,
      begin_date.
  staff_key: {type: STRING, description: "Key of the staff: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  begin_date:
    type: DATE
    description: >-
      Month, day, and year of the start or effective date of a staff member's employment, contract, or relationship with
      the education organization.
  staff_classification:
    type: STRING
    description: The titles of employment, official status, or rank of education staff.
  credential_identifier: {type: STRING, description: Identifier or serial number assigned to the credential.}
  state_of_issue_state_abbreviation:
    type: STRING
    description: >-
      The abbreviation for the name of the state (within the United States) or extra-state jurisdiction in which a
      license/credential was issued.
  education_organization_id: {type: INT64, description: The identifier assigned to an education organization.}
  employment_education_organization_id:
    type: INT64
    description: The identifier assigned to an education organization.
  employment_status: {type: STRING, description: Reflects the type of employment or contract.}
  employment_hire_date:
    type: DATE
    description: The month, day, and year on which an individual was hired for a position.
  staff_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a staff.}
  end_date:
    type: DATE
    description: >-
      Month, day, and year of the end or termination date of a staff member's employment, contract, or relationship with
      the education organization.
  full_time_equivalency:
    type: NUMERIC
    description: >-
      The ratio between the hours of work expected in a position and the hours of work normally expected in a full-time
      position in the same setting.
  order_of_assignment:
    type: INT64
    description: >-
      Describes whether the assignment is this the staff member's primary assignment, secondary assignment, etc.
  position_title: {type: STRING, description: The descriptive name of an individual's position.}
  years_of_experience_at_current_education_organization:
    type: NUMERIC
    description: >-
      The total number of years that an individual has previously held a teaching position in one or more education
      institutions.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: staff_education_organization_assignment_association_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.staff_education_organization_assignment_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(substr(json_value(data, '$.beginDate'), 1, 10) as date) as begin_date,
        regexp_extract(json_value(data, '$.staffClassificationDescriptor'), r'[^#]*$') as staff_classification,
        json_value(data, '$.credentialReference.credentialIdentifier') as credential_identifier,
        regexp_extract(
            json_value(data, '$.credentialReference.stateOfIssueStateAbbreviationDescriptor'),
            r'[^#]*$'
        ) as state_of_issue_state_abbreviation,
        safe_cast(
            json_value(data, '$.educationOrganizationReference.educationOrganizationId') as int64
        ) as education_organization_id,
        safe_cast(
            json_value(
                data,
                '$.employmentStaffEducationOrganizationEmploymentAssociationReference.educationOrganizationId'
            ) as int64
        ) as employment_education_organization_id,
        regexp_extract(
            json_value(
                data,
                '$.employmentStaffEducationOrganizationEmploymentAssociationReference.employmentStatusDescriptor'
            ),
            r'[^#]*$'
        ) as employment_status,
        safe_cast(
            substr(
                json_value(data, '$.employmentStaffEducationOrganizationEmploymentAssociationReference.hireDate'),
                1,
                10
            ) as date
        ) as employment_hire_date,
        coalesce(
            json_value(data, '$.employmentStaffEducationOrganizationEmploymentAssociationReference.staffUniqueId'),
            json_value(data, '$.staffReference.staffUniqueId')
        ) as staff_unique_id,
        safe_cast(substr(json_value(data, '$.endDate'), 1, 10) as date) as end_date,
        safe_cast(json_value(data, '$.fullTimeEquivalency') as numeric) as full_time_equivalency,
        safe_cast(json_value(data, '$.orderOfAssignment') as int64) as order_of_assignment,
        json_value(data, '$.positionTitle') as position_title,
        safe_cast(
            json_value(data, '$.yearsOfExperienceAtCurrentEducationOrganization') as numeric
        ) as years_of_experience_at_current_education_organization,
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
            '\u001f', lower(trim(cast(staff_classification as string))),
            '\u001f', lower(trim(cast(begin_date as string)))
        ))) as staff_education_organization_assignment_association_key,
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
