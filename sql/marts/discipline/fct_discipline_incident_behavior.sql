/* model
description: >-
  One row per discipline incident, student and behavior; one without a behavior for a student who is no offender, and
  one per behavior without a student for an incident that names none. Count incidents by is_primary_incident_row.
materialize: table
key: [discipline_incident_behavior_key]
cluster: [source_id, school_year, school_key]
columns:
  discipline_incident_behavior_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, school_id, incident_identifier, student_unique_id, behavior.
  discipline_incident_key: {type: STRING, description: Key of the incident.}
  student_key: {type: STRING, description: Key of the student; NULL where the incident names none.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  school_key: {type: STRING, description: Key of the school where it happened.}
  enrollment_key: {type: STRING, description: Key of the enrolment of the day; of the school where it happened first.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the ODS; of several that have the incident, that of its date.
  school_id: {type: INT64, description: The school's id.}
  incident_identifier: {type: STRING, description: The incident's id in the school.}
  student_unique_id: {type: STRING, description: The student's id.}
  incident_date: {type: DATE, description: The day; NULL if the incident itself is not known.}
  incident_time: {type: TIME, description: Time of day.}
  incident_location: {type: STRING, description: Code of the place.}
  reporter: {type: STRING, description: "Code of who reported it, such as staff or student."}
  behavior:
    type: STRING
    description: >-
      Code of the behavior. Until data standard 4 a student may have none of his own; an offender then has those of the
      incident.
  behavior_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  behavior_detail: {type: STRING, description: The behavior in words., pii: true}
  behavior_group: {type: STRING, description: Group by ref.behaviors; Other for a code that the map does not have.}
  severity_order: {type: INT64, description: "Place in the order of severity, 1 the most severe; NULL if unmapped."}
  participation:
    type: STRING
    description: "Offender, Victim, Witness, Reporter or Other, by ref.incident_participation; NULL without a student."
  participation_codes: {type: ARRAY<STRING>, description: "Codes as reported, in alphabetical order."}
  weapons: {type: ARRAY<STRING>, description: "Codes of the weapons, in alphabetical order."}
  is_reported_to_law_enforcement: {type: BOOL, description: Whether the police were told.}
  grade_level: {type: STRING, description: Grade level of the enrolment of the day.}
  is_primary_incident_row:
    type: BOOL
    description: "Whether it is the one row of its incident to count: an offender's, of the most severe behavior."
  is_primary_student_row: {type: BOOL, description: Whether it is the one row of its incident and student to count.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [is_primary_incident_row, is_primary_student_row]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - accepted_values: {column: participation, values: [Offender, Victim, Witness, Reporter, Other]}
  - expression: {name: has_an_incident, sql: incident_date is not null, severity: warn}
  - expression: {name: has_a_student, sql: student_key is not null, severity: warn}
*/
with incidents as (
    select
        *,
        coalesce(
            discipline_incident_key, concat(cast(school_year as string), '\u001f', api_id)
        ) as incident_row
    from staging.stg_edfi__discipline_incidents
    where true
    qualify row_number() over (
        partition by source_id, coalesce(discipline_incident_key, concat(cast(school_year as string), api_id))
        order by last_modified_at desc, api_id
    ) = 1
),

behavior_associations as (
    select * from staging.stg_edfi__student_discipline_incident_behavior_associations
),

non_offender_associations as (
    select * from staging.stg_edfi__student_discipline_incident_non_offender_associations
),

enrollments as (
    select * from marts.fct_student_school
),

-- Until data standard 4 one resource held both; a source that has filled its successors keeps it as a duplicate.
old_associations as (
    select old.*
    from staging.stg_edfi__student_discipline_incident_associations as old
    left join (
        select discipline_incident_key, student_key from behavior_associations
        union distinct
        select discipline_incident_key, student_key from non_offender_associations
    ) as replaced
        on replaced.discipline_incident_key = old.discipline_incident_key
        and replaced.student_key = old.student_key
    where replaced.student_key is null
),

