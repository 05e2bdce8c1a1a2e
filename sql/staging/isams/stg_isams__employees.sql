/* model
description: >-
  One row per live record of employees in iSAMS, typed: staff. Days are cut from the midnights that iSAMS writes them
  with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  isams_id: {type: INT64, description: Id of the record in iSAMS; pupils name their tutor by it.}
  current_contract_id: {type: INT64, description: Current contract (id).}
  birth_date: {type: DATE, description: Day of birth., pii: true}
  enrolment_date: {type: DATE, description: First day at the school.}
  forename: {type: STRING, description: First name., pii: true}
  gender: {type: STRING, description: Gender., pii: true}
  is_part_time: {type: BOOL, description: Whether part time.}
  is_personal_tutor: {type: BOOL, description: Whether a tutor of pupils.}
  is_teaching_staff: {type: BOOL, description: Whether a teacher.}
  latest_photo_id: {type: INT64, description: Latest photo (id)., pii: true}
  leaving_date: {type: DATE, description: Last day at the school.}
  middle_names: {type: STRING, description: Middle names., pii: true}
  nationalities: {type: JSON, description: "Nationalities, as the API sent them.", pii: true}
  personal_address_1: {type: STRING, description: "Address at home, first line.", pii: true}
  personal_address_2: {type: STRING, description: "Address at home, second line.", pii: true}
  personal_address_3: {type: STRING, description: "Address at home, third line.", pii: true}
  personal_country: {type: STRING, description: Country at home., pii: true}
  personal_county: {type: STRING, description: County at home., pii: true}
  personal_email_address: {type: STRING, description: Email address at home., pii: true}
  personal_mobile_number: {type: STRING, description: Mobile number of their own., pii: true}
  personal_postcode: {type: STRING, description: Postcode at home., pii: true}
  personal_telephone_number: {type: STRING, description: Telephone number at home., pii: true}
  personal_town: {type: STRING, description: Town at home., pii: true}
  person_guid: {type: STRING, description: GUID of the person., pii: true}
  preferred_name: {type: STRING, description: Preferred name., pii: true}
  previous_family_names: {type: STRING, description: Previous family names., pii: true}
  school_email_address: {type: STRING, description: Email address at the school., pii: true}
  school_initials: {type: STRING, description: Code by which the school calls them., pii: true}
  school_mobile_number: {type: STRING, description: Mobile number of the school., pii: true}
  school_telephone_number: {type: STRING, description: Telephone number of the school., pii: true}
  surname: {type: STRING, description: Family name., pii: true}
  system_status: {type: STRING, description: "Status in the system, as iSAMS has it: 1 is current."}
  title: {type: STRING, description: Title., pii: true}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_id], severity: warn}
*/
with records as (
    select * from current_isams.employees
),

final as (
    select
        source_id,
        record_id as api_id,
        safe_cast(json_value(data, '$.id') as int64) as isams_id,
        safe_cast(json_value(data, '$.currentContractId') as int64) as current_contract_id,
        safe_cast(left(json_value(data, '$.dateOfBirth'), 10) as date) as birth_date,
        safe_cast(left(json_value(data, '$.enrolmentDate'), 10) as date) as enrolment_date,
        json_value(data, '$.forename') as forename,
        json_value(data, '$.gender') as gender,
        lax_bool(json_query(data, '$.isPartTime')) as is_part_time,
        lax_bool(json_query(data, '$.isPersonalTutor')) as is_personal_tutor,
        lax_bool(json_query(data, '$.isTeachingStaff')) as is_teaching_staff,
        safe_cast(json_value(data, '$.latestPhotoId') as int64) as latest_photo_id,
        safe_cast(left(json_value(data, '$.leavingDate'), 10) as date) as leaving_date,
        json_value(data, '$.middleNames') as middle_names,
        json_query(data, '$.nationalities') as nationalities,
        json_value(data, '$.personalAddress1') as personal_address_1,
        json_value(data, '$.personalAddress2') as personal_address_2,
        json_value(data, '$.personalAddress3') as personal_address_3,
        json_value(data, '$.personalCountry') as personal_country,
        json_value(data, '$.personalCounty') as personal_county,
        json_value(data, '$.personalEmailAddress') as personal_email_address,
        json_value(data, '$.personalMobileNumber') as personal_mobile_number,
        json_value(data, '$.personalPostcode') as personal_postcode,
        json_value(data, '$.personalTelephoneNumber') as personal_telephone_number,
        json_value(data, '$.personalTown') as personal_town,
        json_value(data, '$.personGuid') as person_guid,
        json_value(data, '$.preferredName') as preferred_name,
        json_value(data, '$.previousFamilyNames') as previous_family_names,
        json_value(data, '$.schoolEmailAddress') as school_email_address,
        json_value(data, '$.schoolInitials') as school_initials,
        json_value(data, '$.schoolMobileNumber') as school_mobile_number,
        json_value(data, '$.schoolTelephoneNumber') as school_telephone_number,
        json_value(data, '$.surname') as surname,
        json_value(data, '$.systemStatus') as system_status,
        json_value(data, '$.title') as title,
        extracted_at
    from records
)

select * from final
