/* model
description: >-
  One row per live record of schools in the Ed-Fi API, typed. This entity represents an educational organization that
  includes staff, students and candidates who participate in classes and educational activity groups, inclusive of
  school in a post secondary institution.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  school_key: {type: STRING, description: "Key of the row: source_id, school_year, school_id."}
  lea_key: {type: STRING, description: "Key of the lea: source_id, local_education_agency_id."}
  school_xyear_key: {type: STRING, description: "Key of the school across years: source_id, school_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  school_id: {type: INT64, description: The identifier assigned to a school.}
  charter_approval_school_year: {type: INT64, description: Key for School Year}
  local_education_agency_id: {type: INT64, description: The identifier assigned to a local education agency.}
  post_secondary_institution_id: {type: INT64, description: The ID of the post secondary institution.}
  accreditation_status: {type: STRING, description: The accreditation status for an education preparation provider.}
  administrative_funding_control:
    type: STRING
    description: The type of education institution as classified by its funding source, for example public or private.
  charter_approval_agency_type:
    type: STRING
    description: The type of agency that approved the establishment or continuation of a charter school.
  charter_status:
    type: STRING
    description: >-
      A school or agency providing free public elementary or secondary education to eligible students under a specific
      charter granted by the state legislature or other appropriate authority and designated by such authority to be a
      charter…
  federal_locale_code: {type: STRING, description: The federal locale code associated with an education organization.}
  improving_school: {type: BOOL, description: An indication of whether a school is identified as an improving school.}
  internet_access: {type: STRING, description: The type of Internet access available.}
  magnet_special_program_emphasis_school:
    type: STRING
    description: >-
      A school that has been designed: 1) to attract students of different racial/ethnic backgrounds for the purpose of
      reducing, preventing, or eliminating racial isolation; and/or 2) to provide an academic or social focus on a
      particular…
  name_of_institution: {type: STRING, description: "The full, legally accepted name of the institution."}
  operational_status:
    type: STRING
    description: The current operational status of the education organization (e.g., active, inactive).
  school_type: {type: STRING, description: The type of education institution as classified by its primary focus.}
  short_name_of_institution: {type: STRING, description: A short name for the institution.}
  title_i_part_a_school_designation: {type: STRING, description: Denotes the Title I Part A designation for the school.}
  web_site: {type: STRING, description: The public web site address (URL) for the education organization.}
  education_organization_categories:
    type: JSON
    description: >-
      The classification of the education agency within the geographic boundaries of a state according to the level of
      administrative and operational control granted by the state.
  grade_levels: {type: JSON, description: The grade levels served at the school.}
  addresses:
    type: JSON
    description: >-
      The set of elements that describes an address for the education entity, including the street address, city, state,
      ZIP code, and ZIP code + 4.
  indicators: {type: JSON, description: An indicator or metric of an education organization.}
  institution_telephones:
    type: JSON
    description: The 10-digit telephone number, including the area code, for the education entity.
  international_addresses:
    type: JSON
    description: The set of elements that describes the international physical location of the education entity.
  school_categories: {type: JSON, description: The one or more categories of school.}
  identification_codes:
    type: JSON
    description: >-
      A unique number or alphanumeric code assigned to an education organization by a school, school system, a state, or
      other agency or entity.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: school_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.schools
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(json_value(data, '$.schoolId') as int64) as school_id,
        safe_cast(
            json_value(data, '$.charterApprovalSchoolYearTypeReference.schoolYear') as int64
        ) as charter_approval_school_year,
        safe_cast(
            json_value(data, '$.localEducationAgencyReference.localEducationAgencyId') as int64
        ) as local_education_agency_id,
        safe_cast(
            json_value(data, '$.postSecondaryInstitutionReference.postSecondaryInstitutionId') as int64
        ) as post_secondary_institution_id,
        regexp_extract(json_value(data, '$.accreditationStatusDescriptor'), r'[^#]*$') as accreditation_status,
        regexp_extract(
            json_value(data, '$.administrativeFundingControlDescriptor'),
            r'[^#]*$'
        ) as administrative_funding_control,
        regexp_extract(
            json_value(data, '$.charterApprovalAgencyTypeDescriptor'),
            r'[^#]*$'
        ) as charter_approval_agency_type,
        regexp_extract(json_value(data, '$.charterStatusDescriptor'), r'[^#]*$') as charter_status,
        regexp_extract(json_value(data, '$.federalLocaleCodeDescriptor'), r'[^#]*$') as federal_locale_code,
        lax_bool(json_query(data, '$.improvingSchool')) as improving_school,
        regexp_extract(json_value(data, '$.internetAccessDescriptor'), r'[^#]*$') as internet_access,
        regexp_extract(
            json_value(data, '$.magnetSpecialProgramEmphasisSchoolDescriptor'),
            r'[^#]*$'
        ) as magnet_special_program_emphasis_school,
        json_value(data, '$.nameOfInstitution') as name_of_institution,
        regexp_extract(json_value(data, '$.operationalStatusDescriptor'), r'[^#]*$') as operational_status,
        regexp_extract(json_value(data, '$.schoolTypeDescriptor'), r'[^#]*$') as school_type,
        json_value(data, '$.shortNameOfInstitution') as short_name_of_institution,
        regexp_extract(
            json_value(data, '$.titleIPartASchoolDesignationDescriptor'),
            r'[^#]*$'
        ) as title_i_part_a_school_designation,
        json_value(data, '$.webSite') as web_site,
        json_query(data, '$.educationOrganizationCategories') as education_organization_categories,
        json_query(data, '$.gradeLevels') as grade_levels,
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.indicators') as indicators,
        json_query(data, '$.institutionTelephones') as institution_telephones,
        json_query(data, '$.internationalAddresses') as international_addresses,
        json_query(data, '$.schoolCategories') as school_categories,
        json_query(data, '$.identificationCodes') as identification_codes,
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
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(local_education_agency_id as string)))
        ))) as lea_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_id as string)))
        ))) as school_xyear_key,
        typed.*
    from typed
)

select * from final
