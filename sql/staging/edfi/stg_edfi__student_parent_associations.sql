/* model
description: >-
  One row per live record of student parent associations in the Ed-Fi API, typed. This association relates students to
  their parents, guardians, or caretakers.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  student_contact_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, contact_unique_id.
  contact_key: {type: STRING, description: "Key of the contact: source_id, school_year, contact_unique_id."}
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  contact_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a parent.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  contact_priority: {type: INT64, description: The numeric order of the preferred sequence or priority of contact.}
  contact_restrictions:
    type: STRING
    description: >-
      Restrictions for student and/or teacher contact with the individual (e.g., the student may not be picked up by the
      individual).
  emergency_contact_status:
    type: BOOL
    description: Indicator of whether the person is a designated emergency contact for the student.
  legal_guardian: {type: BOOL, description: Indicator of whether the person is a legal guardian for the student.}
  lives_with: {type: BOOL, description: Indicator of whether the student lives with the associated parent.}
  primary_contact_status:
    type: BOOL
    description: Indicator of whether the person is a primary parental contact for the student.
  relation:
    type: STRING
    description: >-
      The nature of an individual's relationship to a student, primarily used to capture family relationships.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: student_contact_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.student_parent_associations
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.parentReference.parentUniqueId') as contact_unique_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(json_value(data, '$.contactPriority') as int64) as contact_priority,
        json_value(data, '$.contactRestrictions') as contact_restrictions,
        lax_bool(json_query(data, '$.emergencyContactStatus')) as emergency_contact_status,
        lax_bool(json_query(data, '$.legalGuardian')) as legal_guardian,
        lax_bool(json_query(data, '$.livesWith')) as lives_with,
        lax_bool(json_query(data, '$.primaryContactStatus')) as primary_contact_status,
        regexp_extract(json_value(data, '$.relationDescriptor'), r'[^#]*$') as relation,
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
            '\u001f', lower(trim(cast(student_unique_id as string))),
            '\u001f', lower(trim(cast(contact_unique_id as string)))
        ))) as student_contact_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(contact_unique_id as string)))
        ))) as contact_key,
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
