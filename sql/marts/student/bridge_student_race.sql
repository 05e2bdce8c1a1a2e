/* model
description: >-
  One row per student, school year and race code, for counts that are no roll-ups (how many are Native American, alone
  or with others). The codes are those of the organization that describes the student in dim_student.
materialize: table
key: [student_key, race]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  race: {type: STRING, description: Race code as reported.}
  race_group: {type: STRING, description: Category of federal reports by ref.race; Unknown for a code that it lacks.}
  is_race: {type: BOOL, description: Whether the code names a race at all; a refusal to answer does not.}
  is_only_race: {type: BOOL, description: Whether it names a race and the student has no other.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [race_group, is_race, is_only_race]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
-- From data standard 6 on, demographics are a resource of their own.
with descriptions as (
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        education_organization_id,
        races,
        1 as preference,
        api_id,
        last_modified_at
    from staging.stg_edfi__student_demographics
    where races is not null
    union all
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        education_organization_id,
        races,
        2 as preference,
        api_id,
        last_modified_at
    from staging.stg_edfi__student_education_organization_associations
    where races is not null
),

organizations as (
    select * from marts.bridge_student_organization
),

chosen_descriptions as (
    select descriptions.*
    from descriptions
    join organizations
        on organizations.student_key = descriptions.student_key
        and organizations.education_organization_id = descriptions.education_organization_id
    where true
    qualify row_number() over (
        partition by descriptions.student_key
        order by
            descriptions.preference,
            organizations.organization_rank,
            descriptions.last_modified_at desc,
            descriptions.api_id
    ) = 1
),

races as (
    select
        chosen_descriptions.* except (races, preference, education_organization_id, api_id),
        coalesce(regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#'), '*') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as race
    from chosen_descriptions
    cross join unnest(json_query_array(chosen_descriptions.races)) as item
    where json_value(item, '$.raceDescriptor') is not null
),

mapped as (
    select
        races.student_key,
        races.student_xyear_key,
        races.source_id,
        races.school_year,
        races.race,
        coalesce(map.race, 'Unknown') as race_group,
        coalesce(map.is_race, true) as is_race,
        races.last_modified_at
    from races
    left join ref.race as map
        on map.source_id in (races.source_id, '*')
        and map.namespace in (races.namespace, '*')
        and lower(map.code) = lower(trim(races.race))
    where true
    qualify row_number() over (
        partition by races.student_key, races.race
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

final as (
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        race,
        race_group,
        is_race,
        is_race and countif(is_race) over (partition by student_key) = 1 as is_only_race,
        last_modified_at
    from mapped
)

select * from final
