/* model
description: >-
  One row per discipline action taken against a student and discipline that it consists of. Days are those of the
  whole action: sum them where is_primary_action_row.
materialize: table
key: [discipline_action_type_key]
cluster: [source_id, school_year, school_key]
columns:
  discipline_action_type_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, discipline_action_identifier, discipline_date,
      discipline.
  discipline_action_key: {type: STRING, description: Key of the action.}
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  school_key:
    type: STRING
    description: "Key of the school responsible for it; without one, of that where it is served."
  responsible_school_key: {type: STRING, description: Key of the school responsible for it.}
  assignment_school_key: {type: STRING, description: Key of the school where it is served.}
  enrollment_key: {type: STRING, description: Key of the enrolment of the day; of the responsible school first.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the ODS; of several that have the action, that of its date.
  student_unique_id: {type: STRING, description: The student's id.}
  discipline_action_identifier: {type: STRING, description: The action's id.}
  discipline_date: {type: DATE, description: Day of the action.}
  discipline: {type: STRING, description: Code of the discipline; NULL where the action lists none.}
  discipline_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  discipline_group:
    type: STRING
    description: "ISS, OSS, Expulsion, Detention, Restorative or Other, by ref.disciplines; Other for a code it lacks."
  severity_order: {type: INT64, description: "Place in the order of severity, 1 the most severe; NULL if unmapped."}
  assigned_days: {type: NUMERIC, description: Days that the action was to last.}
  actual_days: {type: NUMERIC, description: Days that it lasted.}
  length_difference_reason: {type: STRING, description: Code of why the two differ.}
  is_primary_action_row:
    type: BOOL
    description: "Whether it is the one row of its action to count and sum: the most severe discipline."
  incident_count: {type: INT64, description: Incidents that led to the action.}
  discipline_incident_keys: {type: ARRAY<STRING>, description: "Their keys, in order."}
  behavior_list:
    type: ARRAY<STRING>
    description: Codes of the student's behaviors in them, in alphabetical order.
  is_related_to_zero_tolerance: {type: BOOL, description: Whether a zero tolerance policy asked for it.}
  has_iep_placement_meeting: {type: BOOL, description: Whether a meeting on the placement of the IEP was held.}
  received_education_services: {type: BOOL, description: Whether taught while expelled.}
  grade_level: {type: STRING, description: Grade level of the enrolment of the day.}
  is_special_education_on_date: {type: BOOL, description: Whether in special education on the day.}
  is_english_learner_on_date: {type: BOOL, description: Whether an English learner on the day.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [discipline_group, is_primary_action_row]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - accepted_values: {column: discipline_group, values: [ISS, OSS, Expulsion, Detention, Restorative, Other]}
  - range: {column: assigned_days, min: 0, severity: warn}
  - range: {column: actual_days, min: 0, severity: warn}
  - expression: {name: has_a_discipline, sql: discipline is not null, severity: warn}
*/
with reported as (
    select
        *,
        coalesce(
            discipline_action_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as action_key
    from staging.stg_edfi__discipline_actions
),

behaviors as (
    select * from marts.fct_discipline_incident_behavior
),

enrollments as (
    select * from marts.fct_student_school
),

statuses as (
    select * from marts.dim_student_status
),

parameters as (
    select sources.source_id, parameters.year_start_month
    from (select distinct source_id from reported) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

dated as (
    select
        reported.*,
        extract(year from reported.discipline_date)
        + if(
            parameters.year_start_month > 1
            and extract(month from reported.discipline_date) >= parameters.year_start_month,
            1,
            0
        ) as year_of_date
    from reported
    left join parameters on parameters.source_id = reported.source_id
),

-- The ODS of a year is often a copy of the last one, so an action may come from each: that of its own year holds.
actions as (
    select *
    from dated
    where true
    qualify row_number() over (
        partition by
            source_id,
            if(discipline_action_key is null, action_key, null),
            lower(trim(student_unique_id)),
            lower(trim(discipline_action_identifier)),
            discipline_date
        order by if(school_year = year_of_date, 0, 1), school_year desc, last_modified_at desc, api_id
    ) = 1
),

listed as (
    select
        actions.action_key,
        actions.source_id,
        json_value(item, '$.disciplineDescriptor') as descriptor,
        regexp_extract(json_value(item, '$.disciplineDescriptor'), r'[^#]*$') as discipline,
        regexp_extract(json_value(item, '$.disciplineDescriptor'), r'^(.*)#') as discipline_namespace
    from actions
    left join unnest(json_query_array(actions.disciplines)) as item
),

mapped_disciplines as (
    select codes.source_id, codes.descriptor, map.discipline_group, map.severity_order
    from (select distinct source_id, descriptor from listed) as codes
    join ref.disciplines as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (regexp_extract(codes.descriptor, r'^(.*)#'), '*')
        and lower(map.code) = lower(trim(regexp_extract(codes.descriptor, r'[^#]*$')))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.descriptor
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

-- An empty item of a list is no discipline; it is left only where there is nothing else.
disciplines as (
    select
        listed.action_key,
        listed.discipline,
        listed.discipline_namespace,
        coalesce(mapped_disciplines.discipline_group, 'Other') as discipline_group,
        mapped_disciplines.severity_order
    from listed
    left join mapped_disciplines
        on mapped_disciplines.source_id = listed.source_id
        and mapped_disciplines.descriptor = listed.descriptor
    where true
    qualify row_number() over (
        partition by listed.action_key, lower(trim(listed.discipline))
        order by listed.discipline_namespace, listed.discipline
    ) = 1
    and (listed.discipline is not null or countif(listed.discipline is not null) over (
        partition by listed.action_key
    ) = 0)
),

-- From data standard 3.3 on an action names behaviors, before and beside it incidents.
references_to_incidents as (
    select
        actions.action_key,
        actions.source_id,
        actions.school_year,
        actions.student_unique_id,
        actions.discipline_date,
        json_value(item, '$.studentDisciplineIncidentBehaviorAssociationReference.schoolId') as school_id,
        json_value(item, '$.studentDisciplineIncidentBehaviorAssociationReference.incidentIdentifier')
            as incident_identifier,
        regexp_extract(
            json_value(item, '$.studentDisciplineIncidentBehaviorAssociationReference.behaviorDescriptor'),
            r'[^#]*$'
        ) as behavior
    from actions
    cross join unnest(json_query_array(actions.student_discipline_incident_behavior_associations)) as item
    union all
    select
        actions.action_key,
        actions.source_id,
        actions.school_year,
        actions.student_unique_id,
        actions.discipline_date,
        json_value(item, '$.studentDisciplineIncidentAssociationReference.schoolId') as school_id,
        json_value(item, '$.studentDisciplineIncidentAssociationReference.incidentIdentifier')
            as incident_identifier,
        cast(null as string) as behavior
    from actions
    cross join unnest(json_query_array(actions.student_discipline_incident_associations)) as item
),

keyed_references as (
    select
        *,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(school_year as string))),
            '\u001f', lower(trim(cast(school_id as string))),
            '\u001f', lower(trim(cast(incident_identifier as string)))
        ))) as discipline_incident_key
    from references_to_incidents
    where school_id is not null and incident_identifier is not null
),

