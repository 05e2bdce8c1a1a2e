/* model
description: >-
  One row per live record of students in iSAMS, typed: current pupils. Days are cut from the midnights that iSAMS
  writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  isams_id: {type: INT64, description: Id of the record in iSAMS.}
  academic_house: {type: STRING, description: Academic house.}
  birth_county: {type: STRING, description: Birth county., pii: true}
  birthplace: {type: STRING, description: Birthplace., pii: true}
  boarding_house: {type: STRING, description: Boarding house.}
  boarding_status: {type: STRING, description: Whether the pupil boards.}
  birth_date: {type: DATE, description: Day of birth., pii: true}
  enrolment_date: {type: DATE, description: Enrolment date.}
  enrolment_status: {type: STRING, description: Enrolment status.}
  enrolment_term: {type: STRING, description: Enrolment term.}
  enrolment_year: {type: INT64, description: Enrolment year.}
  ethnicity: {type: STRING, description: Ethnicity., pii: true}
  family_id: {type: INT64, description: Family (id)., pii: true}
  forename: {type: STRING, description: First name., pii: true}
  form_group: {type: STRING, description: Form group.}
  full_name: {type: STRING, description: Full name., pii: true}
  future_school_id: {type: INT64, description: Future school (id).}
  gender: {type: STRING, description: Gender., pii: true}
  home_addresses: {type: JSON, description: "Addresses at home, as the API sent them.", pii: true}
  initials: {type: STRING, description: Initials., pii: true}
  is_visa_required: {type: BOOL, description: "Whether: visa required.", pii: true}
  label_salutation: {type: STRING, description: Label salutation., pii: true}
  languages: {type: JSON, description: "Languages, as the API sent them.", pii: true}
  last_updated_at: {type: TIMESTAMP, description: "When the record was last changed, by the clocks of the school."}
  latest_photo_id: {type: INT64, description: Latest photo (id)., pii: true}
  leaving_date: {type: DATE, description: Leaving date.}
  leaving_reason: {type: STRING, description: Leaving reason., pii: true}
  leaving_year_group: {type: INT64, description: Leaving year group.}
  letter_salutation: {type: STRING, description: Letter salutation., pii: true}
  middle_names: {type: STRING, description: Middlenames., pii: true}
  mobile_number: {type: STRING, description: Mobile number., pii: true}
  nationalities: {type: JSON, description: "Nationalities, as the API sent them.", pii: true}
  official_name: {type: STRING, description: Official name., pii: true}
  personal_email_address: {type: STRING, description: Personal email address., pii: true}
  person_guid: {type: STRING, description: "GUID of the person, this pupil's.", pii: true}
  person_id: {type: INT64, description: "Id of the person, this pupil's.", pii: true}
  preferred_name: {type: STRING, description: Preferred name., pii: true}
  previous_name: {type: STRING, description: Previous name., pii: true}
  religion: {type: STRING, description: Religion., pii: true}
  removal_grounds: {type: STRING, description: Removal grounds., pii: true}
  resident_country: {type: STRING, description: Resident country., pii: true}
  school_code: {type: STRING, description: The pupil's number at the school., pii: true}
  isams_school_id: {type: STRING, description: "The pupil's key in iSAMS (a text, used in its addresses).", pii: true}
  school_email_address: {type: STRING, description: School email address., pii: true}
  surname: {type: STRING, description: Family name., pii: true}
  system_status: {type: STRING, description: "Status in the system: 1 current, 0 applicant, -1 former."}
  title: {type: STRING, description: Title., pii: true}
  tutor_employee_id: {type: INT64, description: Tutor employee (id)., pii: true}
  unique_pupil_number: {type: STRING, description: Unique pupil number (UPN)., pii: true}
  year_group: {type: INT64, description: Year of the national curriculum that the pupil is in.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_school_id], severity: warn}
*/
with records as (
    select * from current_isams.students
),

