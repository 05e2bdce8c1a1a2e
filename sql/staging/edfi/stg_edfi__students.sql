/* model
description: >-
  One row per live record of students in the Ed-Fi API, typed. This entity represents an individual for whom
  instruction, services, and/or care are provided in an early childhood, elementary, or secondary educational program
  under the jurisdiction of a school, education agency or other institution…
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: "Key of the row: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  person_id: {type: STRING, description: A unique alphanumeric code assigned to a person.}
  source_system:
    type: STRING
    description: This descriptor defines the originating record source system for the person.
  birth_city: {type: STRING, description: The city the student was born in., pii: true}
  birth_country: {type: STRING, description: The country in which an individual is born., pii: true}
  birth_date: {type: DATE, description: "The month, day, and year on which an individual was born.", pii: true}
  birth_international_province:
    type: STRING
    description: For students born outside of the U.S., the Province or jurisdiction in which an individual is born.
    pii: true
  birth_sex: {type: STRING, description: A person's sex at birth.}
  birth_state_abbreviation:
    type: STRING
    description: >-
      The abbreviation for the name of the state (within the United States) or extra-state jurisdiction in which an
      individual was born.
    pii: true
  date_entered_us:
    type: DATE
    description: For students born outside of the U.S., the date the student entered the U.S.
  first_name:
    type: STRING
    description: >-
      A name given to an individual at birth, baptism, or during another naming ceremony, or through legal change.
    pii: true
  generation_code_suffix:
    type: STRING
    description: An appendage, if any, used to denote an individual's generation in his family (e.g., Jr., Sr., III).
    pii: true
  last_surname: {type: STRING, description: The name borne in common by members of a family., pii: true}
  maiden_name: {type: STRING, description: The individual's maiden name., pii: true}
  middle_name:
    type: STRING
    description: A secondary name given to an individual at birth, baptism, or during another naming ceremony.
    pii: true
  multiple_birth_status:
    type: BOOL
    description: Indicator of whether the student was born with other siblings (i.e., twins, triplets, etc.)
  personal_title_prefix:
    type: STRING
    description: A prefix used to denote the title, degree, position, or seniority of the individual.
    pii: true
  preferred_first_name:
    type: STRING
    description: The first name the individual prefers, if different from their legal first name
    pii: true
  preferred_last_surname:
    type: STRING
    description: The last name the individual prefers, if different from their legal last name
    pii: true
  citizenship_status: {type: STRING, description: An indicator of whether or not the person is a U.S. citizen.}
  other_names:
    type: JSON
    description: Other names (e.g., alias, nickname, previous legal name) associated with a person.
    pii: true
  personal_identification_documents:
    type: JSON
    description: >-
      The documents presented as evident to verify one's personal identity; for example: drivers license, passport,
      birth certificate, etc.
    pii: true
  identification_documents: {type: JSON, description: Describe the documentation of citizenship., pii: true}
  visas: {type: JSON, description: An indicator of a non-US citizen's Visa type., pii: true}
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.students
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.studentUniqueId') as student_unique_id,
        json_value(data, '$.personReference.personId') as person_id,
        regexp_extract(json_value(data, '$.personReference.sourceSystemDescriptor'), r'[^#]*$') as source_system,
        json_value(data, '$.birthCity') as birth_city,
        regexp_extract(json_value(data, '$.birthCountryDescriptor'), r'[^#]*$') as birth_country,
        safe_cast(substr(json_value(data, '$.birthDate'), 1, 10) as date) as birth_date,
        json_value(data, '$.birthInternationalProvince') as birth_international_province,
        regexp_extract(json_value(data, '$.birthSexDescriptor'), r'[^#]*$') as birth_sex,
        regexp_extract(json_value(data, '$.birthStateAbbreviationDescriptor'), r'[^#]*$') as birth_state_abbreviation,
        safe_cast(substr(json_value(data, '$.dateEnteredUS'), 1, 10) as date) as date_entered_us,
        json_value(data, '$.firstName') as first_name,
        json_value(data, '$.generationCodeSuffix') as generation_code_suffix,
        json_value(data, '$.lastSurname') as last_surname,
        json_value(data, '$.maidenName') as maiden_name,
        json_value(data, '$.middleName') as middle_name,
        lax_bool(json_query(data, '$.multipleBirthStatus')) as multiple_birth_status,
        json_value(data, '$.personalTitlePrefix') as personal_title_prefix,
        json_value(data, '$.preferredFirstName') as preferred_first_name,
        json_value(data, '$.preferredLastSurname') as preferred_last_surname,
        regexp_extract(json_value(data, '$.citizenshipStatusDescriptor'), r'[^#]*$') as citizenship_status,
        json_query(data, '$.otherNames') as other_names,
        json_query(data, '$.personalIdentificationDocuments') as personal_identification_documents,
        json_query(data, '$.identificationDocuments') as identification_documents,
        json_query(data, '$.visas') as visas,
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
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as student_xyear_key,
        typed.*
    from typed
)

select * from final
