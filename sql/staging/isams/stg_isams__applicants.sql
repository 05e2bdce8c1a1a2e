/* model
description: >-
  One row per live record of applicants in iSAMS, typed: pupils who have applied. Days are cut from the midnights
  that iSAMS writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  admission_status: {type: STRING, description: Admission status.}
  birth_county: {type: STRING, description: Birth county., pii: true}
  birthplace: {type: STRING, description: Birthplace., pii: true}
  boarding_status: {type: STRING, description: Whether the pupil boards.}
  current_school_id: {type: INT64, description: Current school (id).}
  birth_date: {type: DATE, description: Date of birth., pii: true}
  enquiry_date: {type: DATE, description: Enquiry date.}
  enquiry_reason: {type: STRING, description: Enquiry reason., pii: true}
  enquiry_type: {type: STRING, description: Enquiry type.}
  enrolment_academic_house_id: {type: INT64, description: Enrolment academic house (id).}
  enrolment_boarding_house_id: {type: INT64, description: Enrolment boarding house (id).}
  enrolment_date: {type: DATE, description: Enrolment date.}
  enrolment_offer_type: {type: STRING, description: Enrolment offer type.}
  enrolment_school_form: {type: STRING, description: Enrolment school form.}
  enrolment_school_term: {type: STRING, description: Enrolment school term.}
  enrolment_school_year: {type: INT64, description: Enrolment school year.}
  enrolment_school_year_group: {type: INT64, description: Enrolment school year group.}
  ethnicity: {type: STRING, description: Ethnicity., pii: true}
  family_id: {type: INT64, description: Family (id)., pii: true}
  forename: {type: STRING, description: First name., pii: true}
  full_name: {type: STRING, description: Full name., pii: true}
  gender: {type: STRING, description: Gender., pii: true}
  initials: {type: STRING, description: Initials., pii: true}
  is_readmission: {type: BOOL, description: "Whether: readmission."}
  is_visa_required: {type: BOOL, description: "Whether: visa required.", pii: true}
  label_salutation: {type: STRING, description: Label salutation., pii: true}
  languages: {type: JSON, description: "Languages, as the API sent them.", pii: true}
  last_updated_at: {type: TIMESTAMP, description: "When the record was last changed, by the clocks of the school."}
  letter_salutation: {type: STRING, description: Letter salutation., pii: true}
  middle_names: {type: STRING, description: Middle names., pii: true}
  mobile_number: {type: STRING, description: Mobile number., pii: true}
  nationalities: {type: JSON, description: "Nationalities, as the API sent them.", pii: true}
  official_name: {type: STRING, description: Official name., pii: true}
  person_guid: {type: STRING, description: "GUID of the person, this pupil's.", pii: true}
  person_id: {type: INT64, description: "Id of the person, this pupil's.", pii: true}
  preferred_name: {type: STRING, description: Preferred name., pii: true}
  registered_date: {type: DATE, description: Registered date.}
  religion: {type: STRING, description: Religion., pii: true}
  resident_country: {type: STRING, description: Resident country., pii: true}
  school_code: {type: STRING, description: The pupil's number at the school., pii: true}
  school_email_address: {type: STRING, description: School email address., pii: true}
  isams_school_id: {type: STRING, description: "The pupil's key in iSAMS (a text, used in its addresses).", pii: true}
  surname: {type: STRING, description: Family name., pii: true}
  system_status: {type: STRING, description: "Status in the system: 1 current, 0 applicant, -1 former."}
  title: {type: STRING, description: Title., pii: true}
  unique_pupil_number: {type: STRING, description: Unique pupil number (UPN)., pii: true}
  withdrawn_date: {type: DATE, description: Withdrawn date.}
  withdrawn_reason: {type: STRING, description: Withdrawn reason., pii: true}
  withdrawn_reason_note: {type: STRING, description: Withdrawn reason note., pii: true}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_school_id], severity: warn}
*/
with records as (
    select * from current_isams.applicants
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
        json_value(records.data, '$.admissionStatus') as admission_status,
        json_value(records.data, '$.birthCounty') as birth_county,
        json_value(records.data, '$.birthplace') as birthplace,
        json_value(records.data, '$.boardingStatus') as boarding_status,
        safe_cast(json_value(records.data, '$.currentSchoolId') as int64) as current_school_id,
        safe_cast(left(json_value(records.data, '$.dateOfBirth'), 10) as date) as birth_date,
        safe_cast(left(json_value(records.data, '$.enquiryDate'), 10) as date) as enquiry_date,
        json_value(records.data, '$.enquiryReason') as enquiry_reason,
        json_value(records.data, '$.enquiryType') as enquiry_type,
        safe_cast(json_value(records.data, '$.enrolmentAcademicHouseId') as int64) as enrolment_academic_house_id,
        safe_cast(json_value(records.data, '$.enrolmentBoardingHouseId') as int64) as enrolment_boarding_house_id,
        safe_cast(left(json_value(records.data, '$.enrolmentDate'), 10) as date) as enrolment_date,
        json_value(records.data, '$.enrolmentOfferType') as enrolment_offer_type,
        json_value(records.data, '$.enrolmentSchoolForm') as enrolment_school_form,
        json_value(records.data, '$.enrolmentSchoolTerm') as enrolment_school_term,
        safe_cast(json_value(records.data, '$.enrolmentSchoolYear') as int64) as enrolment_school_year,
        safe_cast(json_value(records.data, '$.enrolmentSchoolYearGroup') as int64) as enrolment_school_year_group,
        json_value(records.data, '$.ethnicity') as ethnicity,
        safe_cast(json_value(records.data, '$.familyId') as int64) as family_id,
        json_value(records.data, '$.forename') as forename,
        json_value(records.data, '$.fullName') as full_name,
        json_value(records.data, '$.gender') as gender,
        json_value(records.data, '$.initials') as initials,
        lax_bool(json_query(records.data, '$.isReadmission')) as is_readmission,
        lax_bool(json_query(records.data, '$.isVisaRequired')) as is_visa_required,
        json_value(records.data, '$.labelSalutation') as label_salutation,
        json_query(records.data, '$.languages') as languages,
        timestamp(
            safe_cast(regexp_replace(json_value(records.data, '$.lastUpdated'), r'([.]\d{6})\d+', r'\1') as datetime),
            zones.timezone
        ) as last_updated_at,
        json_value(records.data, '$.letterSalutation') as letter_salutation,
        json_value(records.data, '$.middleNames') as middle_names,
        json_value(records.data, '$.mobileNumber') as mobile_number,
        json_query(records.data, '$.nationalities') as nationalities,
        json_value(records.data, '$.officialName') as official_name,
        json_value(records.data, '$.personGuid') as person_guid,
        safe_cast(json_value(records.data, '$.personId') as int64) as person_id,
        json_value(records.data, '$.preferredName') as preferred_name,
        safe_cast(left(json_value(records.data, '$.registeredDate'), 10) as date) as registered_date,
        json_value(records.data, '$.religion') as religion,
        json_value(records.data, '$.residentCountry') as resident_country,
        json_value(records.data, '$.schoolCode') as school_code,
        json_value(records.data, '$.schoolEmailAddress') as school_email_address,
        json_value(records.data, '$.schoolId') as isams_school_id,
        json_value(records.data, '$.surname') as surname,
        json_value(records.data, '$.systemStatus') as system_status,
        json_value(records.data, '$.title') as title,
        json_value(records.data, '$.uniquePupilNumber') as unique_pupil_number,
        safe_cast(left(json_value(records.data, '$.withdrawnDate'), 10) as date) as withdrawn_date,
        json_value(records.data, '$.withdrawnReason') as withdrawn_reason,
        json_value(records.data, '$.withdrawnReasonNote') as withdrawn_reason_note,
        records.extracted_at
    from records
    left join zones on zones.source_id = records.source_id
)

select * from final
