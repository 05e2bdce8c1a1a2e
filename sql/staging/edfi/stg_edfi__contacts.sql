/* model
description: >-
  One row per live record of contacts in the Ed-Fi API, typed. This entity represents a contact of a student, such as a
  parent, guardian or caretaker.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  contact_key: {type: STRING, description: "Key of the row: source_id, school_year, contact_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  contact_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a contact.}
  person_id: {type: STRING, description: A unique alphanumeric code assigned to a person.}
  source_system:
    type: STRING
    description: This descriptor defines the originating record source system for the person.
  first_name:
    type: STRING
    description: >-
      A name given to an individual at birth, baptism, or during another naming ceremony, or through legal change.
    pii: true
  gender_identity: {type: STRING, description: The gender the contact identifies themselves as., pii: true}
  generation_code_suffix:
    type: STRING
    description: An appendage, if any, used to denote an individual's generation in his family (e.g., Jr., Sr., III).
    pii: true
  highest_completed_level_of_education:
    type: STRING
    description: >-
      The extent of formal instruction an individual has received (e.g., the highest grade in school completed or its
      equivalent or the highest degree received).
  last_surname: {type: STRING, description: The name borne in common by members of a family., pii: true}
  login_id:
    type: STRING
    description: The login ID for the user; used for security access control interface.
    pii: true
  maiden_name: {type: STRING, description: The individual's maiden name., pii: true}
  middle_name:
    type: STRING
    description: A secondary name given to an individual at birth, baptism, or during another naming ceremony.
    pii: true
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
  sex: {type: STRING, description: A person's birth sex.}
  addresses: {type: JSON, description: "Contact's address, if different from the student address.", pii: true}
  electronic_mails:
    type: JSON
    description: >-
      The numbers, letters, and symbols used to identify an electronic mail (e-mail) user within the network to which
      the individual or organization belongs.
    pii: true
  international_addresses:
    type: JSON
    description: The set of elements that describes an international address.
    pii: true
  languages: {type: JSON, description: The language(s) the individual uses to communicate.}
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
  telephones:
    type: JSON
    description: The 10-digit telephone number, including the area code, for the person.
    pii: true
  extensions: {type: JSON, description: "The record's extensions, as the API sent them.", pii: true}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: contact_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.contacts
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.contactUniqueId') as contact_unique_id,
        json_value(data, '$.personReference.personId') as person_id,
        regexp_extract(json_value(data, '$.personReference.sourceSystemDescriptor'), r'[^#]*$') as source_system,
        json_value(data, '$.firstName') as first_name,
        json_value(data, '$.genderIdentity') as gender_identity,
        json_value(data, '$.generationCodeSuffix') as generation_code_suffix,
        regexp_extract(
            json_value(data, '$.highestCompletedLevelOfEducationDescriptor'),
            r'[^#]*$'
        ) as highest_completed_level_of_education,
        json_value(data, '$.lastSurname') as last_surname,
        json_value(data, '$.loginId') as login_id,
        json_value(data, '$.maidenName') as maiden_name,
        json_value(data, '$.middleName') as middle_name,
        json_value(data, '$.personalTitlePrefix') as personal_title_prefix,
        json_value(data, '$.preferredFirstName') as preferred_first_name,
        json_value(data, '$.preferredLastSurname') as preferred_last_surname,
        regexp_extract(json_value(data, '$.sexDescriptor'), r'[^#]*$') as sex,
        json_query(data, '$.addresses') as addresses,
        json_query(data, '$.electronicMails') as electronic_mails,
        json_query(data, '$.internationalAddresses') as international_addresses,
        json_query(data, '$.languages') as languages,
        json_query(data, '$.otherNames') as other_names,
        json_query(data, '$.personalIdentificationDocuments') as personal_identification_documents,
        json_query(data, '$.telephones') as telephones,
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
            '\u001f', lower(trim(cast(contact_unique_id as string)))
        ))) as contact_key,
        typed.*
    from typed
)

select * from final
