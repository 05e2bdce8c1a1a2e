/* model
description: >-
  One row per live record of education service centers in the Ed-Fi API, typed. This entity represents a regional,
  multi-services public agency authorized by state law to develop, manage and provide services, programs, or other
  support options (e.g., construction, food services, and technology services) to LEAs.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  education_service_center_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, education_service_center_id.
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  education_service_center_id: {type: INT64, description: The identifier assigned to an education service center.}
  state_education_agency_id: {type: INT64, description: The identifier assigned to a state education agency.}
  name_of_institution: {type: STRING, description: "The full, legally accepted name of the institution."}
  operational_status:
    type: STRING
    description: The current operational status of the education organization (e.g., active, inactive).
  short_name_of_institution: {type: STRING, description: A short name for the institution.}
  web_site: {type: STRING, description: The public web site address (URL) for the education organization.}
  categories:
    type: JSON
    description: >-
      The classification of the education agency within the geographic boundaries of a state according to the level of
      administrative and operational control granted by the state.
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
      sql: education_service_center_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.education_service_centers
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        safe_cast(json_value(data, '$.educationServiceCenterId') as int64) as education_service_center_id,
        safe_cast(
            json_value(data, '$.stateEducationAgencyReference.stateEducationAgencyId') as int64
        ) as state_education_agency_id,
        json_value(data, '$.nameOfInstitution') as name_of_institution,
        regexp_extract(json_value(data, '$.operationalStatusDescriptor'), r'[^#]*$') as operational_status,
        json_value(data, '$.shortNameOfInstitution') as short_name_of_institution,
        json_value(data, '$.webSite') as web_site,
        json_query(data, '$.categories') as categories,
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.indicators') as indicators,
        json_query(data, '$.institutionTelephones') as institution_telephones,
        json_query(data, '$.internationalAddresses') as international_addresses,
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
            '\u001f', lower(trim(cast(education_service_center_id as string)))
        ))) as education_service_center_key,
        typed.*
    from typed
)

select * from final
