/* model
description: "One row per student, subject and growth window of MAP Growth, ending in a term."
materialize: table
optional: [staging.stg_nwea__assessment_results, staging.stg_edfi__student_assessments]
key: [map_growth_window_key]
cluster: [source_id]
columns:
  map_growth_window_key:
    type: STRING
    description: "Key of the row: source_id, student_id, subject, growth_window, end_term."
  source_id: {type: STRING, description: The configured source.}
  student_id: {type: STRING, description: Id of the student as the district has it., pii: true}
  subject: {type: STRING, description: Subject.}
  growth_window: {type: STRING, description: Window such as Fall-To-Spring.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the end.}
  start_term: {type: STRING, description: Term in which it begins; NULL where that result is not there.}
  end_term: {type: STRING, description: Term in which it ends.}
  start_rit: {type: NUMERIC, description: RIT score at the beginning.}
  end_rit: {type: NUMERIC, description: RIT score at the end.}
  observed_growth:
    type: NUMERIC
    description: "Growth as NWEA tells it; where it does not, the difference of the scores."
  projected_growth: {type: NUMERIC, description: Growth that NWEA projects; never worked out here.}
  met_projected_growth: {type: BOOL, description: Whether it was met (Yes or Yes*).}
  is_met_within_error: {type: BOOL, description: Whether the error puts that in question (an asterisk).}
  conditional_growth_index: {type: NUMERIC, description: Conditional growth index.}
  conditional_growth_percentile: {type: INT64, description: Conditional growth percentile.}
  growth_source: {type: STRING, description: "reported by NWEA, or computed from two scores."}
  last_modified_at: {type: TIMESTAMP, description: When the newer of the two results was last changed.}
tests:
  - not_null: [source_id, student_id, growth_window, observed_growth]
  - accepted_values: {column: growth_source, values: [reported, computed]}
*/
with growth as (
    select * from marts.fct_map_growth
),

chosen as (
    select
        growth.source_id,
        growth.result_id,
        growth.student_id,
        growth.subject,
        growth.term_name,
        growth.term_season,
        growth.school_year,
        growth.rit as end_rit,
        growth.last_modified_at,
        results.* except (source_id, student_id, subject, term_name)
    from growth
    left join staging.stg_nwea__assessment_results as results
        on growth.origin = 'export'
        and results.source_id = growth.source_id
        and results.api_id = growth.result_id
),

-- What an Ed-Fi API tells is named Fall-To-Spring Projected Growth, and so on.
edfi_results as (
    select
        administrations.source_id,
        administrations.school_year,
        administrations.api_id,
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        json_value(item, '$.result') as result
    from staging.stg_edfi__student_assessments as administrations
    cross join unnest(json_query_array(administrations.score_results)) as item
    where regexp_contains(administrations.namespace, r'nwea.*/map/Assessment$')
    union all
    select
        administrations.source_id,
        administrations.school_year,
        administrations.api_id,
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'[^#]*$') as result
    from staging.stg_edfi__student_assessments as administrations
    cross join unnest(json_query_array(administrations.performance_levels)) as item
    where regexp_contains(administrations.namespace, r'nwea.*/map/Assessment$')
),

edfi_windows as (
    select
        source_id,
        api_id,
        regexp_extract(measure, r'^\w+-To-\w+') as growth_window,
        max(if(ends_with(measure, ' Observed Growth'), safe_cast(result as numeric), null)) as reported_growth,
        max(if(
            ends_with(measure, ' Projected Growth') and not ends_with(measure, ' Met Projected Growth'),
            safe_cast(result as numeric),
            null
        )) as projected_growth,
        max(if(ends_with(measure, ' Met Projected Growth'), result, null)) as met_text,
        max(if(ends_with(measure, ' Conditional Growth Index'), safe_cast(result as numeric), null))
            as conditional_growth_index,
        max(if(ends_with(measure, ' Conditional Growth Percentile'), safe_cast(result as int64), null))
            as conditional_growth_percentile
    from edfi_results
    where regexp_contains(measure, r'^\w+-To-\w+ ')
    group by source_id, school_year, api_id, growth_window
    -- The ODS of a later year may repeat it.
    qualify row_number() over (partition by source_id, api_id, growth_window order by school_year desc) = 1
),

