/* model
description: >-
  One row per result of a MAP Growth test and measure that NWEA tells of it: scores, growth in all six windows, Lexile
  and Quantile. What is empty in the export is no row.
materialize: table
key: [source_id, api_id, measure]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea__assessment_results."}
  measure: {type: STRING, description: "What is told, such as RIT Scale Score or Fall-To-Winter Projected Growth."}
  growth_window: {type: STRING, description: "Window of growth, such as Fall-To-Winter; NULL for what has none."}
  kind: {type: STRING, description: "score, or level where NWEA sorts into a few groups."}
  data_type: {type: STRING, description: "Integer, Decimal, Percentage, Percentile, or Level for a text."}
  result: {type: STRING, description: The value as text; a number without zeros that say nothing.}
tests:
  - not_null: [result]
  - accepted_values: {column: kind, values: [score, level]}
  - accepted_values: {column: data_type, values: [Integer, Decimal, Percentage, Percentile, Level]}
*/
with records as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.TestRITScore') as test_rit_score,
        json_value(data, '$.TestStandardError') as test_standard_error,
        json_value(data, '$.TestPercentile') as test_percentile,
        json_value(data, '$.AchievementQuintile') as achievement_quintile,
        json_value(data, '$.PercentCorrect') as percent_correct,
        json_value(data, '$.RapidGuessingPercentage') as rapid_guessing_percentage,
        json_value(data, '$.TestDurationMinutes') as test_duration_minutes,
        json_value(data, '$.GrowthMeasureYN') as growth_measure_yn,
        json_value(data, '$.TermName') as term_name,
        json_value(data, '$.NormsReferenceData') as norms_reference_data,
        json_value(data, '$.TestType') as test_type,
        json_value(data, '$.TestName') as test_name,
        json_value(data, '$.LexileScore') as lexile_score,
        json_value(data, '$.LexileMin') as lexile_min,
        json_value(data, '$.LexileMax') as lexile_max,
        json_value(data, '$.QuantileScore') as quantile_score,
        json_value(data, '$.QuantileMin') as quantile_min,
        json_value(data, '$.QuantileMax') as quantile_max,
        json_value(data, '$.FallToFallProjectedGrowth') as fall_to_fall_projected_growth,
        json_value(data, '$.FallToFallObservedGrowth') as fall_to_fall_observed_growth,
        json_value(data, '$.FallToFallObservedGrowthSE') as fall_to_fall_observed_growth_se,
        json_value(data, '$.FallToFallMetProjectedGrowth') as fall_to_fall_met_projected_growth,
        json_value(data, '$.FallToFallConditionalGrowthIndex') as fall_to_fall_growth_index,
        json_value(data, '$.FallToFallConditionalGrowthPercentile') as fall_to_fall_growth_percentile,
        json_value(data, '$.FallToFallGrowthQuintile') as fall_to_fall_growth_quintile,
        json_value(data, '$.TypicalFallToFallGrowth') as typical_fall_to_fall_growth,
        json_value(data, '$.FallToWinterProjectedGrowth') as fall_to_winter_projected_growth,
        json_value(data, '$.FallToWinterObservedGrowth') as fall_to_winter_observed_growth,
        json_value(data, '$.FallToWinterObservedGrowthSE') as fall_to_winter_observed_growth_se,
        json_value(data, '$.FallToWinterMetProjectedGrowth') as fall_to_winter_met_projected_growth,
        json_value(data, '$.FallToWinterConditionalGrowthIndex') as fall_to_winter_growth_index,
        json_value(data, '$.FallToWinterConditionalGrowthPercentile') as fall_to_winter_growth_percentile,
        json_value(data, '$.FallToWinterGrowthQuintile') as fall_to_winter_growth_quintile,
        json_value(data, '$.TypicalFallToWinterGrowth') as typical_fall_to_winter_growth,
        json_value(data, '$.FallToSpringProjectedGrowth') as fall_to_spring_projected_growth,
        json_value(data, '$.FallToSpringObservedGrowth') as fall_to_spring_observed_growth,
        json_value(data, '$.FallToSpringObservedGrowthSE') as fall_to_spring_observed_growth_se,
        json_value(data, '$.FallToSpringMetProjectedGrowth') as fall_to_spring_met_projected_growth,
        json_value(data, '$.FallToSpringConditionalGrowthIndex') as fall_to_spring_growth_index,
        json_value(data, '$.FallToSpringConditionalGrowthPercentile') as fall_to_spring_growth_percentile,
        json_value(data, '$.FallToSpringGrowthQuintile') as fall_to_spring_growth_quintile,
        json_value(data, '$.TypicalFallToSpringGrowth') as typical_fall_to_spring_growth,
        json_value(data, '$.WinterToWinterProjectedGrowth') as winter_to_winter_projected_growth,
        json_value(data, '$.WinterToWinterObservedGrowth') as winter_to_winter_observed_growth,
        json_value(data, '$.WinterToWinterObservedGrowthSE') as winter_to_winter_observed_growth_se,
        json_value(data, '$.WinterToWinterMetProjectedGrowth') as winter_to_winter_met_projected_growth,
        json_value(data, '$.WinterToWinterConditionalGrowthIndex') as winter_to_winter_growth_index,
        json_value(data, '$.WinterToWinterConditionalGrowthPercentile') as winter_to_winter_growth_percentile,
        json_value(data, '$.WinterToWinterGrowthQuintile') as winter_to_winter_growth_quintile,
        json_value(data, '$.TypicalWinterToWinterGrowth') as typical_winter_to_winter_growth,
        json_value(data, '$.WinterToSpringProjectedGrowth') as winter_to_spring_projected_growth,
        json_value(data, '$.WinterToSpringObservedGrowth') as winter_to_spring_observed_growth,
        json_value(data, '$.WinterToSpringObservedGrowthSE') as winter_to_spring_observed_growth_se,
        json_value(data, '$.WinterToSpringMetProjectedGrowth') as winter_to_spring_met_projected_growth,
        json_value(data, '$.WinterToSpringConditionalGrowthIndex') as winter_to_spring_growth_index,
        json_value(data, '$.WinterToSpringConditionalGrowthPercentile') as winter_to_spring_growth_percentile,
        json_value(data, '$.WinterToSpringGrowthQuintile') as winter_to_spring_growth_quintile,
        json_value(data, '$.TypicalWinterToSpringGrowth') as typical_winter_to_spring_growth,
        json_value(data, '$.SpringToSpringProjectedGrowth') as spring_to_spring_projected_growth,
        json_value(data, '$.SpringToSpringObservedGrowth') as spring_to_spring_observed_growth,
        json_value(data, '$.SpringToSpringObservedGrowthSE') as spring_to_spring_observed_growth_se,
        json_value(data, '$.SpringToSpringMetProjectedGrowth') as spring_to_spring_met_projected_growth,
        json_value(data, '$.SpringToSpringConditionalGrowthIndex') as spring_to_spring_growth_index,
        json_value(data, '$.SpringToSpringConditionalGrowthPercentile') as spring_to_spring_growth_percentile,
        json_value(data, '$.SpringToSpringGrowthQuintile') as spring_to_spring_growth_quintile,
        json_value(data, '$.TypicalSpringToSpringGrowth') as typical_spring_to_spring_growth
    from current_nwea.assessment_results
),

