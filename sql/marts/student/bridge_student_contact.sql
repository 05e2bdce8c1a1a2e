/* model
description: >-
  One row per student and contact, with whom to call first. A contact who is not known himself is kept.
materialize: table
key: [student_key, contact_key]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Student of that year.}
  contact_key: {type: STRING, description: Contact of that year.}
  student_xyear_key: {type: STRING, description: The same student in all years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  relation: {type: STRING, description: "What the contact is to the student, such as Mother."}
  is_primary: {type: BOOL, description: Reported as primary contact; NULL if not said.}
  lives_with: {type: BOOL, description: The student lives with the contact; NULL if not said.}
  is_emergency_contact: {type: BOOL, description: To be called in an emergency; NULL if not said.}
  is_legal_guardian: {type: BOOL, description: Is a legal guardian; NULL if not said.}
  contact_priority: {type: INT64, description: Order in which to call as reported.}
  contact_restrictions: {type: STRING, description: What the contact may not do., pii: true}
  has_restrictions: {type: BOOL, description: Restrictions are reported.}
  contact_rank:
    type: INT64
    description: >-
      Order in which to call; 1 is first. Those with restrictions come last; then goes the reported order, then primary
      contacts, legal guardians, those with whom the student lives, emergency contacts.
  last_modified_at: {type: TIMESTAMP, description: When the record was last changed.}
tests:
  - not_null: [source_id, school_year, contact_rank, has_restrictions]
  - range: {column: contact_rank, min: 1}
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: contact_key, to: marts.dim_contact, min_match: 0.99, severity: warn}
*/
with records as (
    select
        student_key,
        contact_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        contact_unique_id,
        relation,
        primary_contact_status,
        lives_with,
        emergency_contact_status,
        legal_guardian,
        contact_priority,
        contact_restrictions,
        1 as standard_order,
        last_modified_at
    from staging.stg_edfi__student_contact_associations
    union all
    select
        student_key,
        contact_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        contact_unique_id,
        relation,
        primary_contact_status,
        lives_with,
        emergency_contact_status,
        legal_guardian,
        contact_priority,
        contact_restrictions,
        2 as standard_order,
        last_modified_at
    from staging.stg_edfi__student_parent_associations
),

associations as (
    select *, trim(coalesce(contact_restrictions, '')) != '' as has_restrictions
    from records
    where student_key is not null and contact_key is not null
    qualify row_number() over (
        partition by student_key, contact_key order by standard_order, last_modified_at desc, api_id
    ) = 1
),

final as (
    select
        student_key,
        contact_key,
        student_xyear_key,
        source_id,
        school_year,
        relation,
        primary_contact_status as is_primary,
        lives_with,
        emergency_contact_status as is_emergency_contact,
        legal_guardian as is_legal_guardian,
        contact_priority,
        contact_restrictions,
        has_restrictions,
        row_number() over (
            partition by student_key
            order by
                has_restrictions,
                coalesce(contact_priority, 99),
                coalesce(primary_contact_status, false) desc,
                coalesce(legal_guardian, false) desc,
                coalesce(lives_with, false) desc,
                coalesce(emergency_contact_status, false) desc,
                lower(trim(contact_unique_id))
        ) as contact_rank,
        last_modified_at
    from associations
)

select * from final
