/* model
description: >-
  One row per student, school year and circumstance that something reports: a program, a meal given by need, a
  characteristic. What nobody reports has no row.
materialize: table
key: [student_key, circumstance]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Key of the student.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  circumstance: {type: STRING, description: What is reported.}
  is_in_force:
    type: BOOL
    description: Whether it holds on as_of_date (current year) or on any day of the year (other years).
  begin_date: {type: DATE, description: First day on which anything reports it; NULL if something leaves that open.}
  end_date: {type: DATE, description: Last day on which anything reports it; NULL if something leaves that open.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - accepted_values:
      column: circumstance
      values:
        [special_education, english_learner, section_504, economically_disadvantaged, homeless, foster_care, migrant,
        military_connected, gifted, immigrant]
  - not_null: [is_in_force]
*/
with program_associations as (
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        last_modified_at,
        cast(null as string) as circumstance
    from staging.stg_edfi__student_program_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        -- Special education may have ended while the program has not.
        least(
            coalesce(end_date, special_education_exit_date), coalesce(special_education_exit_date, end_date)
        ) as end_date,
        last_modified_at,
        'special_education' as circumstance
    from staging.stg_edfi__student_special_education_program_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        last_modified_at,
        'english_learner' as circumstance
    from staging.stg_edfi__student_language_instruction_program_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        last_modified_at,
        'homeless' as circumstance
    from staging.stg_edfi__student_homeless_program_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        last_modified_at,
        'migrant' as circumstance
    from staging.stg_edfi__student_migrant_education_program_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        last_modified_at,
        'section_504' as circumstance
    from staging.stg_edfi__student_section_504_program_associations
),

organizations as (
    select * from marts.bridge_student_organization
),

school_years as (
    select * from marts.dim_school_year
),

descriptions as (
    select
        student_key,
        source_id,
        school_year,
        education_organization_id,
        student_characteristics,
        supporter_military_connection,
        supporter_military_connection_namespace,
        cast(null as string) as economic_disadvantage,
        cast(null as string) as economic_disadvantage_namespace,
        last_modified_at,
        api_id
    from staging.stg_edfi__student_education_organization_associations
    union all
    select
        student_key,
        source_id,
        school_year,
        education_organization_id,
        student_characteristics,
        supporter_military_connection,
        supporter_military_connection_namespace,
        economic_disadvantage,
        economic_disadvantage_namespace,
        last_modified_at,
        api_id
    from staging.stg_edfi__student_demographics
),

chosen_descriptions as (
    select descriptions.*
    from descriptions
    join organizations
        on organizations.student_key = descriptions.student_key
        and organizations.education_organization_id = descriptions.education_organization_id
    where true
    qualify dense_rank() over (partition by descriptions.student_key order by organizations.organization_rank) = 1
),