zones as (
    select records.source_id, parameters.timezone
    from (select distinct source_id from records) as records
    join ref.parameters as parameters on parameters.source_id in (records.source_id, '*')
    where true
    qualify row_number() over (partition by records.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

final as (
    select
        records.source_id,
        records.record_id as api_id,
        safe_cast(json_value(records.data, '$.id') as int64) as isams_id,
        json_value(records.data, '$.academicHouse') as academic_house,
        json_value(records.data, '$.birthCounty') as birth_county,
        json_value(records.data, '$.birthplace') as birthplace,
        json_value(records.data, '$.boardingHouse') as boarding_house,
        json_value(records.data, '$.boardingStatus') as boarding_status,
        safe_cast(left(json_value(records.data, '$.dob'), 10) as date) as birth_date,
        safe_cast(left(json_value(records.data, '$.enrolmentDate'), 10) as date) as enrolment_date,
        json_value(records.data, '$.enrolmentStatus') as enrolment_status,
        json_value(records.data, '$.enrolmentTerm') as enrolment_term,
        safe_cast(json_value(records.data, '$.enrolmentYear') as int64) as enrolment_year,
        json_value(records.data, '$.ethnicity') as ethnicity,
        safe_cast(json_value(records.data, '$.familyId') as int64) as family_id,
        json_value(records.data, '$.forename') as forename,
        json_value(records.data, '$.formGroup') as form_group,
        json_value(records.data, '$.fullName') as full_name,
        safe_cast(json_value(records.data, '$.futureSchoolId') as int64) as future_school_id,
        json_value(records.data, '$.gender') as gender,
        json_query(records.data, '$.homeAddresses') as home_addresses,
        json_value(records.data, '$.initials') as initials,
        lax_bool(json_query(records.data, '$.isVisaRequired')) as is_visa_required,
        json_value(records.data, '$.labelSalutation') as label_salutation,
        json_query(records.data, '$.languages') as languages,
        timestamp(
            safe_cast(regexp_replace(json_value(records.data, '$.lastUpdated'), r'([.]\d{6})\d+', r'\1') as datetime),
            zones.timezone
        ) as last_updated_at,
        safe_cast(json_value(records.data, '$.latestPhotoId') as int64) as latest_photo_id,
        safe_cast(left(json_value(records.data, '$.leavingDate'), 10) as date) as leaving_date,
        json_value(records.data, '$.leavingReason') as leaving_reason,
        safe_cast(json_value(records.data, '$.leavingYearGroup') as int64) as leaving_year_group,
        json_value(records.data, '$.letterSalutation') as letter_salutation,
        json_value(records.data, '$.middlenames') as middle_names,
        json_value(records.data, '$.mobileNumber') as mobile_number,
        json_query(records.data, '$.nationalities') as nationalities,
        json_value(records.data, '$.officialName') as official_name,
        json_value(records.data, '$.personalEmailAddress') as personal_email_address,
        json_value(records.data, '$.personGuid') as person_guid,
        safe_cast(json_value(records.data, '$.personId') as int64) as person_id,
        json_value(records.data, '$.preferredName') as preferred_name,
        json_value(records.data, '$.previousName') as previous_name,
        json_value(records.data, '$.religion') as religion,
        json_value(records.data, '$.removalGrounds') as removal_grounds,
        json_value(records.data, '$.residentCountry') as resident_country,
        json_value(records.data, '$.schoolCode') as school_code,
        json_value(records.data, '$.schoolId') as isams_school_id,
        json_value(records.data, '$.schoolEmailAddress') as school_email_address,
        json_value(records.data, '$.surname') as surname,
        json_value(records.data, '$.systemStatus') as system_status,
        json_value(records.data, '$.title') as title,
        safe_cast(json_value(records.data, '$.tutorEmployeeId') as int64) as tutor_employee_id,
        json_value(records.data, '$.uniquePupilNumber') as unique_pupil_number,
        safe_cast(json_value(records.data, '$.yearGroup') as int64) as year_group,
        records.extracted_at
    from records
    left join zones on zones.source_id = records.source_id
)

select * from final