participants as (
    select
        'behavior' as kind,
        source_id,
        school_year,
        api_id,
        discipline_incident_key,
        student_key,
        student_xyear_key,
        school_key,
        school_id,
        incident_identifier,
        student_unique_id,
        concat(coalesce(concat(behavior_namespace, '#'), ''), behavior) as behavior_descriptor,
        behavior_detailed_description as behavior_detail,
        array(
            select distinct json_value(item, '$.disciplineIncidentParticipationCodeDescriptor') as code
            from unnest(json_query_array(discipline_incident_participation_codes)) as item
            where json_value(item, '$.disciplineIncidentParticipationCodeDescriptor') is not null
            order by code
        ) as participation_descriptors,
        cast(null as json) as own_behaviors,
        weapons,
        last_modified_at
    from behavior_associations
    union all
    select
        'non offender' as kind,
        source_id,
        school_year,
        api_id,
        discipline_incident_key,
        student_key,
        student_xyear_key,
        school_key,
        school_id,
        incident_identifier,
        student_unique_id,
        cast(null as string) as behavior_descriptor,
        cast(null as string) as behavior_detail,
        array(
            select distinct json_value(item, '$.disciplineIncidentParticipationCodeDescriptor') as code
            from unnest(json_query_array(discipline_incident_participation_codes)) as item
            where json_value(item, '$.disciplineIncidentParticipationCodeDescriptor') is not null
            order by code
        ) as participation_descriptors,
        cast(null as json) as own_behaviors,
        cast(null as json) as weapons,
        last_modified_at
    from non_offender_associations
    union all
    select
        'old' as kind,
        source_id,
        school_year,
        api_id,
        discipline_incident_key,
        student_key,
        student_xyear_key,
        school_key,
        school_id,
        incident_identifier,
        student_unique_id,
        cast(null as string) as behavior_descriptor,
        cast(null as string) as behavior_detail,
        if(
            student_participation_code is null,
            cast([] as array<string>),
            [concat(coalesce(concat(student_participation_code_namespace, '#'), ''), student_participation_code)]
        ) as participation_descriptors,
        behaviors as own_behaviors,
        cast(null as json) as weapons,
        last_modified_at
    from old_associations
),

codes_of_participants as (
    select participants.source_id, participants.kind, participants.api_id, participants.school_year, descriptor
    from participants
    cross join unnest(participants.participation_descriptors) as descriptor
),