-- An incident of May may lead to an action of September, which another year's ODS has: the last of the name until then.
incidents as (
    select
        keyed_references.action_key,
        keyed_references.school_id,
        keyed_references.incident_identifier,
        keyed_references.behavior as named_behavior,
        behaviors.behavior,
        coalesce(behaviors.discipline_incident_key, keyed_references.discipline_incident_key)
            as discipline_incident_key
    from keyed_references
    left join behaviors
        on behaviors.source_id = keyed_references.source_id
        and cast(behaviors.school_id as string) = keyed_references.school_id
        and lower(trim(behaviors.incident_identifier)) = lower(trim(keyed_references.incident_identifier))
        and lower(trim(behaviors.student_unique_id)) = lower(trim(keyed_references.student_unique_id))
        and (
            behaviors.discipline_incident_key = keyed_references.discipline_incident_key
            or behaviors.incident_date <= keyed_references.discipline_date
        )
    where true
    qualify dense_rank() over (
        partition by
            keyed_references.action_key,
            keyed_references.school_id,
            lower(trim(keyed_references.incident_identifier))
        order by
            if(behaviors.discipline_incident_key = keyed_references.discipline_incident_key, 0, 1),
            behaviors.incident_date desc,
            behaviors.discipline_incident_key
    ) = 1
),