program_groups as (
    select codes.source_id, codes.namespace, codes.code, map.program_group
    from (
        select distinct source_id, coalesce(program_type_namespace, '*') as namespace, program_type as code
        from program_associations
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

program_evidence as (
    select
        program_associations.student_key,
        program_associations.source_id,
        program_associations.school_year,
        coalesce(
            program_associations.circumstance,
            case program_groups.program_group
                when 'Special Education' then 'special_education'
                when 'English Learner' then 'english_learner'
                when 'Homeless' then 'homeless'
                when 'Migrant' then 'migrant'
                when '504' then 'section_504'
                when 'Gifted' then 'gifted'
                when 'Immigrant' then 'immigrant'
            end
        ) as circumstance,
        program_associations.begin_date,
        program_associations.end_date,
        program_associations.last_modified_at
    from program_associations
    left join program_groups
        on program_groups.source_id = program_associations.source_id
        and program_groups.namespace = coalesce(program_associations.program_type_namespace, '*')
        and program_groups.code = program_associations.program_type
),

meals as (
    select
        food.student_key,
        food.source_id,
        food.school_year,
        json_value(item, '$.schoolFoodServiceProgramServiceDescriptor') as descriptor,
        coalesce(
            safe_cast(substr(json_value(item, '$.serviceBeginDate'), 1, 10) as date), food.begin_date
        ) as begin_date,
        coalesce(safe_cast(substr(json_value(item, '$.serviceEndDate'), 1, 10) as date), food.end_date) as end_date,
        food.last_modified_at
    from staging.stg_edfi__student_school_food_service_program_associations as food
    cross join unnest(json_query_array(food.school_food_service_program_services)) as item
),

mapped_meals as (
    select codes.source_id, codes.descriptor, map.is_economically_disadvantaged
    from (select distinct source_id, descriptor from meals) as codes
    join ref.meal_eligibility as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (regexp_extract(codes.descriptor, r'^(.*)#'), '*')
        and lower(map.code) = lower(trim(regexp_extract(codes.descriptor, r'[^#]*$')))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.descriptor
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

meal_evidence as (
    select
        meals.student_key,
        meals.source_id,
        meals.school_year,
        'economically_disadvantaged' as circumstance,
        meals.begin_date,
        meals.end_date,
        meals.last_modified_at
    from meals
    join mapped_meals
        on mapped_meals.source_id = meals.source_id
        and mapped_meals.descriptor = meals.descriptor
    where mapped_meals.is_economically_disadvantaged
    union all
    select
        student_key,
        source_id,
        school_year,
        'economically_disadvantaged' as circumstance,
        begin_date,
        end_date,
        last_modified_at
    from staging.stg_edfi__student_school_food_service_program_associations
    where direct_certification
),

characteristics as (
    select
        chosen_descriptions.student_key,
        chosen_descriptions.source_id,
        chosen_descriptions.school_year,
        json_value(item, '$.studentCharacteristicDescriptor') as descriptor,
        safe_cast(substr(json_value(period, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(period, '$.endDate'), 1, 10) as date) as end_date,
        chosen_descriptions.last_modified_at
    from chosen_descriptions
    cross join unnest(json_query_array(chosen_descriptions.student_characteristics)) as item
    left join unnest(json_query_array(item, '$.periods')) as period
),

mapped_characteristics as (
    select codes.source_id, codes.descriptor, map.flag
    from (select distinct source_id, descriptor from characteristics) as codes
    join ref.student_characteristics as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (regexp_extract(codes.descriptor, r'^(.*)#'), '*')
        and lower(map.code) = lower(trim(regexp_extract(codes.descriptor, r'[^#]*$')))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.descriptor
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

characteristic_evidence as (
    select
        characteristics.student_key,
        characteristics.source_id,
        characteristics.school_year,
        mapped_characteristics.flag as circumstance,
        characteristics.begin_date,
        characteristics.end_date,
        characteristics.last_modified_at
    from characteristics
    join mapped_characteristics
        on mapped_characteristics.source_id = characteristics.source_id
        and mapped_characteristics.descriptor = characteristics.descriptor
),

military_connections as (
    select codes.source_id, codes.namespace, codes.code, map.is_military_connected
    from (
        select distinct
            source_id,
            coalesce(supporter_military_connection_namespace, '*') as namespace,
            supporter_military_connection as code
        from chosen_descriptions
    ) as codes
    join ref.military_connections as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

economic_disadvantages as (
    select codes.source_id, codes.namespace, codes.code, map.is_economically_disadvantaged
    from (
        select distinct
            source_id,
            coalesce(economic_disadvantage_namespace, '*') as namespace,
            economic_disadvantage as code
        from chosen_descriptions
    ) as codes
    join ref.economic_disadvantages as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

demographic_evidence as (
    select
        chosen_descriptions.student_key,
        chosen_descriptions.source_id,
        chosen_descriptions.school_year,
        circumstance,
        cast(null as date) as begin_date,
        cast(null as date) as end_date,
        chosen_descriptions.last_modified_at
    from chosen_descriptions
    left join military_connections
        on military_connections.source_id = chosen_descriptions.source_id
        and military_connections.namespace = coalesce(chosen_descriptions.supporter_military_connection_namespace, '*')
        and military_connections.code = chosen_descriptions.supporter_military_connection
    left join economic_disadvantages
        on economic_disadvantages.source_id = chosen_descriptions.source_id
        and economic_disadvantages.namespace = coalesce(chosen_descriptions.economic_disadvantage_namespace, '*')
        and economic_disadvantages.code = chosen_descriptions.economic_disadvantage
    cross join unnest(['military_connected', 'economically_disadvantaged']) as circumstance
    where if(
        circumstance = 'military_connected',
        military_connections.is_military_connected,
        economic_disadvantages.is_economically_disadvantaged
    )
),

evidence as (
    select * from program_evidence
    union all
    select * from meal_evidence
    union all
    select * from characteristic_evidence
    union all
    select * from demographic_evidence
),

judged as (
    select
        evidence.*,
        (
            evidence.begin_date is null
            or school_years.in_force_to is null
            or evidence.begin_date <= school_years.in_force_to
        )
        and (
            evidence.end_date is null
            or school_years.in_force_from is null
            or evidence.end_date >= school_years.in_force_from
        ) as is_in_force
    from evidence
    left join school_years
        on school_years.source_id = evidence.source_id
        and school_years.school_year = evidence.school_year
    where evidence.student_key is not null and evidence.circumstance is not null
),

final as (
    select
        student_key,
        source_id,
        school_year,
        circumstance,
        countif(is_in_force) > 0 as is_in_force,
        if(countif(begin_date is null) > 0, null, min(begin_date)) as begin_date,
        if(countif(end_date is null) > 0, null, max(end_date)) as end_date,
        max(last_modified_at) as last_modified_at
    from judged
    group by student_key, source_id, school_year, circumstance
)

select * from final