mapped_codes as (
    select codes.source_id, codes.descriptor, map.participation, map.participation_order
    from (select distinct source_id, descriptor from codes_of_participants) as codes
    join ref.incident_participation as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (regexp_extract(codes.descriptor, r'^(.*)#'), '*')
        and lower(map.code) = lower(trim(regexp_extract(codes.descriptor, r'[^#]*$')))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.descriptor
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

participations as (
    select
        codes.source_id,
        codes.kind,
        codes.school_year,
        codes.api_id,
        mapped_codes.participation
    from codes_of_participants as codes
    join mapped_codes
        on mapped_codes.source_id = codes.source_id
        and mapped_codes.descriptor = codes.descriptor
    -- Who is listed as no offender is none, whatever else the list says.
    where codes.kind != 'non offender' or mapped_codes.participation != 'Offender'
    qualify row_number() over (
        partition by codes.source_id, codes.kind, codes.school_year, codes.api_id
        order by mapped_codes.participation_order, mapped_codes.participation
    ) = 1
),

-- A record without all parts of its key is like no other.
judged as (
    select
        participants.*,
        if(
            participants.discipline_incident_key is null or participants.student_key is null,
            concat(cast(participants.school_year as string), '\u001f', participants.api_id),
            null
        ) as stray_id,
        participants.discipline_incident_key as incident_row,
        true as has_participant,
        case
            when participants.kind = 'behavior' then 'Offender'
            when participations.participation is not null then participations.participation
            when array_length(json_query_array(participants.own_behaviors)) > 0 then 'Offender'
            else 'Other'
        end as participation,
        coalesce(array_length(json_query_array(participants.own_behaviors)), 0) > 0 as has_own_behaviors
    from participants
    left join participations
        on participations.source_id = participants.source_id
        and participations.kind = participants.kind
        and participations.school_year = participants.school_year
        and participations.api_id = participants.api_id
),

incidents_with_participants as (
    select distinct source_id, discipline_incident_key from participants
),

old_rows as (
    select
        judged.* except (behavior_descriptor, behavior_detail, own_behaviors, has_own_behaviors, kind, api_id),
        json_value(item, '$.behaviorDescriptor') as behavior_descriptor,
        json_value(item, '$.behaviorDetailedDescription') as behavior_detail
    from judged
    left join incidents on incidents.discipline_incident_key = judged.discipline_incident_key
    left join unnest(
        case
            when judged.has_own_behaviors then json_query_array(judged.own_behaviors)
            when judged.participation = 'Offender' then json_query_array(incidents.behaviors)
        end
    ) as item
    where judged.kind = 'old'
),

rows_without_student as (
    select
        incidents.source_id,
        incidents.school_year,
        incidents.discipline_incident_key,
        cast(null as string) as student_key,
        cast(null as string) as student_xyear_key,
        incidents.school_key,
        incidents.school_id,
        incidents.incident_identifier,
        cast(null as string) as student_unique_id,
        cast([] as array<string>) as participation_descriptors,
        cast(null as json) as weapons,
        incidents.last_modified_at,
        if(
            incidents.discipline_incident_key is null,
            concat(cast(incidents.school_year as string), '\u001f', incidents.api_id),
            null
        ) as stray_id,
        incidents.incident_row,
        false as has_participant,
        cast(null as string) as participation,
        json_value(item, '$.behaviorDescriptor') as behavior_descriptor,
        json_value(item, '$.behaviorDetailedDescription') as behavior_detail
    from incidents
    left join incidents_with_participants
        on incidents_with_participants.discipline_incident_key = incidents.discipline_incident_key
    left join unnest(json_query_array(incidents.behaviors)) as item
    where incidents_with_participants.discipline_incident_key is null
),

reported as (
    select
        judged.* except (behavior_descriptor, behavior_detail, own_behaviors, has_own_behaviors, kind, api_id),
        judged.behavior_descriptor,
        judged.behavior_detail
    from judged
    where judged.kind != 'old'
    union all
    select * from old_rows
    union all
    select * from rows_without_student
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
        reported.* except (last_modified_at, weapons),
        coalesce(
            if(reported.discipline_incident_key is null, reported.stray_id, null),
            concat(
                cast(reported.school_id as string),
                '\u001f', lower(trim(reported.incident_identifier)),
                '\u001f', coalesce(
                    cast(incidents.incident_date as string), concat('year ', cast(reported.school_year as string))
                )
            )
        ) as incident_id,
        regexp_extract(reported.behavior_descriptor, r'[^#]*$') as behavior,
        regexp_extract(reported.behavior_descriptor, r'^(.*)#') as behavior_namespace,
        incidents.incident_date,
        incidents.incident_time,
        incidents.incident_location,
        incidents.reporter_description as reporter,
        incidents.reported_to_law_enforcement,
        if(
            array_length(json_query_array(reported.weapons)) > 0, reported.weapons, incidents.weapons
        ) as weapons,
        extract(year from incidents.incident_date)
        + if(
            parameters.year_start_month > 1
            and extract(month from incidents.incident_date) >= parameters.year_start_month,
            1,
            0
        ) as year_of_date,
        greatest(
            reported.last_modified_at, coalesce(incidents.last_modified_at, reported.last_modified_at)
        ) as last_modified_at
    from reported
    left join incidents
        on incidents.source_id = reported.source_id
        and incidents.incident_row = reported.incident_row
    left join parameters on parameters.source_id = reported.source_id
),

-- The ODS of a year is often a copy of the last one, so an incident may come from each: that of its own year holds.
own_rows as (
    select *
    from dated
    where true
    qualify row_number() over (
        partition by
            source_id,
            incident_id,
            stray_id,
            lower(trim(student_unique_id)),
            lower(trim(behavior))
        order by
            if(school_year = year_of_date, 0, 1),
            school_year desc,
            if(participation = 'Offender', 0, 1),
            last_modified_at desc,
            behavior_descriptor,
            behavior_detail
    ) = 1
),

-- A copy without the students says nothing that the other year does not.
kept_rows as (
    select
        *,
        countif(has_participant) over (partition by source_id, incident_id) as participant_rows
    from own_rows
),

mapped_behaviors as (
    select codes.source_id, codes.behavior_descriptor, map.behavior_group, map.severity_order
    from (select distinct source_id, behavior_descriptor from kept_rows) as codes
    join ref.behaviors as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (regexp_extract(codes.behavior_descriptor, r'^(.*)#'), '*')
        and lower(map.code) = lower(trim(regexp_extract(codes.behavior_descriptor, r'[^#]*$')))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.behavior_descriptor
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

keyed as (
    select
        kept_rows.*,
        to_hex(md5(concat(
            lower(trim(kept_rows.source_id)),
            '\u001f', cast(kept_rows.school_year as string),
            '\u001f', coalesce(cast(kept_rows.school_id as string), ''),
            '\u001f', coalesce(lower(trim(kept_rows.incident_identifier)), ''),
            '\u001f', coalesce(lower(trim(kept_rows.student_unique_id)), ''),
            '\u001f', coalesce(lower(trim(kept_rows.behavior)), ''),
            '\u001f', coalesce(kept_rows.stray_id, '')
        ))) as discipline_incident_behavior_key,
        if(kept_rows.behavior is null, null, coalesce(mapped_behaviors.behavior_group, 'Other')) as behavior_group,
        mapped_behaviors.severity_order
    from kept_rows
    left join mapped_behaviors
        on mapped_behaviors.source_id = kept_rows.source_id
        and mapped_behaviors.behavior_descriptor = kept_rows.behavior_descriptor
    where kept_rows.has_participant or kept_rows.participant_rows = 0
),

covering_enrollments as (
    select keyed.discipline_incident_behavior_key, enrollments.enrollment_key, enrollments.grade_level
    from keyed
    join enrollments
        on enrollments.student_key = keyed.student_key
        and enrollments.entry_date <= keyed.incident_date
        and coalesce(enrollments.last_membership_date, date '9999-12-31') >= keyed.incident_date
    where enrollments.is_valid
    qualify row_number() over (
        partition by keyed.discipline_incident_behavior_key
        order by
            if(enrollments.school_key = keyed.school_key, 0, 1),
            if(enrollments.is_primary_school, 0, 1),
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

final as (
    select
        keyed.discipline_incident_behavior_key,
        keyed.discipline_incident_key,
        keyed.student_key,
        keyed.student_xyear_key,
        keyed.school_key,
        covering_enrollments.enrollment_key,
        keyed.source_id,
        keyed.school_year,
        keyed.school_id,
        keyed.incident_identifier,
        keyed.student_unique_id,
        keyed.incident_date,
        keyed.incident_time,
        keyed.incident_location,
        keyed.reporter,
        keyed.behavior,
        keyed.behavior_namespace,
        keyed.behavior_detail,
        keyed.behavior_group,
        keyed.severity_order,
        keyed.participation,
        array(
            select distinct regexp_extract(descriptor, r'[^#]*$') as code
            from unnest(keyed.participation_descriptors) as descriptor
            order by code
        ) as participation_codes,
        array(
            select distinct regexp_extract(json_value(item, '$.weaponDescriptor'), r'[^#]*$') as weapon
            from unnest(json_query_array(keyed.weapons)) as item
            where json_value(item, '$.weaponDescriptor') is not null
            order by weapon
        ) as weapons,
        keyed.reported_to_law_enforcement as is_reported_to_law_enforcement,
        covering_enrollments.grade_level,
        row_number() over (
            partition by keyed.source_id, keyed.incident_id
            order by
                if(keyed.student_key is null, 1, 0),
                if(keyed.participation = 'Offender', 0, 1),
                coalesce(keyed.severity_order, 1000000),
                keyed.discipline_incident_behavior_key
        ) = 1 as is_primary_incident_row,
        row_number() over (
            partition by keyed.source_id, keyed.incident_id, lower(trim(keyed.student_unique_id))
            order by
                if(keyed.participation = 'Offender', 0, 1),
                coalesce(keyed.severity_order, 1000000),
                keyed.discipline_incident_behavior_key
        ) = 1 as is_primary_student_row,
        keyed.last_modified_at
    from keyed
    left join covering_enrollments
        on covering_enrollments.discipline_incident_behavior_key = keyed.discipline_incident_behavior_key
)

select * from final