measures as (
    select
        records.source_id,
        records.api_id,
        concat(coalesce(concat(item.growth_window, ' '), ''), item.name) as measure,
        item.growth_window,
        item.kind,
        item.data_type,
        trim(item.result) as result
    from records
    cross join unnest([
        struct(
            cast(null as string) as growth_window,
            'RIT Scale Score' as name,
            'score' as kind,
            'Integer' as data_type,
            test_rit_score as result
        ),
        (null, 'SEM', 'score', 'Decimal', test_standard_error),
        (null, 'Test Percentile', 'score', 'Percentile', test_percentile),
        (null, 'Achievement Quintile', 'level', 'Level', achievement_quintile),
        (null, 'Percent Correct', 'score', 'Percentage', percent_correct),
        (null, 'Rapid Guessing Percentage', 'score', 'Percentage', rapid_guessing_percentage),
        (null, 'Test Duration Minutes', 'score', 'Integer', test_duration_minutes),
        (null, 'Growth Measure YN', 'score', 'Level', growth_measure_yn),
        (null, 'Term Name', 'score', 'Level', term_name),
        (null, 'Norms Reference', 'score', 'Level', norms_reference_data),
        (null, 'Test Type', 'score', 'Level', test_type),
        (null, 'Test Name', 'score', 'Level', test_name),
        (null, 'Lexile Score', 'score', 'Level', lexile_score),
        (null, 'Lexile Min', 'score', 'Level', lexile_min),
        (null, 'Lexile Max', 'score', 'Level', lexile_max),
        (null, 'Quantile Score', 'score', 'Level', quantile_score),
        (null, 'Quantile Min', 'score', 'Level', quantile_min),
        (null, 'Quantile Max', 'score', 'Level', quantile_max),
        ('Fall-To-Fall', 'Projected Growth', 'score', 'Decimal', fall_to_fall_projected_growth),
        ('Fall-To-Fall', 'Observed Growth', 'score', 'Decimal', fall_to_fall_observed_growth),
        ('Fall-To-Fall', 'Observed Growth SE', 'score', 'Decimal', fall_to_fall_observed_growth_se),
        ('Fall-To-Fall', 'Met Projected Growth', 'level', 'Level', fall_to_fall_met_projected_growth),
        ('Fall-To-Fall', 'Conditional Growth Index', 'score', 'Decimal', fall_to_fall_growth_index),
        ('Fall-To-Fall', 'Conditional Growth Percentile', 'score', 'Percentile', fall_to_fall_growth_percentile),
        ('Fall-To-Fall', 'Growth Quintile', 'level', 'Level', fall_to_fall_growth_quintile),
        ('Fall-To-Fall', 'Typical Growth', 'score', 'Decimal', typical_fall_to_fall_growth),
        ('Fall-To-Winter', 'Projected Growth', 'score', 'Decimal', fall_to_winter_projected_growth),
        ('Fall-To-Winter', 'Observed Growth', 'score', 'Decimal', fall_to_winter_observed_growth),
        ('Fall-To-Winter', 'Observed Growth SE', 'score', 'Decimal', fall_to_winter_observed_growth_se),
        ('Fall-To-Winter', 'Met Projected Growth', 'level', 'Level', fall_to_winter_met_projected_growth),
        ('Fall-To-Winter', 'Conditional Growth Index', 'score', 'Decimal', fall_to_winter_growth_index),
        ('Fall-To-Winter', 'Conditional Growth Percentile', 'score', 'Percentile', fall_to_winter_growth_percentile),
        ('Fall-To-Winter', 'Growth Quintile', 'level', 'Level', fall_to_winter_growth_quintile),
        ('Fall-To-Winter', 'Typical Growth', 'score', 'Decimal', typical_fall_to_winter_growth),
        ('Fall-To-Spring', 'Projected Growth', 'score', 'Decimal', fall_to_spring_projected_growth),
        ('Fall-To-Spring', 'Observed Growth', 'score', 'Decimal', fall_to_spring_observed_growth),
        ('Fall-To-Spring', 'Observed Growth SE', 'score', 'Decimal', fall_to_spring_observed_growth_se),
        ('Fall-To-Spring', 'Met Projected Growth', 'level', 'Level', fall_to_spring_met_projected_growth),
        ('Fall-To-Spring', 'Conditional Growth Index', 'score', 'Decimal', fall_to_spring_growth_index),
        ('Fall-To-Spring', 'Conditional Growth Percentile', 'score', 'Percentile', fall_to_spring_growth_percentile),
        ('Fall-To-Spring', 'Growth Quintile', 'level', 'Level', fall_to_spring_growth_quintile),
        ('Fall-To-Spring', 'Typical Growth', 'score', 'Decimal', typical_fall_to_spring_growth),
        ('Winter-To-Winter', 'Projected Growth', 'score', 'Decimal', winter_to_winter_projected_growth),
        ('Winter-To-Winter', 'Observed Growth', 'score', 'Decimal', winter_to_winter_observed_growth),
        ('Winter-To-Winter', 'Observed Growth SE', 'score', 'Decimal', winter_to_winter_observed_growth_se),
        ('Winter-To-Winter', 'Met Projected Growth', 'level', 'Level', winter_to_winter_met_projected_growth),
        ('Winter-To-Winter', 'Conditional Growth Index', 'score', 'Decimal', winter_to_winter_growth_index),
        (
            'Winter-To-Winter',
            'Conditional Growth Percentile',
            'score',
            'Percentile',
            winter_to_winter_growth_percentile
        ),
        ('Winter-To-Winter', 'Growth Quintile', 'level', 'Level', winter_to_winter_growth_quintile),
        ('Winter-To-Winter', 'Typical Growth', 'score', 'Decimal', typical_winter_to_winter_growth),
        ('Winter-To-Spring', 'Projected Growth', 'score', 'Decimal', winter_to_spring_projected_growth),
        ('Winter-To-Spring', 'Observed Growth', 'score', 'Decimal', winter_to_spring_observed_growth),
        ('Winter-To-Spring', 'Observed Growth SE', 'score', 'Decimal', winter_to_spring_observed_growth_se),
        ('Winter-To-Spring', 'Met Projected Growth', 'level', 'Level', winter_to_spring_met_projected_growth),
        ('Winter-To-Spring', 'Conditional Growth Index', 'score', 'Decimal', winter_to_spring_growth_index),
        (
            'Winter-To-Spring',
            'Conditional Growth Percentile',
            'score',
            'Percentile',
            winter_to_spring_growth_percentile
        ),
        ('Winter-To-Spring', 'Growth Quintile', 'level', 'Level', winter_to_spring_growth_quintile),
        ('Winter-To-Spring', 'Typical Growth', 'score', 'Decimal', typical_winter_to_spring_growth),
        ('Spring-To-Spring', 'Projected Growth', 'score', 'Decimal', spring_to_spring_projected_growth),
        ('Spring-To-Spring', 'Observed Growth', 'score', 'Decimal', spring_to_spring_observed_growth),
        ('Spring-To-Spring', 'Observed Growth SE', 'score', 'Decimal', spring_to_spring_observed_growth_se),
        ('Spring-To-Spring', 'Met Projected Growth', 'level', 'Level', spring_to_spring_met_projected_growth),
        ('Spring-To-Spring', 'Conditional Growth Index', 'score', 'Decimal', spring_to_spring_growth_index),
        (
            'Spring-To-Spring',
            'Conditional Growth Percentile',
            'score',
            'Percentile',
            spring_to_spring_growth_percentile
        ),
        ('Spring-To-Spring', 'Growth Quintile', 'level', 'Level', spring_to_spring_growth_quintile),
        ('Spring-To-Spring', 'Typical Growth', 'score', 'Decimal', typical_spring_to_spring_growth)
    ]) as item
),

-- A text where a number belongs is nothing that could be told on.
numbered as (
    select
        source_id,
        api_id,
        measure,
        growth_window,
        kind,
        data_type,
        if(data_type = 'Level', result, cast(safe_cast(result as numeric) as string)) as result
    from measures
),

final as (
    select * from numbered where result != ''
)

select * from final
