/* model
description: >-
  One row per live record of alumni in iSAMS, typed: former pupils. Days are cut from the midnights that iSAMS
  writes them with.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  admission_status: {type: STRING, description: Admission status.}
  boarding_status: {type: STRING, description: Whether the pupil boards.}
  enquiry_date: {type: DATE, description: Enquiry date.}
  enrolment_date: {type: DATE, description: Enrolment date.}
  enrolment_year: {type: INT64, description: Enrolment year.}
  enrolment_year_group: {type: INT64, description: Enrolment year group.}
  forename: {type: STRING, description: First name., pii: true}
  full_name: {type: STRING, description: Full name., pii: true}
  future_school_id: {type: INT64, description: Future school (id).}
  gender: {type: STRING, description: Gender., pii: true}
  initials: {type: STRING, description: Initials., pii: true}
  languages: {type: JSON, description: "Languages, as the API sent them.", pii: true}
  last_updated_at: {type: TIMESTAMP, description: "When the record was last changed, by the clocks of the school."}
  leaving_date: {type: DATE, description: Leaving date.}
  leaving_reason: {type: STRING, description: Leaving reason., pii: true}
  leaving_term: {type: STRING, description: Leaving term.}
  leaving_year: {type: INT64, description: Leaving year.}
  leaving_year_group: {type: INT64, description: Leaving year group.}
  middle_names: {type: STRING, description: Middlenames., pii: true}
  nationalities: {type: JSON, description: "Nationalities, as the API sent them.", pii: true}
  official_name: {type: STRING, description: Official name., pii: true}
  person_guid: {type: STRING, description: "GUID of the person, this pupil's.", pii: true}
  person_id: {type: INT64, description: "Id of the person, this pupil's.", pii: true}
  preferred_name: {type: STRING, description: Preferred name., pii: true}
  registered_date: {type: DATE, description: Registered date.}
  school_code: {type: STRING, description: The pupil's number at the school., pii: true}
  isams_school_id: {type: STRING, description: "The pupil's key in iSAMS (a text, used in its addresses).", pii: true}
  surname: {type: STRING, description: Family name., pii: true}
  system_status: {type: STRING, description: "Status in the system: 1 current, 0 applicant, -1 former."}
  title: {type: STRING, description: Title., pii: true}
  visit_date: {type: DATE, description: Visit date.}
  year_group: {type: INT64, description: Year of the national curriculum that the pupil is in.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [isams_school_id], severity: warn}
*/
with records as (
    select * from current_isams.alumni
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
        json_value(records.data, '$.boardingStatus') as boarding_status,
        safe_cast(left(json_value(records.data, '$.enquiryDate'), 10) as date) as enquiry_date,
        safe_cast(left(json_value(records.data, '$.enrolmentDate'), 10) as date) as enrolment_date,
        safe_cast(json_value(records.data, '$.enrolmentYear') as int64) as enrolment_year,
        safe_cast(json_value(records.data, '$.enrolmentYearGroup') as int64) as enrolment_year_group,
        json_value(records.data, '$.forename') as forename,
        json_value(records.data, '$.fullName') as full_name,
        safe_cast(json_value(records.data, '$.futureSchoolId') as int64) as future_school_id,
        json_value(records.data, '$.gender') as gender,
        json_value(records.data, '$.initials') as initials,
        json_query(records.data, '$.languages') as languages,
        timestamp(
            safe_cast(regexp_replace(json_value(records.data, '$.lastUpdated'), r'([.]\d{6})\d+', r'\1') as datetime),
            zones.timezone
        ) as last_updated_at,
        safe_cast(left(json_value(records.data, '$.leavingDate'), 10) as date) as leaving_date,
        json_value(records.data, '$.leavingReason') as leaving_reason,
        json_value(records.data, '$.leavingTerm') as leaving_term,
        safe_cast(json_value(records.data, '$.leavingYear') as int64) as leaving_year,
        safe_cast(json_value(records.data, '$.leavingYearGroup') as int64) as leaving_year_group,
        json_value(records.data, '$.middlenames') as middle_names,
        json_query(records.data, '$.nationalities') as nationalities,
        json_value(records.data, '$.officialName') as official_name,
        json_value(records.data, '$.personGuid') as person_guid,
        safe_cast(json_value(records.data, '$.personId') as int64) as person_id,
        json_value(records.data, '$.preferredName') as preferred_name,
        safe_cast(left(json_value(records.data, '$.registeredDate'), 10) as date) as registered_date,
        json_value(records.data, '$.schoolCode') as school_code,
        json_value(records.data, '$.schoolId') as isams_school_id,
        json_value(records.data, '$.surname') as surname,
        json_value(records.data, '$.systemStatus') as system_status,
        json_value(records.data, '$.title') as title,
        safe_cast(left(json_value(records.data, '$.visitDate'), 10) as date) as visit_date,
        safe_cast(json_value(records.data, '$.yearGroup') as int64) as year_group,
        records.extracted_at
    from records
    left join zones on zones.source_id = records.source_id
)

select * from final
