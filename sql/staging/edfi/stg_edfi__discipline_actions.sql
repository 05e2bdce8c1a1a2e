/* model
description: >-
  One row per live record of discipline actions in the Ed-Fi API, typed. This event entity represents actions taken by
  an education organization after a disruptive event that is recorded as a discipline incident.
materialize: table
key: [source_id, school_year, api_id]
cluster: [source_id, school_year]
columns:
  discipline_action_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, discipline_action_identifier, discipline_date.
  assignment_school_key:
    type: STRING
    description: >-
      Key of the assignment school: source_id, school_year, assignment_school_id.
  responsibility_school_key:
    type: STRING
    description: >-
      Key of the responsibility school: source_id, school_year, responsibility_school_id.
  student_key: {type: STRING, description: "Key of the student: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source the record came from.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the record came from.}
  api_id: {type: STRING, description: Id of the record in the API.}
  discipline_action_identifier:
    type: STRING
    description: Identifier assigned by the education organization to the discipline action.
  discipline_date: {type: DATE, description: The date of the discipline action.}
  assignment_school_id: {type: INT64, description: The identifier assigned to a school.}
  responsibility_school_id: {type: INT64, description: The identifier assigned to a school.}
  student_unique_id: {type: STRING, description: A unique alphanumeric code assigned to a student.}
  actual_discipline_action_length:
    type: NUMERIC
    description: Indicates the actual length in school days of a student's disciplinary assignment.
  discipline_action_length:
    type: NUMERIC
    description: The length of time in school days for the discipline action (e.g. removal, detention), if applicable.
  discipline_action_length_difference_reason:
    type: STRING
    description: >-
      Indicates the reason for the difference, if any, between the official and actual lengths of a student's
      disciplinary assignment.
  iep_placement_meeting_indicator:
    type: BOOL
    description: >-
      An indication as to whether an offense and/or disciplinary action resulted in a meeting of a student's
      Individualized Education Program (IEP) team to determine appropriate placement.
  related_to_zero_tolerance_policy:
    type: BOOL
    description: >-
      An indication of whether or not this disciplinary action taken against a student was imposed as a consequence of
      state or local zero tolerance policies.
  received_education_services_during_expulsion:
    type: BOOL
    description: >-
      An indication of whether the student received educational services when removed from the regular school program
      for disciplinary reasons.
  disciplines:
    type: JSON
    description: >-
      Type of action, such as removal from the classroom, used to discipline the student involved as a perpetrator in a
      discipline incident.
  student_discipline_incident_behavior_associations:
    type: JSON
    description: A reference to the behavior(s) by the student that led or contributed to this specific action.
  staffs: {type: JSON, description: The staff responsible for enforcing the discipline action.}
  student_discipline_incident_associations:
    type: JSON
    description: Reference to the discipline incident associated with the discipline action.
  extensions: {type: JSON, description: "The record's extensions, as the API sent them."}
  last_modified_at:
    type: TIMESTAMP
    description: When the record was last changed; when it was extracted, if the API does not say.
tests:
  - expression:
      name: natural_key_is_present
      sql: discipline_action_key is not null
      severity: warn
*/
with records as (
    select * from current_edfi.discipline_actions
),

typed as (
    select
        source_id,
        school_year,
        record_id as api_id,
        json_value(data, '$.disciplineActionIdentifier') as discipline_action_identifier,
        safe_cast(substr(json_value(data, '$.disciplineDate'), 1, 10) as date) as discipline_date,
        safe_cast(json_value(data, '$.assignmentSchoolReference.schoolId') as int64) as assignment_school_id,
        safe_cast(json_value(data, '$.responsibilitySchoolReference.schoolId') as int64) as responsibility_school_id,
        json_value(data, '$.studentReference.studentUniqueId') as student_unique_id,
        safe_cast(json_value(data, '$.actualDisciplineActionLength') as numeric) as actual_discipline_action_length,
        safe_cast(json_value(data, '$.disciplineActionLength') as numeric) as discipline_action_length,
        regexp_extract(
            json_value(data, '$.disciplineActionLengthDifferenceReasonDescriptor'),
            r'[^#]*$'
        ) as discipline_action_length_difference_reason,
        lax_bool(json_query(data, '$.iepPlacementMeetingIndicator')) as iep_placement_meeting_indicator,
        lax_bool(json_query(data, '$.relatedToZeroTolerancePolicy')) as related_to_zero_tolerance_policy,
        lax_bool(
            json_query(data, '$.receivedEducationServicesDuringExpulsion')
        ) as received_education_services_during_expulsion,
        json_query(data, '$.disciplines') as disciplines,
        json_query(
            data,
            '$.studentDisciplineIncidentBehaviorAssociations'
        ) as student_discipline_incident_behavior_associations,
        json_query(data, '$.staffs') as staffs,
        json_query(data, '$.studentDisciplineIncidentAssociations') as student_discipline_incident_associations,
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
            '\u001f', lower(trim(cast(discipline_action_identifier as string))),
            '\u001f', lower(trim(cast(discipline_date as string)))
        ))) as discipline_action_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(assignment_school_id as string)))
        ))) as assignment_school_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(responsibility_school_id as string)))
        ))) as responsibility_school_key,
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
