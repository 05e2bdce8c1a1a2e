/* model
description: "One row per live record of test_results in NWEA's partner API, typed: results of MAP Growth tests."
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The configured source the record came from.}
  api_id: {type: STRING, description: "Id of the record in the API, or one made of its key."}
  test_result_bid: {type: STRING, description: "Id of the result at NWEA."}
  student_bid: {type: STRING, description: "Id of the student at NWEA.", pii: true}
  school_bid: {type: STRING, description: "Id of the school at NWEA."}
  term_bid: {type: STRING, description: "Id of the term at NWEA."}
  subject: {type: STRING, description: "Subject."}
  test_name: {type: STRING, description: "Name of the test."}
  test_key: {type: STRING, description: "Key of the test, the same for all who take it."}
  test_type: {type: STRING, description: "Kind of test."}
  status: {type: STRING, description: "State of the test, such as Complete."}
  is_growth_measure: {type: BOOL, description: "Whether it is the test of its term that counts for growth."}
  grade: {type: STRING, description: "Grade of the student when it was taken."}
  started_at: {type: TIMESTAMP, description: "When the test began."}
  test_date: {type: DATE, description: "Day of the test, in UTC."}
  test_duration_minutes: {type: INT64, description: "Minutes that it took."}
  rit: {type: NUMERIC, description: "RIT score."}
  rit_se: {type: NUMERIC, description: "Standard error of the score."}
  percentile: {type: INT64, description: "Percentile by the norms."}
  norms_reference: {type: STRING, description: "Year of the norms that the percentile is by."}
  rapid_guessing_percentage: {type: NUMERIC, description: "Share of answers that were guessed in haste, in percent."}
  lexile_score: {type: STRING, description: Lexile score.}
  quantile_score: {type: STRING, description: Quantile score.}
  extracted_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: {columns: [test_result_bid], severity: warn}
*/
with records as (
    select * from current_nwea_partner.test_results
),

final as (
    select
        source_id,
        record_id as api_id,
        json_value(data, '$.testResultBid') as test_result_bid,
        json_value(data, '$.studentBid') as student_bid,
        json_value(data, '$.schoolBid') as school_bid,
        json_value(data, '$.termBid') as term_bid,
        json_value(data, '$.subjectArea') as subject,
        json_value(data, '$.testName') as test_name,
        json_value(data, '$.testKey') as test_key,
        json_value(data, '$.testType') as test_type,
        json_value(data, '$.status') as status,
        safe_cast(json_value(data, '$.growthEventYn') as bool) as is_growth_measure,
        json_value(data, '$.grade') as grade,
        safe_cast(json_value(data, '$.administrationStartDateTime') as timestamp) as started_at,
        date(safe_cast(json_value(data, '$.administrationStartDateTime') as timestamp)) as test_date,
        safe_cast(json_value(data, '$.duration') as int64) as test_duration_minutes,
        safe_cast(json_value(data, '$.rit') as numeric) as rit,
        safe_cast(json_value(data, '$.standardError') as numeric) as rit_se,
        safe_cast(json_value(data, '$.norms[0].percentile') as int64) as percentile,
        json_value(data, '$.norms[0].reference') as norms_reference,
        safe_cast(json_value(data, '$.responseDisengagedPercentage') as numeric) as rapid_guessing_percentage,
        json_value(data, '$.lexile.score') as lexile_score,
        json_value(data, '$.quantile.score') as quantile_score,
        extracted_at
    from records
)

select * from final
