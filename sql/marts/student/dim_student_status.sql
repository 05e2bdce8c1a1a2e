/* model
description: >-
  One row per student, status and span of days in which it holds, over all school years: whether a child was an English
  learner on the day of a test is asked here. Spans of one status never overlap; where reports overlap they are one
  span, and where its value changes a new one begins.
materialize: table
key: [student_status_key]
cluster: [source_id, status_type]
columns:
  student_status_key:
    type: STRING
    description: "Key of the row: source_id, student_unique_id, status_type, begin_date."
  student_key: {type: STRING, description: Key of the student in the newest year that has the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  source_id: {type: STRING, description: The configured source.}
  student_unique_id: {type: STRING, description: The student's id.}
  status_type: {type: STRING, description: What holds.}
  status_value:
    type: STRING
    description: >-
      Which kind of it: disability, English proficiency, Free or Reduced, residence at night, kind of Title I
      participation; NULL where nothing says. Of several on one day, the one that was reported from the latest day on.
  begin_date:
    type: DATE
    description: >-
      First day of the span. A report without days stands for the school year of its ODS, and only where no other
      report of the year gives days; 1900-01-01 where the source has no years.
  end_date:
    type: DATE
    description: >-
      Last day of the span; NULL while it is open. What an ODS of a past year left open ends with that year, unless a
      later one goes on with it.
  is_current: {type: BOOL, description: Whether as_of_date lies in the span.}
  evidence: {type: STRING, description: "Endpoints that report it, in alphabetical order."}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [student_xyear_key, status_type, begin_date, is_current, evidence]
  - accepted_values:
      column: status_type
      values:
        [Special education, English learner, Free or reduced meals, Economically disadvantaged, Homeless, Foster care,
        Migrant, Military connected, Gifted, Immigrant, Section 504, Title I]
  - no_overlap: {by: [source_id, student_unique_id, status_type], from: begin_date, to: end_date}
  - expression: {name: end_is_not_before_begin, sql: end_date is null or end_date >= begin_date}
*/
with programs as (
    select * from marts.fct_student_program
),

services as (
    select *
    from marts.fct_student_program_service
    where association_type = 'student_school_food_service_program_associations'
),

organizations as (
    select * from marts.bridge_student_organization
),

school_years as (
    select * from marts.dim_school_year
),

students as (
    select * from marts.dim_student where is_latest
),

descriptions as (
    select
        'student_education_organization_associations' as evidence,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        education_organization_id,
        student_characteristics,
        student_indicators,
        limited_english_proficiency,
        supporter_military_connection,
        supporter_military_connection_namespace,
        cast(null as string) as economic_disadvantage,
        cast(null as string) as economic_disadvantage_namespace,
        last_modified_at
    from staging.stg_edfi__student_education_organization_associations
    union all
    select
        'student_demographics' as evidence,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        education_organization_id,
        student_characteristics,
        cast(null as json) as student_indicators,
        limited_english_proficiency,
        supporter_military_connection,
        supporter_military_connection_namespace,
        economic_disadvantage,
        economic_disadvantage_namespace,
        last_modified_at
    from staging.stg_edfi__student_demographics
),

-- Who describes the student is decided in bridge_student_organization.
chosen_descriptions as (
    select descriptions.*
    from descriptions
    join organizations
        on organizations.student_key = descriptions.student_key
        and organizations.education_organization_id = descriptions.education_organization_id
    where true
    qualify dense_rank() over (partition by descriptions.student_key order by organizations.organization_rank) = 1
),

program_evidence as (
    select
        association_type as evidence,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        case program_group
            when 'Special Education' then 'Special education'
            when 'English Learner' then 'English learner'
            when 'Homeless' then 'Homeless'
            when 'Migrant' then 'Migrant'
            when '504' then 'Section 504'
            when 'Title I' then 'Title I'
            when 'Gifted' then 'Gifted'
            when 'Immigrant' then 'Immigrant'
        end as status_type,
        case program_group
            when 'Special Education' then primary_disability
            when 'English Learner' then english_proficiency
            when 'Homeless' then nighttime_residence
            when 'Title I' then title_i_participation
            when '504' then section_504_disability
        end as status_value,
        begin_date,
        least(
            coalesce(end_date, special_education_exit_date), coalesce(special_education_exit_date, end_date)
        ) as end_date,
        last_modified_at
    from programs
),

