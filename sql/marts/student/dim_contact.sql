/* model
description: >-
  One row per contact of students (parent, guardian or another) and school year. Data standards before 5 call them
  parents.
materialize: table
key: [contact_key]
cluster: [source_id, school_year]
columns:
  contact_key: {type: STRING, description: "Key of the row: source_id, school_year, contact_unique_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  contact_unique_id: {type: STRING, description: The contact's id., pii: true}
  person_id: {type: STRING, description: "Id of the person, where the same person has other roles.", pii: true}
  personal_title: {type: STRING, description: Title before the name., pii: true}
  first_name: {type: STRING, description: First name., pii: true}
  middle_name: {type: STRING, description: Middle name., pii: true}
  last_name: {type: STRING, description: Last name., pii: true}
  preferred_name: {type: STRING, description: First name the contact prefers., pii: true}
  display_name: {type: STRING, description: "Last name, first name.", pii: true}
  email:
    type: STRING
    description: >-
      One address in lower case: the one marked primary, else home, work or another, the first of the alphabet if there
      are several.
    pii: true
  phone_mobile: {type: STRING, description: "Mobile number, the first by reported order.", pii: true}
  phone_home: {type: STRING, description: "Number at home, the first by reported order.", pii: true}
  phone_work: {type: STRING, description: "Number at work, the first by reported order.", pii: true}
  phone:
    type: STRING
    description: "The number to call first: mobile, home, emergency, work or another; never a fax."
    pii: true
  can_receive_text: {type: BOOL, description: Whether a text message can reach any of the numbers; NULL if not said.}
  home_language:
    type: STRING
    description: >-
      Language spoken at home; where no use is said, the only language; the first code if there are several.
  city:
    type: STRING
    description: "City of the home address in force; without one, of the physical, temporary or mailing address."
    pii: true
  postal_code: {type: STRING, description: Postal code of that address., pii: true}
  last_modified_at: {type: TIMESTAMP, description: When the record was last changed.}
tests:
  - not_null: [source_id, school_year, contact_unique_id]
  - expression:
      name: can_be_reached
      sql: phone is not null or email is not null
      severity: warn
*/
with records as (
    select
        contact_key,
        source_id,
        school_year,
        api_id,
        contact_unique_id,
        person_id,
        personal_title_prefix,
        first_name,
        middle_name,
        last_surname,
        preferred_first_name,
        electronic_mails,
        telephones,
        languages,
        addresses,
        1 as standard_order,
        last_modified_at
    from staging.stg_edfi__contacts
    union all
    select
        contact_key,
        source_id,
        school_year,
        api_id,
        contact_unique_id,
        person_id,
        personal_title_prefix,
        first_name,
        middle_name,
        last_surname,
        cast(null as string) as preferred_first_name,
        electronic_mails,
        telephones,
        languages,
        addresses,
        2 as standard_order,
        last_modified_at
    from staging.stg_edfi__parents
),

school_years as (
    select * from marts.dim_school_year
),

-- An ODS that was brought to data standard 5 in mid-year has left its parents behind in the log.
contacts as (
    select *
    from records
    where contact_key is not null
    qualify row_number() over (
        partition by contact_key order by standard_order, last_modified_at desc, api_id
    ) = 1
),

mails as (
    select
        contacts.contact_key,
        lower(trim(json_value(item, '$.electronicMailAddress'))) as email,
        lower(regexp_extract(json_value(item, '$.electronicMailTypeDescriptor'), r'[^#]*$')) as mail_type,
        coalesce(lax_bool(json_query(item, '$.primaryEmailAddressIndicator')), false) as is_primary
    from contacts
    cross join unnest(json_query_array(contacts.electronic_mails)) as item
),

one_mail as (
    select contact_key, email
    from mails
    where email != ''
    qualify row_number() over (
        partition by contact_key
        order by
            is_primary desc,
            case mail_type when 'home/personal' then 1 when 'work' then 2 when 'organization' then 3 else 4 end,
            email
    ) = 1
),

