/* model
description: "One row per live record of assessment_results in an NWEA export, typed: results of MAP Growth tests."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  district_state_id: {type: STRING, description: Id of the district in the state.}
  school_name: {type: STRING, description: Name of the school.}
  school_state_id: {type: STRING, description: Id of the school in the state.}
  student_id: {type: STRING, description: Id of the student as the district has it., pii: true}
  student_state_id: {type: STRING, description: Id of the student in the state., pii: true}
  subject: {type: STRING, description: Subject.}
  course: {type: STRING, description: "Course, which tells reading from language usage."}
  is_growth_measure: {type: BOOL, description: Whether it is the test of its term that counts for growth.}
  norms_reference: {type: STRING, description: Year of the norms that percentiles are by.}
  test_type: {type: STRING, description: Kind of test.}
  test_name: {type: STRING, description: Name of the test.}
  test_id: {type: STRING, description: Id of the test.}
  test_date: {type: DATE, description: Day of the test.}
  test_start_time: {type: STRING, description: "Time at which it began, by the clocks of the district."}
  test_duration_minutes: {type: INT64, description: Minutes that it took.}
  rit: {type: NUMERIC, description: RIT score.}
  rit_se: {type: NUMERIC, description: Standard error of the score.}
  percentile: {type: INT64, description: Percentile by the norms.}
  achievement_quintile: {type: STRING, description: "Fifth by the norms, from Low to High."}
  percent_correct: {type: NUMERIC, description: "Share of right answers, in percent."}
  rapid_guessing_percentage: {type: NUMERIC, description: "Share of answers that were guessed in haste, in percent."}
  lexile_score: {type: STRING, description: Lexile score.}
  quantile_score: {type: STRING, description: Quantile score.}
  fall_to_fall_projected_growth: {type: NUMERIC, description: "Growth that is projected, Fall to Fall."}
  fall_to_fall_observed_growth: {type: NUMERIC, description: "Growth that was observed, Fall to Fall."}
  fall_to_fall_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Fall to Fall."
  fall_to_fall_conditional_growth_index: {type: NUMERIC, description: "Conditional growth index, Fall to Fall."}
  fall_to_fall_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Fall to Fall."
  fall_to_winter_projected_growth: {type: NUMERIC, description: "Growth that is projected, Fall to Winter."}
  fall_to_winter_observed_growth: {type: NUMERIC, description: "Growth that was observed, Fall to Winter."}
  fall_to_winter_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Fall to Winter."
  fall_to_winter_conditional_growth_index: {type: NUMERIC, description: "Conditional growth index, Fall to Winter."}
  fall_to_winter_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Fall to Winter."
  fall_to_spring_projected_growth: {type: NUMERIC, description: "Growth that is projected, Fall to Spring."}
  fall_to_spring_observed_growth: {type: NUMERIC, description: "Growth that was observed, Fall to Spring."}
  fall_to_spring_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Fall to Spring."
  fall_to_spring_conditional_growth_index: {type: NUMERIC, description: "Conditional growth index, Fall to Spring."}
  fall_to_spring_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Fall to Spring."
  winter_to_winter_projected_growth: {type: NUMERIC, description: "Growth that is projected, Winter to Winter."}
  winter_to_winter_observed_growth: {type: NUMERIC, description: "Growth that was observed, Winter to Winter."}
  winter_to_winter_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Winter to Winter."
  winter_to_winter_conditional_growth_index:
    type: NUMERIC
    description: "Conditional growth index, Winter to Winter."
  winter_to_winter_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Winter to Winter."
  winter_to_spring_projected_growth: {type: NUMERIC, description: "Growth that is projected, Winter to Spring."}
  winter_to_spring_observed_growth: {type: NUMERIC, description: "Growth that was observed, Winter to Spring."}
  winter_to_spring_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Winter to Spring."
  winter_to_spring_conditional_growth_index:
    type: NUMERIC
    description: "Conditional growth index, Winter to Spring."
  winter_to_spring_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Winter to Spring."
  spring_to_spring_projected_growth: {type: NUMERIC, description: "Growth that is projected, Spring to Spring."}
  spring_to_spring_observed_growth: {type: NUMERIC, description: "Growth that was observed, Spring to Spring."}
  spring_to_spring_met_projected_growth:
    type: STRING
    description: "Whether it was met (Yes, No, with * within the error), Spring to Spring."
  spring_to_spring_conditional_growth_index:
    type: NUMERIC
    description: "Conditional growth index, Spring to Spring."
  spring_to_spring_conditional_growth_percentile:
    type: INT64
    description: "Conditional growth percentile, Spring to Spring."
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [student_id, term_name, rit], severity: warn}
*/
with records as (
    select * from current_nwea.assessment_results
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.TermName') as term_name,
        json_value(data, '$.District_StateID') as district_state_id,
        json_value(data, '$.SchoolName') as school_name,
        json_value(data, '$.School_StateID') as school_state_id,
        json_value(data, '$.StudentID') as student_id,
        json_value(data, '$.Student_StateID') as student_state_id,
        json_value(data, '$.Subject') as subject,
        json_value(data, '$.Course') as course,
        lower(json_value(data, '$.GrowthMeasureYN')) in ('true', 't', 'yes', 'y', '1') as is_growth_measure,
        json_value(data, '$.NormsReferenceData') as norms_reference,
        json_value(data, '$.TestType') as test_type,
        json_value(data, '$.TestName') as test_name,
        json_value(data, '$.TestID') as test_id,
        safe_cast(
            regexp_replace(json_value(data, '$.TestStartDate'), r'^(\d+)/(\d+)/(\d+)$', r'\3-\1-\2') as date
        ) as test_date,
        json_value(data, '$.TestStartTime') as test_start_time,
        safe_cast(json_value(data, '$.TestDurationMinutes') as int64) as test_duration_minutes,
        safe_cast(json_value(data, '$.TestRITScore') as numeric) as rit,
        safe_cast(json_value(data, '$.TestStandardError') as numeric) as rit_se,
        safe_cast(json_value(data, '$.TestPercentile') as int64) as percentile,
        json_value(data, '$.AchievementQuintile') as achievement_quintile,
        safe_cast(json_value(data, '$.PercentCorrect') as numeric) as percent_correct,
        safe_cast(json_value(data, '$.RapidGuessingPercentage') as numeric) as rapid_guessing_percentage,
        json_value(data, '$.LexileScore') as lexile_score,
        json_value(data, '$.QuantileScore') as quantile_score,
        safe_cast(json_value(data, '$.FallToFallProjectedGrowth') as numeric) as fall_to_fall_projected_growth,
        safe_cast(json_value(data, '$.FallToFallObservedGrowth') as numeric) as fall_to_fall_observed_growth,
        json_value(data, '$.FallToFallMetProjectedGrowth') as fall_to_fall_met_projected_growth,
        safe_cast(
            json_value(data, '$.FallToFallConditionalGrowthIndex') as numeric
        ) as fall_to_fall_conditional_growth_index,
        safe_cast(
            json_value(data, '$.FallToFallConditionalGrowthPercentile') as int64
        ) as fall_to_fall_conditional_growth_percentile,
        safe_cast(json_value(data, '$.FallToWinterProjectedGrowth') as numeric) as fall_to_winter_projected_growth,
        safe_cast(json_value(data, '$.FallToWinterObservedGrowth') as numeric) as fall_to_winter_observed_growth,
        json_value(data, '$.FallToWinterMetProjectedGrowth') as fall_to_winter_met_projected_growth,
        safe_cast(
            json_value(data, '$.FallToWinterConditionalGrowthIndex') as numeric
        ) as fall_to_winter_conditional_growth_index,
        safe_cast(
            json_value(data, '$.FallToWinterConditionalGrowthPercentile') as int64
        ) as fall_to_winter_conditional_growth_percentile,
        safe_cast(json_value(data, '$.FallToSpringProjectedGrowth') as numeric) as fall_to_spring_projected_growth,
        safe_cast(json_value(data, '$.FallToSpringObservedGrowth') as numeric) as fall_to_spring_observed_growth,
        json_value(data, '$.FallToSpringMetProjectedGrowth') as fall_to_spring_met_projected_growth,
        safe_cast(
            json_value(data, '$.FallToSpringConditionalGrowthIndex') as numeric
        ) as fall_to_spring_conditional_growth_index,
        safe_cast(
            json_value(data, '$.FallToSpringConditionalGrowthPercentile') as int64
        ) as fall_to_spring_conditional_growth_percentile,
        safe_cast(json_value(data, '$.WinterToWinterProjectedGrowth') as numeric) as winter_to_winter_projected_growth,
        safe_cast(json_value(data, '$.WinterToWinterObservedGrowth') as numeric) as winter_to_winter_observed_growth,
        json_value(data, '$.WinterToWinterMetProjectedGrowth') as winter_to_winter_met_projected_growth,
        safe_cast(
            json_value(data, '$.WinterToWinterConditionalGrowthIndex') as numeric
        ) as winter_to_winter_conditional_growth_index,
        safe_cast(
            json_value(data, '$.WinterToWinterConditionalGrowthPercentile') as int64
        ) as winter_to_winter_conditional_growth_percentile,
        safe_cast(json_value(data, '$.WinterToSpringProjectedGrowth') as numeric) as winter_to_spring_projected_growth,
        safe_cast(json_value(data, '$.WinterToSpringObservedGrowth') as numeric) as winter_to_spring_observed_growth,
        json_value(data, '$.WinterToSpringMetProjectedGrowth') as winter_to_spring_met_projected_growth,
        safe_cast(
            json_value(data, '$.WinterToSpringConditionalGrowthIndex') as numeric
        ) as winter_to_spring_conditional_growth_index,
        safe_cast(
            json_value(data, '$.WinterToSpringConditionalGrowthPercentile') as int64
        ) as winter_to_spring_conditional_growth_percentile,
        safe_cast(json_value(data, '$.SpringToSpringProjectedGrowth') as numeric) as spring_to_spring_projected_growth,
        safe_cast(json_value(data, '$.SpringToSpringObservedGrowth') as numeric) as spring_to_spring_observed_growth,
        json_value(data, '$.SpringToSpringMetProjectedGrowth') as spring_to_spring_met_projected_growth,
        safe_cast(
            json_value(data, '$.SpringToSpringConditionalGrowthIndex') as numeric
        ) as spring_to_spring_conditional_growth_index,
        safe_cast(
            json_value(data, '$.SpringToSpringConditionalGrowthPercentile') as int64
        ) as spring_to_spring_conditional_growth_percentile,
        extracted_at
    from records
)

select * from final