-- Where the action names behaviors of an incident, these count; else all that the student has in it.
counted_behaviors as (
    select
        action_key,
        if(
            countif(named_behavior is not null) over (partition by action_key, discipline_incident_key) > 0,
            named_behavior,
            behavior
        ) as behavior
    from incidents
),

behavior_lists as (
    select action_key, array_agg(distinct behavior order by behavior) as behavior_list
    from counted_behaviors
    where behavior is not null
    group by action_key
),

incident_lists as (
    select
        action_key,
        count(distinct discipline_incident_key) as incident_count,
        array_agg(distinct discipline_incident_key order by discipline_incident_key) as discipline_incident_keys
    from incidents
    group by action_key
),

covering_enrollments as (
    select actions.action_key, enrollments.enrollment_key, enrollments.grade_level
    from actions
    join enrollments
        on enrollments.student_key = actions.student_key
        and enrollments.entry_date <= actions.discipline_date
        and coalesce(enrollments.last_membership_date, date '9999-12-31') >= actions.discipline_date
    where enrollments.is_valid
    qualify row_number() over (
        partition by actions.action_key
        order by
            if(enrollments.school_key = actions.responsibility_school_key, 0, 1),
            if(enrollments.is_primary_school, 0, 1),
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

statuses_of_day as (
    select
        actions.action_key,
        countif(statuses.status_type = 'Special education') > 0 as is_special_education,
        countif(statuses.status_type = 'English learner') > 0 as is_english_learner
    from actions
    join statuses
        on statuses.student_xyear_key = actions.student_xyear_key
        and statuses.begin_date <= actions.discipline_date
        and coalesce(statuses.end_date, date '9999-12-31') >= actions.discipline_date
    group by actions.action_key
),

final as (
    select
        to_hex(md5(concat(
            actions.action_key,
            '\u001f', coalesce(lower(trim(disciplines.discipline)), '')
        ))) as discipline_action_type_key,
        actions.action_key as discipline_action_key,
        actions.student_key,
        actions.student_xyear_key,
        coalesce(actions.responsibility_school_key, actions.assignment_school_key) as school_key,
        actions.responsibility_school_key as responsible_school_key,
        actions.assignment_school_key,
        covering_enrollments.enrollment_key,
        actions.source_id,
        actions.school_year,
        actions.student_unique_id,
        actions.discipline_action_identifier,
        actions.discipline_date,
        disciplines.discipline,
        disciplines.discipline_namespace,
        disciplines.discipline_group,
        disciplines.severity_order,
        actions.discipline_action_length as assigned_days,
        actions.actual_discipline_action_length as actual_days,
        actions.discipline_action_length_difference_reason as length_difference_reason,
        row_number() over (
            partition by actions.action_key
            order by coalesce(disciplines.severity_order, 1000000), disciplines.discipline
        ) = 1 as is_primary_action_row,
        coalesce(incident_lists.incident_count, 0) as incident_count,
        coalesce(incident_lists.discipline_incident_keys, cast([] as array<string>)) as discipline_incident_keys,
        coalesce(behavior_lists.behavior_list, cast([] as array<string>)) as behavior_list,
        actions.related_to_zero_tolerance_policy as is_related_to_zero_tolerance,
        actions.iep_placement_meeting_indicator as has_iep_placement_meeting,
        actions.received_education_services_during_expulsion as received_education_services,
        covering_enrollments.grade_level,
        if(actions.discipline_date is null, null, coalesce(statuses_of_day.is_special_education, false))
            as is_special_education_on_date,
        if(actions.discipline_date is null, null, coalesce(statuses_of_day.is_english_learner, false))
            as is_english_learner_on_date,
        actions.last_modified_at
    from actions
    join disciplines on disciplines.action_key = actions.action_key
    left join incident_lists on incident_lists.action_key = actions.action_key
    left join behavior_lists on behavior_lists.action_key = actions.action_key
    left join covering_enrollments on covering_enrollments.action_key = actions.action_key
    left join statuses_of_day on statuses_of_day.action_key = actions.action_key
)

select * from final
