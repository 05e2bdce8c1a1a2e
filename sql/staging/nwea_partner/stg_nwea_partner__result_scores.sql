/* model
description: >-
  One row per result in NWEA's partner API and measure that it tells of it, called as in the district's export
  (stg_nwea__assessment_scores). What it leaves out is no row.
materialize: table
key: [source_id, api_id, measure]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea_partner__test_results."}
  measure: {type: STRING, description: "What is told, such as RIT Scale Score."}
  kind: {type: STRING, description: "score; the partner API sorts nothing into groups."}
  data_type: {type: STRING, description: "Integer, Decimal, Percentage, Percentile, or Level for a text."}
  result: {type: STRING, description: The value as text; a number without zeros that say nothing.}
tests:
  - not_null: [result]
  - accepted_values: {column: kind, values: [score]}
  - accepted_values: {column: data_type, values: [Integer, Decimal, Percentage, Percentile, Level]}
*/
with records as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.rit') as rit,
        json_value(data, '$.standardError') as standard_error,
        json_value(data, '$.norms[0].percentile') as percentile,
        json_value(data, '$.norms[0].reference') as norms_reference,
        -- Whole numbers, as the export has them.
        cast(
            cast(
                round(
                    safe_divide(
                        safe_cast(json_value(data, '$.items.correct') as numeric) * 100,
                        safe_cast(json_value(data, '$.items.shown') as numeric)
                    )
                ) as int64
            ) as string
        ) as percent_correct,
        json_value(data, '$.responseDisengagedPercentage') as rapid_guessing_percentage,
        json_value(data, '$.duration') as duration,
        upper(json_value(data, '$.growthEventYn')) as growth_event_yn,
        json_value(data, '$.testType') as test_type,
        json_value(data, '$.testName') as test_name,
        json_value(data, '$.lexile.score') as lexile_score,
        json_value(data, '$.lexile.min') as lexile_min,
        json_value(data, '$.lexile.max') as lexile_max,
        json_value(data, '$.quantile.score') as quantile_score,
        json_value(data, '$.quantile.minimum') as quantile_min,
        json_value(data, '$.quantile.maximum') as quantile_max
    from current_nwea_partner.test_results
),

measures as (
    select
        records.source_id,
        records.api_id,
        item.measure,
        'score' as kind,
        item.data_type,
        trim(item.result) as result
    from records
    cross join unnest([
        struct(
            'RIT Scale Score' as measure,
            'Integer' as data_type,
            rit as result
        ),
        ('SEM', 'Decimal', standard_error),
        ('Test Percentile', 'Percentile', percentile),
        ('Percent Correct', 'Percentage', percent_correct),
        ('Rapid Guessing Percentage', 'Percentage', rapid_guessing_percentage),
        ('Test Duration Minutes', 'Integer', duration),
        ('Growth Measure YN', 'Level', growth_event_yn),
        ('Norms Reference', 'Level', norms_reference),
        ('Test Type', 'Level', test_type),
        ('Test Name', 'Level', test_name),
        ('Lexile Score', 'Level', lexile_score),
        ('Lexile Min', 'Level', lexile_min),
        ('Lexile Max', 'Level', lexile_max),
        ('Quantile Score', 'Level', quantile_score),
        ('Quantile Min', 'Level', quantile_min),
        ('Quantile Max', 'Level', quantile_max)
    ]) as item
),

-- A text where a number belongs is nothing that could be told on.
numbered as (
    select
        source_id,
        api_id,
        measure,
        kind,
        data_type,
        if(data_type = 'Level', result, cast(safe_cast(result as numeric) as string)) as result
    from measures
),

final as (
    select * from numbered where result != ''
)

select * from final
