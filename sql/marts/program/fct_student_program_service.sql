/* model
description: >-
  One row per student in a program, service given by it and day on which the service began: what all kinds of program
  associations list as their services.
materialize: table
key: [student_program_service_key]
cluster: [source_id, school_year]
columns:
  student_program_service_key:
    type: STRING
    description: "Key of the row: student_program_key, service, begin_date."
  student_program_key: {type: STRING, description: Key of the row of fct_student_program.}
  program_key: {type: STRING, description: Key of the program.}
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  student_unique_id: {type: STRING, description: The student's id.}
  association_type: {type: STRING, description: Endpoint that reported it.}
  service: {type: STRING, description: Code of the service.}
  service_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  is_primary: {type: BOOL, description: Whether it is the main service of the program for the student.}
  begin_date: {type: DATE, description: First day of the service; that of the program where the service has none.}
  end_date:
    type: DATE
    description: Last day of the service; that of the program where the service has none; NULL while it is open.
  is_active: {type: BOOL, description: Whether as_of_date lies in the row and in the current school year.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [student_program_key, service, is_active]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - expression: {name: end_is_not_before_begin, sql: end_date is null or end_date >= begin_date, severity: warn}
*/
with associations as (
    select
        'student_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        services as services,
        last_modified_at
    from staging.stg_edfi__student_program_associations
    union all
    select
        'student_special_education_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        special_education_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_special_education_program_associations
    union all
    select
        'student_language_instruction_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        language_instruction_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_language_instruction_program_associations
    union all
    select
        'student_title_i_part_a_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        title_i_part_a_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_title_i_part_a_program_associations
    union all
    select
        'student_title_i_part_a_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        services as services,
        last_modified_at
    from staging.stg_edfi__student_title_i_part_a_program_associations
    union all
    select
        'student_school_food_service_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        school_food_service_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_school_food_service_program_associations
    union all
    select
        'student_homeless_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        homeless_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_homeless_program_associations
    union all
    select
        'student_migrant_education_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        migrant_education_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_migrant_education_program_associations
    union all
    select
        'student_cte_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        cte_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_cte_program_associations
    union all
    select
        'student_cte_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        services as services,
        last_modified_at
    from staging.stg_edfi__student_cte_program_associations
    union all
    select
        'student_neglected_or_delinquent_program_associations' as association_type,
        student_program_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        begin_date,
        end_date,
        neglected_or_delinquent_program_services as services,
        last_modified_at
    from staging.stg_edfi__student_neglected_or_delinquent_program_associations
),

school_years as (
    select * from marts.dim_school_year
),

listed as (
    select
        associations.* except (services),
        coalesce(
            associations.student_program_key,
            to_hex(md5(concat(
                associations.source_id,
                '\u001f', cast(associations.school_year as string),
                '\u001f', associations.api_id
            )))
        ) as association_key,
        coalesce(
            json_value(item, '$.serviceDescriptor'),
            json_value(item, '$.specialEducationProgramServiceDescriptor'),
            json_value(item, '$.languageInstructionProgramServiceDescriptor'),
            json_value(item, '$.titleIPartAProgramServiceDescriptor'),
            json_value(item, '$.schoolFoodServiceProgramServiceDescriptor'),
            json_value(item, '$.homelessProgramServiceDescriptor'),
            json_value(item, '$.migrantEducationProgramServiceDescriptor'),
            json_value(item, '$.cteProgramServiceDescriptor'),
            json_value(item, '$.neglectedOrDelinquentProgramServiceDescriptor')
        ) as descriptor,
        lax_bool(json_query(item, '$.primaryIndicator')) as primary_indicator,
        safe_cast(substr(json_value(item, '$.serviceBeginDate'), 1, 10) as date) as service_begin_date,
        safe_cast(substr(json_value(item, '$.serviceEndDate'), 1, 10) as date) as service_end_date
    from associations
    cross join unnest(json_query_array(associations.services)) as item
),

services as (
    select
        listed.*,
        regexp_extract(descriptor, r'[^#]*$') as service,
        regexp_extract(descriptor, r'^(.*)#') as service_namespace,
        coalesce(service_begin_date, begin_date) as from_date,
        coalesce(service_end_date, end_date) as to_date
    from listed
    where descriptor is not null
),

one_each as (
    select
        services.*,
        to_hex(md5(concat(
            association_key,
            '\u001f', lower(trim(service)),
            '\u001f', coalesce(cast(from_date as string), '')
        ))) as student_program_service_key
    from services
    where true
    qualify row_number() over (
        partition by association_key, lower(trim(service)), from_date
        order by
            if(primary_indicator, 0, 1),
            coalesce(to_date, date '9999-12-31') desc,
            last_modified_at desc,
            api_id,
            association_type,
            service_namespace,
            service
    ) = 1
),

final as (
    select
        one_each.student_program_service_key,
        one_each.association_key as student_program_key,
        one_each.program_key,
        one_each.student_key,
        one_each.student_xyear_key,
        one_each.source_id,
        one_each.school_year,
        one_each.student_unique_id,
        one_each.association_type,
        one_each.service,
        one_each.service_namespace,
        one_each.primary_indicator as is_primary,
        one_each.from_date as begin_date,
        one_each.to_date as end_date,
        coalesce(
            school_years.is_current
            and coalesce(one_each.from_date <= school_years.as_of_date, true)
            and coalesce(one_each.to_date >= school_years.as_of_date, true),
            false
        ) as is_active,
        one_each.last_modified_at
    from one_each
    left join school_years
        on school_years.source_id = one_each.source_id
        and school_years.school_year = one_each.school_year
)

select * from final