windows as (
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Fall-To-Fall' as growth_window,
        'Fall' as start_season,
        school_year - 1 as start_year,
        school_year,
        term_name as end_term,
        end_rit,
        fall_to_fall_projected_growth as projected_growth,
        fall_to_fall_observed_growth as reported_growth,
        fall_to_fall_met_projected_growth as met_text,
        fall_to_fall_conditional_growth_index as conditional_growth_index,
        fall_to_fall_conditional_growth_percentile as conditional_growth_percentile
    from chosen
    where term_season = 'Fall'
    union all
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Fall-To-Winter',
        'Fall',
        school_year,
        school_year,
        term_name,
        end_rit,
        fall_to_winter_projected_growth,
        fall_to_winter_observed_growth,
        fall_to_winter_met_projected_growth,
        fall_to_winter_conditional_growth_index,
        fall_to_winter_conditional_growth_percentile
    from chosen
    where term_season = 'Winter'
    union all
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Fall-To-Spring',
        'Fall',
        school_year,
        school_year,
        term_name,
        end_rit,
        fall_to_spring_projected_growth,
        fall_to_spring_observed_growth,
        fall_to_spring_met_projected_growth,
        fall_to_spring_conditional_growth_index,
        fall_to_spring_conditional_growth_percentile
    from chosen
    where term_season = 'Spring'
    union all
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Winter-To-Winter',
        'Winter',
        school_year - 1,
        school_year,
        term_name,
        end_rit,
        winter_to_winter_projected_growth,
        winter_to_winter_observed_growth,
        winter_to_winter_met_projected_growth,
        winter_to_winter_conditional_growth_index,
        winter_to_winter_conditional_growth_percentile
    from chosen
    where term_season = 'Winter'
    union all
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Winter-To-Spring',
        'Winter',
        school_year,
        school_year,
        term_name,
        end_rit,
        winter_to_spring_projected_growth,
        winter_to_spring_observed_growth,
        winter_to_spring_met_projected_growth,
        winter_to_spring_conditional_growth_index,
        winter_to_spring_conditional_growth_percentile
    from chosen
    where term_season = 'Spring'
    union all
    select
        source_id,
        result_id,
        last_modified_at,
        student_id,
        subject,
        'Spring-To-Spring',
        'Spring',
        school_year - 1,
        school_year,
        term_name,
        end_rit,
        spring_to_spring_projected_growth,
        spring_to_spring_observed_growth,
        spring_to_spring_met_projected_growth,
        spring_to_spring_conditional_growth_index,
        spring_to_spring_conditional_growth_percentile
    from chosen
    where term_season = 'Spring'
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(windows.source_id as string))),
            '\u001f', lower(trim(cast(windows.student_id as string))),
            '\u001f', lower(trim(cast(windows.subject as string))),
            '\u001f', lower(trim(cast(windows.growth_window as string))),
            '\u001f', lower(trim(cast(windows.end_term as string)))
        ))) as map_growth_window_key,
        windows.source_id,
        windows.student_id,
        windows.subject,
        windows.growth_window,
        windows.school_year,
        starts.term_name as start_term,
        windows.end_term,
        starts.rit as start_rit,
        windows.end_rit,
        coalesce(windows.reported_growth, edfi_windows.reported_growth, windows.end_rit - starts.rit)
            as observed_growth,
        coalesce(windows.projected_growth, edfi_windows.projected_growth) as projected_growth,
        starts_with(lower(coalesce(windows.met_text, edfi_windows.met_text)), 'yes') as met_projected_growth,
        ends_with(coalesce(windows.met_text, edfi_windows.met_text), '*') as is_met_within_error,
        coalesce(windows.conditional_growth_index, edfi_windows.conditional_growth_index) as conditional_growth_index,
        coalesce(windows.conditional_growth_percentile, edfi_windows.conditional_growth_percentile)
            as conditional_growth_percentile,
        if(coalesce(windows.reported_growth, edfi_windows.reported_growth) is null, 'computed', 'reported')
            as growth_source,
        greatest(windows.last_modified_at, coalesce(starts.last_modified_at, windows.last_modified_at))
            as last_modified_at
    from windows
    left join growth as starts
        on starts.source_id = windows.source_id
            and starts.student_id = windows.student_id
            and starts.subject = windows.subject
            and starts.school_year = windows.start_year
            and starts.term_season = windows.start_season
    left join edfi_windows
        on edfi_windows.source_id = windows.source_id
        and edfi_windows.api_id = windows.result_id
        and edfi_windows.growth_window = windows.growth_window
    where coalesce(windows.reported_growth, edfi_windows.reported_growth) is not null or starts.rit is not null
)

select * from final
