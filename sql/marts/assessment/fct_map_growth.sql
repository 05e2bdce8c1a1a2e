/* model
description: >-
  One row per student, subject and term of MAP Growth: of several tests the growth measure, then the one with
  the lowest error.
materialize: table
key: [map_growth_key]
cluster: [source_id]
columns:
  map_growth_key: {type: STRING, description: "Key of the row: source_id, student_id, subject, term_name."}
  source_id: {type: STRING, description: The configured source.}
  student_id: {type: STRING, description: Id of the student as the district has it., pii: true}
  student_state_id: {type: STRING, description: Id of the student in the state., pii: true}
  subject: {type: STRING, description: "Mathematics, Reading, Language Usage, Science, or what the test calls it."}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  term_season: {type: STRING, description: "Fall, Winter, Spring or Summer."}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_state_id: {type: STRING, description: Id of the school in the state.}
  test_name: {type: STRING, description: Name of the test.}
  test_date: {type: DATE, description: Day of the test.}
  test_duration_minutes: {type: INT64, description: Minutes that it took.}
  rit: {type: NUMERIC, description: RIT score.}
  rit_se: {type: NUMERIC, description: Standard error of the score.}
  percentile: {type: INT64, description: Percentile by the norms.}
  achievement_quintile: {type: STRING, description: "Fifth by the norms, from Low to High."}
  norms_reference: {type: STRING, description: Year of the norms; percentiles compare only within one.}
  is_growth_measure: {type: BOOL, description: Whether it is the test of its term that counts for growth.}
  rapid_guessing_percentage: {type: NUMERIC, description: "Share of answers that were guessed in haste, in percent."}
  lexile_score: {type: STRING, description: Lexile score.}
  quantile_score: {type: STRING, description: Quantile score.}
  tests_in_term: {type: INT64, description: Tests that the student took in this subject and term.}
  selection_reason: {type: STRING, description: "Why this one counts: only test, growth measure, or lowest error."}
tests:
  - not_null: [source_id, student_id, subject, term_name]
  - range: {column: rit, min: 100, max: 350, severity: warn}
  - range: {column: percentile, min: 1, max: 99, severity: warn}
*/
with results as (
    select
        *,
        case
            when lower(course) like '%language usage%' then 'Language Usage'
            when lower(course) like '%reading%' then 'Reading'
            else coalesce(subject, course)
        end as map_subject
    from staging.stg_nwea__assessment_results
    where student_id is not null and term_name is not null and rit is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by source_id, student_id, map_subject, term_name
            order by if(is_growth_measure, 0, 1), rit_se, test_date desc, api_id
        ) as place,
        count(*) over (partition by source_id, student_id, map_subject, term_name) as tests_in_term
    from results
    where map_subject is not null
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_id as string))),
            '\u001f', lower(trim(cast(map_subject as string))),
            '\u001f', lower(trim(cast(term_name as string)))
        ))) as map_growth_key,
        source_id,
        student_id,
        student_state_id,
        map_subject as subject,
        term_name,
        regexp_extract(term_name, r'^(\w+)') as term_season,
        safe_cast(regexp_extract(term_name, r'(\d{4})$') as int64) as school_year,
        school_state_id,
        test_name,
        test_date,
        test_duration_minutes,
        rit,
        rit_se,
        percentile,
        achievement_quintile,
        norms_reference,
        coalesce(is_growth_measure, false) as is_growth_measure,
        rapid_guessing_percentage,
        lexile_score,
        quantile_score,
        tests_in_term,
        case
            when tests_in_term = 1 then 'only test'
            when is_growth_measure then 'growth measure'
            else 'lowest error'
        end as selection_reason
    from ranked
    where place = 1
)

select * from final
