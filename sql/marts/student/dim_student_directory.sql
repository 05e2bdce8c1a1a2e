/* model
description: >-
  One row per student and school year with the one address, number, mail and ids that other models show, out of all
  that organizations report.
materialize: table
key: [student_key]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Key of the student.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  state_student_id: {type: STRING, description: Id of the student in the state., pii: true}
  local_student_id: {type: STRING, description: Id of the student in the agency., pii: true}
  email:
    type: STRING
    description: >-
      One address in lower case: of the organization, else another, the first of the alphabet if there are several.
    pii: true
  phone:
    type: STRING
    description: >-
      One number: mobile, else home, else another, the first if there are several; never a fax.
    pii: true
  city:
    type: STRING
    description: "City of the home address in force; without one, of the physical, temporary or mailing address."
    pii: true
  postal_code: {type: STRING, description: Postal code of that address., pii: true}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
*/
with associations as (
    select *
    from staging.stg_edfi__student_education_organization_associations
    where student_key is not null
),

directories as (
    select * from staging.stg_edfi__student_directories where student_key is not null
),

identification_codes as (
    select * from staging.stg_edfi__student_identification_codes where student_key is not null
),

organizations as (
    select * from marts.bridge_student_organization
),

school_years as (
    select * from marts.dim_school_year
),

students as (
    select student_key, source_id, school_year, max(last_modified_at) as last_modified_at
    from organizations
    group by student_key, source_id, school_year
),

code_lists as (
    select
        associations.student_key,
        associations.education_organization_id,
        json_value(item, '$.studentIdentificationSystemDescriptor') as descriptor,
        json_value(item, '$.identificationCode') as identification_code
    from associations
    cross join unnest(json_query_array(associations.student_identification_codes)) as item
    union all
    select
        student_key,
        education_organization_id,
        student_identification_system as descriptor,
        identification_code
    from identification_codes
),

student_codes as (
    select code_lists.student_key, id_systems.id_kind, code_lists.identification_code
    from code_lists
    join organizations
        on organizations.student_key = code_lists.student_key
        and organizations.education_organization_id = code_lists.education_organization_id
    join ref.id_systems as id_systems
        on id_systems.subject = 'student'
        and id_systems.source_id in (organizations.source_id, '*')
        and id_systems.namespace in (regexp_extract(code_lists.descriptor, r'^(.*)#'), '*')
        and lower(id_systems.code) = lower(trim(regexp_extract(code_lists.descriptor, r'[^#]*$')))
    where code_lists.identification_code is not null
    qualify row_number() over (
        partition by code_lists.student_key, id_systems.id_kind
        order by
            id_systems.priority,
            organizations.organization_rank,
            if(id_systems.source_id = '*', 1, 0),
            code_lists.identification_code
    ) = 1
),

code_columns as (
    select
        student_key,
        max(if(id_kind = 'state', identification_code, null)) as state_student_id,
        max(if(id_kind = 'local', identification_code, null)) as local_student_id
    from student_codes
    group by student_key
),

address_books as (
    select student_key, education_organization_id, electronic_mails, telephones, addresses from associations
    union all
    select student_key, education_organization_id, electronic_mails, telephones, addresses from directories
),

ranked_address_books as (
    select
        address_books.student_key,
        organizations.source_id,
        organizations.school_year,
        address_books.electronic_mails,
        address_books.telephones,
        address_books.addresses,
        organizations.organization_rank
    from address_books
    join organizations
        on organizations.student_key = address_books.student_key
        and organizations.education_organization_id = address_books.education_organization_id
),

mails as (
    select
        ranked_address_books.student_key,
        ranked_address_books.organization_rank,
        lower(trim(json_value(item, '$.electronicMailAddress'))) as email,
        lower(regexp_extract(json_value(item, '$.electronicMailTypeDescriptor'), r'[^#]*$')) as mail_type
    from ranked_address_books
    cross join unnest(json_query_array(ranked_address_books.electronic_mails)) as item
),

one_mail as (
    select student_key, email
    from mails
    where email != ''
    qualify row_number() over (
        partition by student_key
        order by
            case mail_type
                when 'organization' then 1
                when 'work' then 2
                when 'home/personal' then 3
                else 4
            end,
            organization_rank,
            email
    ) = 1
),

phones as (
    select
        ranked_address_books.student_key,
        ranked_address_books.organization_rank,
        trim(json_value(item, '$.telephoneNumber')) as phone,
        lower(regexp_extract(json_value(item, '$.telephoneNumberTypeDescriptor'), r'[^#]*$')) as phone_type
    from ranked_address_books
    cross join unnest(json_query_array(ranked_address_books.telephones)) as item
),

one_phone as (
    select student_key, phone
    from phones
    where phone != '' and coalesce(phone_type, '') != 'fax'
    qualify row_number() over (
        partition by student_key
        order by
            case phone_type
                when 'mobile' then 1
                when 'home' then 2
                when 'unlisted' then 5
                when 'work' then 4
                else 3
            end,
            organization_rank,
            phone
    ) = 1
),

addresses as (
    select
        ranked_address_books.student_key,
        ranked_address_books.source_id,
        ranked_address_books.school_year,
        ranked_address_books.organization_rank,
        json_value(item, '$.city') as city,
        json_value(item, '$.postalCode') as postal_code,
        lower(regexp_extract(json_value(item, '$.addressTypeDescriptor'), r'[^#]*$')) as address_type,
        safe_cast(substr(json_value(period, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(period, '$.endDate'), 1, 10) as date) as end_date
    from ranked_address_books
    cross join unnest(json_query_array(ranked_address_books.addresses)) as item
    left join unnest(json_query_array(item, '$.periods')) as period
),

one_address as (
    select addresses.student_key, addresses.city, addresses.postal_code
    from addresses
    left join school_years
        on school_years.source_id = addresses.source_id
        and school_years.school_year = addresses.school_year
    where
        addresses.address_type in ('home', 'physical', 'temporary', 'mailing')
        and (
            addresses.begin_date is null
            or addresses.begin_date <= coalesce(school_years.in_force_to, school_years.as_of_date)
        )
        and (
            addresses.end_date is null
            or addresses.end_date >= coalesce(school_years.in_force_to, school_years.as_of_date)
        )
    qualify row_number() over (
        partition by addresses.student_key
        order by
            case addresses.address_type when 'home' then 1 when 'physical' then 2 when 'temporary' then 3 else 4 end,
            addresses.organization_rank,
            addresses.begin_date desc,
            addresses.city,
            addresses.postal_code
    ) = 1
),

final as (
    select
        students.student_key,
        students.source_id,
        students.school_year,
        code_columns.state_student_id,
        code_columns.local_student_id,
        one_mail.email,
        one_phone.phone,
        one_address.city,
        one_address.postal_code,
        students.last_modified_at
    from students
    left join code_columns on code_columns.student_key = students.student_key
    left join one_mail on one_mail.student_key = students.student_key
    left join one_phone on one_phone.student_key = students.student_key
    left join one_address on one_address.student_key = students.student_key
)

select * from final