mapped_meals as (
    select codes.source_id, codes.namespace, codes.code, map.meal_eligibility, map.is_economically_disadvantaged
    from (
        select distinct source_id, coalesce(service_namespace, '*') as namespace, service as code from services
    ) as codes
    join ref.meal_eligibility as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

meals as (
    select
        services.association_type as evidence,
        services.student_xyear_key,
        services.source_id,
        services.school_year,
        services.student_unique_id,
        mapped_meals.meal_eligibility,
        mapped_meals.is_economically_disadvantaged,
        services.begin_date,
        services.end_date,
        services.last_modified_at
    from services
    join mapped_meals
        on mapped_meals.source_id = services.source_id
        and mapped_meals.namespace = coalesce(services.service_namespace, '*')
        and mapped_meals.code = services.service
    union all
    select
        association_type as evidence,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        'Free' as meal_eligibility,
        true as is_economically_disadvantaged,
        begin_date,
        end_date,
        last_modified_at
    from programs
    where is_directly_certified
),

meal_evidence as (
    select
        evidence,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        status_type,
        if(status_type = 'Free or reduced meals', meal_eligibility, null) as status_value,
        begin_date,
        end_date,
        last_modified_at
    from meals
    cross join unnest(['Free or reduced meals', 'Economically disadvantaged']) as status_type
    where (status_type = 'Free or reduced meals' and meal_eligibility in ('Free', 'Reduced'))
        or (status_type = 'Economically disadvantaged' and is_economically_disadvantaged)
),

characteristics as (
    select
        chosen_descriptions.* except (student_characteristics, student_indicators),
        json_value(item, '$.studentCharacteristicDescriptor') as descriptor,
        safe_cast(substr(json_value(period, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(period, '$.endDate'), 1, 10) as date) as end_date
    from chosen_descriptions
    cross join unnest(json_query_array(chosen_descriptions.student_characteristics)) as item
    left join unnest(json_query_array(item, '$.periods')) as period
    union all
    select
        chosen_descriptions.* except (student_characteristics, student_indicators),
        json_value(item, '$.indicatorName') as descriptor,
        safe_cast(substr(json_value(period, '$.beginDate'), 1, 10) as date) as begin_date,
        safe_cast(substr(json_value(period, '$.endDate'), 1, 10) as date) as end_date
    from chosen_descriptions
    cross join unnest(json_query_array(chosen_descriptions.student_indicators)) as item
    left join unnest(json_query_array(item, '$.periods')) as period
    where lower(trim(json_value(item, '$.indicator'))) not in ('false', 'no', 'n', '0', 'inactive')
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
        characteristics.evidence,
        characteristics.student_xyear_key,
        characteristics.source_id,
        characteristics.school_year,
        characteristics.student_unique_id,
        case mapped_characteristics.flag
            when 'economically_disadvantaged' then 'Economically disadvantaged'
            when 'homeless' then 'Homeless'
            when 'foster_care' then 'Foster care'
            when 'migrant' then 'Migrant'
            when 'military_connected' then 'Military connected'
            when 'immigrant' then 'Immigrant'
            when 'section_504' then 'Section 504'
            when 'gifted' then 'Gifted'
            when 'english_learner' then 'English learner'
        end as status_type,
        cast(null as string) as status_value,
        characteristics.begin_date,
        characteristics.end_date,
        characteristics.last_modified_at
    from characteristics
    join mapped_characteristics
        on mapped_characteristics.source_id = characteristics.source_id
        and mapped_characteristics.descriptor = characteristics.descriptor
),

english_proficiency as (
    select codes.source_id, codes.code, map.is_english_learner
    from (select distinct source_id, limited_english_proficiency as code from chosen_descriptions) as codes
    join ref.english_proficiency as map
        on map.source_id in (codes.source_id, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.code order by if(map.source_id = '*', 1, 0), map.namespace
    ) = 1
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
    select codes.source_id, codes.namespace, codes.code, map.is_economically_disadvantaged, map.meal_eligibility
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
        chosen_descriptions.evidence,
        chosen_descriptions.student_xyear_key,
        chosen_descriptions.source_id,
        chosen_descriptions.school_year,
        chosen_descriptions.student_unique_id,
        status_type,
        case status_type
            when 'English learner' then chosen_descriptions.limited_english_proficiency
            when 'Free or reduced meals' then economic_disadvantages.meal_eligibility
        end as status_value,
        cast(null as date) as begin_date,
        cast(null as date) as end_date,
        chosen_descriptions.last_modified_at
    from chosen_descriptions
    left join english_proficiency
        on english_proficiency.source_id = chosen_descriptions.source_id
        and english_proficiency.code = chosen_descriptions.limited_english_proficiency
    left join military_connections
        on military_connections.source_id = chosen_descriptions.source_id
        and military_connections.namespace = coalesce(chosen_descriptions.supporter_military_connection_namespace, '*')
        and military_connections.code = chosen_descriptions.supporter_military_connection
    left join economic_disadvantages
        on economic_disadvantages.source_id = chosen_descriptions.source_id
        and economic_disadvantages.namespace = coalesce(chosen_descriptions.economic_disadvantage_namespace, '*')
        and economic_disadvantages.code = chosen_descriptions.economic_disadvantage
    cross join unnest(
        ['English learner', 'Military connected', 'Economically disadvantaged', 'Free or reduced meals']
    ) as status_type
    where case status_type
        when 'English learner' then english_proficiency.is_english_learner
        when 'Military connected' then military_connections.is_military_connected
        when 'Economically disadvantaged' then economic_disadvantages.is_economically_disadvantaged
        else economic_disadvantages.meal_eligibility is not null
    end
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

counted as (
    select
        *,
        begin_date is not null or end_date is not null as is_dated,
        countif(begin_date is not null or end_date is not null) over (
            partition by student_xyear_key, status_type, school_year
        ) > 0 as year_is_dated
    from evidence
    where student_xyear_key is not null and status_type is not null
),

dated as (
    select
        counted.student_xyear_key,
        counted.source_id,
        counted.student_unique_id,
        counted.status_type,
        counted.status_value,
        coalesce(counted.begin_date, school_years.first_possible_date, date '1900-01-01') as begin_date,
        coalesce(
            counted.end_date,
            if(school_years.is_current or school_years.is_future, null, school_years.last_possible_date),
            date '9999-12-31'
        ) as end_date,
        counted.evidence,
        counted.last_modified_at
    from counted
    left join school_years
        on school_years.source_id = counted.source_id
        and school_years.school_year = counted.school_year
    where counted.is_dated or not counted.year_is_dated
),

reports as (
    select * from dated where end_date >= begin_date
),

-- The days on which anything begins, or has ended the day before, cut time into pieces in which nothing changes.
cuts as (
    select student_xyear_key, status_type, begin_date as cut_date
    from reports
    union distinct
    select student_xyear_key, status_type, date_add(end_date, interval 1 day) as cut_date
    from reports
    where end_date < date '9999-12-31'
),

pieces as (
    select
        student_xyear_key,
        status_type,
        cut_date as begin_date,
        coalesce(
            date_sub(
                lead(cut_date) over (partition by student_xyear_key, status_type order by cut_date), interval 1 day
            ),
            date '9999-12-31'
        ) as end_date
    from cuts
),

covered as (
    select
        pieces.student_xyear_key,
        pieces.status_type,
        pieces.begin_date,
        pieces.end_date,
        reports.source_id,
        reports.student_unique_id,
        reports.status_value,
        reports.begin_date as reported_from,
        reports.evidence,
        reports.last_modified_at
    from pieces
    join reports
        on reports.student_xyear_key = pieces.student_xyear_key
        and reports.status_type = pieces.status_type
        and reports.begin_date <= pieces.begin_date
        and reports.end_date >= pieces.begin_date
),

valued as (
    select student_xyear_key, status_type, begin_date, end_date, status_value
    from covered
    where true
    qualify row_number() over (
        partition by student_xyear_key, status_type, begin_date
        order by if(status_value is null, 1, 0), reported_from desc, status_value
    ) = 1
),

changes as (
    select
        *,
        coalesce(
            date_diff(begin_date, lag(end_date) over spans, day) = 1
            and coalesce(lag(status_value) over spans, '') = coalesce(status_value, ''),
            false
        ) as goes_on
    from valued
    window spans as (partition by student_xyear_key, status_type order by begin_date)
),

numbered as (
    select
        *,
        countif(not goes_on) over (
            partition by student_xyear_key, status_type
            order by begin_date
            rows between unbounded preceding and current row
        ) as span_number
    from changes
),

spans as (
    select
        numbered.student_xyear_key,
        numbered.status_type,
        numbered.span_number,
        any_value(covered.source_id) as source_id,
        min(covered.student_unique_id) as student_unique_id,
        any_value(numbered.status_value) as status_value,
        min(numbered.begin_date) as begin_date,
        max(numbered.end_date) as end_date,
        string_agg(distinct covered.evidence, ', ' order by covered.evidence) as evidence,
        max(covered.last_modified_at) as last_modified_at
    from numbered
    join covered
        on covered.student_xyear_key = numbered.student_xyear_key
        and covered.status_type = numbered.status_type
        and covered.begin_date = numbered.begin_date
    group by numbered.student_xyear_key, numbered.status_type, numbered.span_number
),

current_years as (
    select source_id, as_of_date from school_years where is_current
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(spans.source_id)),
            '\u001f', lower(trim(spans.student_unique_id)),
            '\u001f', lower(spans.status_type),
            '\u001f', cast(spans.begin_date as string)
        ))) as student_status_key,
        students.student_key,
        spans.student_xyear_key,
        spans.source_id,
        spans.student_unique_id,
        spans.status_type,
        spans.status_value,
        spans.begin_date,
        nullif(spans.end_date, date '9999-12-31') as end_date,
        coalesce(current_years.as_of_date between spans.begin_date and spans.end_date, false) as is_current,
        spans.evidence,
        spans.last_modified_at
    from spans
    left join current_years on current_years.source_id = spans.source_id
    left join students on students.student_xyear_key = spans.student_xyear_key
)

select * from final
