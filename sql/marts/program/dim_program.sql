/* model
description: One row per program of an education organization and school year, with the group by which it is counted.
materialize: table
key: [program_key]
access: everyone
cluster: [source_id, school_year]
columns:
  program_key:
    type: STRING
    description: "Key of the row: source_id, school_year, education_organization_id, program_name, program_type."
  lea_key: {type: STRING, description: Key of the local education agency that offers it or whose school does.}
  school_key: {type: STRING, description: Key of the school that offers it; NULL if no school does.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  education_organization_id: {type: INT64, description: The organization that offers it.}
  program_name: {type: STRING, description: Name.}
  program_type: {type: STRING, description: Code of its type.}
  program_type_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  program_group:
    type: STRING
    description: Group of the type by ref.program_types; Other for a type that the map does not have.
  program_id: {type: STRING, description: Id that an agency gave it.}
  sponsors: {type: ARRAY<STRING>, description: Codes of those who pay for it.}
  characteristics: {type: ARRAY<STRING>, description: Codes of its characteristics.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [program_name, program_type, program_group]
  - accepted_values:
      column: program_group
      values:
        [Special Education, English Learner, Title I, Food Service, Homeless, Migrant, CTE, "504", Gifted, Immigrant,
        Early learning, Other]
*/
with programs as (
    select *
    from staging.stg_edfi__programs
    where program_key is not null
    qualify row_number() over (partition by program_key order by last_modified_at desc, api_id) = 1
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

program_groups as (
    select codes.source_id, codes.namespace, codes.code, map.program_group
    from (
        select distinct source_id, coalesce(program_type_namespace, '*') as namespace, program_type as code
        from programs
    ) as codes
    join ref.program_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

final as (
    select
        programs.program_key,
        coalesce(leas.lea_key, schools.lea_key) as lea_key,
        schools.school_key,
        programs.source_id,
        programs.school_year,
        programs.education_organization_id,
        programs.program_name,
        programs.program_type,
        programs.program_type_namespace,
        coalesce(program_groups.program_group, 'Other') as program_group,
        programs.program_id,
        array(
            select distinct regexp_extract(json_value(item, '$.programSponsorDescriptor'), r'[^#]*$') as sponsor
            from unnest(json_query_array(programs.sponsors)) as item
            where json_value(item, '$.programSponsorDescriptor') is not null
            order by sponsor
        ) as sponsors,
        array(
            select distinct
                regexp_extract(json_value(item, '$.programCharacteristicDescriptor'), r'[^#]*$') as characteristic
            from unnest(json_query_array(programs.characteristics)) as item
            where json_value(item, '$.programCharacteristicDescriptor') is not null
            order by characteristic
        ) as characteristics,
        programs.last_modified_at
    from programs
    left join leas
        on leas.source_id = programs.source_id
        and leas.lea_id = programs.education_organization_id
    left join schools
        on schools.source_id = programs.source_id
        and schools.school_year = programs.school_year
        and schools.school_id = programs.education_organization_id
    left join program_groups
        on program_groups.source_id = programs.source_id
        and program_groups.namespace = coalesce(programs.program_type_namespace, '*')
        and program_groups.code = programs.program_type
)

select * from final