phones as (
    select
        contacts.contact_key,
        trim(json_value(item, '$.telephoneNumber')) as phone,
        lower(regexp_extract(json_value(item, '$.telephoneNumberTypeDescriptor'), r'[^#]*$')) as phone_type,
        safe_cast(json_value(item, '$.orderOfPriority') as int64) as priority,
        lax_bool(json_query(item, '$.textMessageCapabilityIndicator')) as can_receive_text
    from contacts
    cross join unnest(json_query_array(contacts.telephones)) as item
),

ranked_phones as (
    select
        *,
        case
            when phone_type = 'mobile' then 1
            when phone_type = 'home' then 2
            when starts_with(coalesce(phone_type, ''), 'emergency') then 3
            when phone_type = 'work' then 4
            when phone_type = 'unlisted' then 6
            else 5
        end as type_order,
        row_number() over (
            partition by contact_key, phone_type
            order by coalesce(priority, 99), phone
        ) as place_in_type
    from phones
    where phone != '' and coalesce(phone_type, '') != 'fax'
),

phone_columns as (
    select
        contact_key,
        max(if(phone_type = 'mobile' and place_in_type = 1, phone, null)) as phone_mobile,
        max(if(phone_type = 'home' and place_in_type = 1, phone, null)) as phone_home,
        max(if(phone_type = 'work' and place_in_type = 1, phone, null)) as phone_work,
        logical_or(can_receive_text) as can_receive_text
    from ranked_phones
    group by contact_key
),

one_phone as (
    select contact_key, phone
    from ranked_phones
    where true
    qualify row_number() over (
        partition by contact_key order by type_order, coalesce(priority, 99), phone
    ) = 1
),

languages as (
    select
        contacts.contact_key,
        regexp_extract(json_value(item, '$.languageDescriptor'), r'[^#]*$') as language,
        lower(regexp_extract(json_value(use, '$.languageUseDescriptor'), r'[^#]*$')) as language_use
    from contacts
    cross join unnest(json_query_array(contacts.languages)) as item
    left join unnest(json_query_array(item, '$.uses')) as use
),

home_languages as (
    select
        contact_key,
        coalesce(
            min(if(language_use = 'home language', language, null)),
            if(count(distinct language) = 1, min(language), null)
        ) as home_language
    from languages
    group by contact_key
),

addresses as (
    select
        contacts.contact_key,
        contacts.source_id,
        contacts.school_year,
        json_value(item, '$.city') as city,
        json_value(item, '$.postalCode') as postal_code,
        lower(regexp_extract(json_value(item, '$.addressTypeDescriptor'), r'[^#]*$')) as address_type,
        safe_cast(substr(json_value(period, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(period, '$.endDate'), 1, 10) as date) as end_date
    from contacts
    cross join unnest(json_query_array(contacts.addresses)) as item
    left join unnest(json_query_array(item, '$.periods')) as period
),

one_address as (
    select addresses.contact_key, addresses.city, addresses.postal_code
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
        partition by addresses.contact_key
        order by
            case addresses.address_type when 'home' then 1 when 'physical' then 2 when 'temporary' then 3 else 4 end,
            addresses.begin_date desc,
            addresses.city,
            addresses.postal_code
    ) = 1
),

final as (
    select
        contacts.contact_key,
        contacts.source_id,
        contacts.school_year,
        contacts.contact_unique_id,
        contacts.person_id,
        contacts.personal_title_prefix as personal_title,
        contacts.first_name,
        contacts.middle_name,
        contacts.last_surname as last_name,
        contacts.preferred_first_name as preferred_name,
        nullif(array_to_string([contacts.last_surname, contacts.first_name], ', '), '') as display_name,
        one_mail.email,
        phone_columns.phone_mobile,
        phone_columns.phone_home,
        phone_columns.phone_work,
        one_phone.phone,
        phone_columns.can_receive_text,
        home_languages.home_language,
        one_address.city,
        one_address.postal_code,
        contacts.last_modified_at
    from contacts
    left join one_mail on one_mail.contact_key = contacts.contact_key
    left join phone_columns on phone_columns.contact_key = contacts.contact_key
    left join one_phone on one_phone.contact_key = contacts.contact_key
    left join home_languages on home_languages.contact_key = contacts.contact_key
    left join one_address on one_address.contact_key = contacts.contact_key
)

select * from final
