/* model
description: >-
  One row per local education agency, as its newest school year describes it, with the agencies above it.
materialize: table
key: [lea_key]
access: everyone
columns:
  lea_key: {type: STRING, description: "Key of the row: source_id, local_education_agency_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: The newest school year that has the agency.}
  lea_id: {type: INT64, description: The agency's id.}
  lea_name: {type: STRING, description: Name.}
  short_name: {type: STRING, description: Short name.}
  lea_category: {type: STRING, description: Category such as Independent or Charter.}
  operational_status: {type: STRING, description: Whether it operates.}
  parent_lea_id: {type: INT64, description: The agency of which it is part.}
  parent_lea_key: {type: STRING, description: Key of the agency of which it is part.}
  esc_id: {type: INT64, description: Education service center.}
  esc_name: {type: STRING, description: Name of the education service center.}
  state_agency_id:
    type: INT64
    description: State education agency; that of the service center where it has none itself.
  state_agency_name: {type: STRING, description: Name of the state education agency.}
  city: {type: STRING, description: City of its physical address; of another address if it has none.}
  state: {type: STRING, description: State of that address.}
  postal_code: {type: STRING, description: Postal code of that address.}
  nces_id: {type: STRING, description: Id at the National Center for Education Statistics.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
*/
with leas as (
    select *
    from staging.stg_edfi__local_education_agencies
    where lea_key is not null
    qualify row_number() over (partition by lea_key order by school_year desc, last_modified_at desc, api_id) = 1
),

service_centers as (
    select *
    from staging.stg_edfi__education_service_centers
    where education_service_center_id is not null
    qualify row_number() over (
        partition by source_id, education_service_center_id order by school_year desc, last_modified_at desc, api_id
    ) = 1
),

state_agencies as (
    select *
    from staging.stg_edfi__state_education_agencies
    where state_education_agency_id is not null
    qualify row_number() over (
        partition by source_id, state_education_agency_id order by school_year desc, last_modified_at desc, api_id
    ) = 1
),

id_systems as (
    select * from ref.id_systems where subject = 'organization' and id_kind = 'nces'
),

addresses as (
    select
        leas.lea_key,
        lower(regexp_extract(json_value(item, '$.addressTypeDescriptor'), r'[^#]*$')) as address_type,
        regexp_extract(json_value(item, '$.stateAbbreviationDescriptor'), r'[^#]*$') as state,
        json_value(item, '$.city') as city,
        json_value(item, '$.postalCode') as postal_code
    from leas
    cross join unnest(json_query_array(leas.addresses)) as item
),

one_address as (
    select *
    from addresses
    where true
    qualify row_number() over (
        partition by lea_key
        order by
            case address_type when 'physical' then 1 when 'mailing' then 2 else 3 end,
            address_type,
            city,
            postal_code
    ) = 1
),

codes as (
    select
        leas.lea_key,
        leas.source_id,
        coalesce(
            regexp_extract(json_value(item, '$.educationOrganizationIdentificationSystemDescriptor'), r'^(.*)#'), '*'
        ) as namespace,
        regexp_extract(json_value(item, '$.educationOrganizationIdentificationSystemDescriptor'), r'[^#]*$') as code,
        json_value(item, '$.identificationCode') as identification_code
    from leas
    cross join unnest(json_query_array(leas.identification_codes)) as item
),

nces_codes as (
    select codes.lea_key, codes.identification_code
    from codes
    join id_systems
        on id_systems.source_id in (codes.source_id, '*')
        and id_systems.namespace in (codes.namespace, '*')
        and lower(id_systems.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.lea_key
        order by
            id_systems.priority,
            if(id_systems.source_id = '*', 1, 0),
            if(id_systems.namespace = '*', 1, 0),
            codes.identification_code
    ) = 1
),

final as (
    select
        leas.lea_key,
        leas.source_id,
        leas.school_year,
        leas.local_education_agency_id as lea_id,
        leas.name_of_institution as lea_name,
        leas.short_name_of_institution as short_name,
        leas.local_education_agency_category as lea_category,
        leas.operational_status,
        leas.parent_local_education_agency_id as parent_lea_id,
        leas.parent_lea_key,
        leas.education_service_center_id as esc_id,
        service_centers.name_of_institution as esc_name,
        coalesce(leas.state_education_agency_id, service_centers.state_education_agency_id) as state_agency_id,
        state_agencies.name_of_institution as state_agency_name,
        one_address.city,
        one_address.state,
        one_address.postal_code,
        nces_codes.identification_code as nces_id,
        leas.last_modified_at
    from leas
    left join service_centers
        on service_centers.source_id = leas.source_id
        and service_centers.education_service_center_id = leas.education_service_center_id
    left join state_agencies
        on state_agencies.source_id = leas.source_id
        and state_agencies.state_education_agency_id
        = coalesce(leas.state_education_agency_id, service_centers.state_education_agency_id)
    left join one_address on one_address.lea_key = leas.lea_key
    left join nces_codes on nces_codes.lea_key = leas.lea_key
)

select * from final
