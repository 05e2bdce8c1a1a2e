/* model
description: >-
  One row per source, term and subject of MAP Growth: how many results it tells, how many of NWEA's own the
  district's Ed-Fi API tells too (they are counted once, as NWEA has them), and how many of these with another score.
materialize: table
key: [source_id, term_name, subject]
columns:
  source_id: {type: STRING, description: The configured source.}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  subject: {type: STRING, description: Subject.}
  origin: {type: STRING, description: "Where it was told: export or partner (NWEA's), or edfi."}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  result_count: {type: INT64, description: Results that are counted.}
  told_twice_count: {type: INT64, description: Those of NWEA's own that the Ed-Fi API has too.}
  other_score_count: {type: INT64, description: Those of them with another score there.}
tests:
  - not_null: [result_count, told_twice_count, other_score_count]
  - accepted_values: {column: origin, values: [export, partner, edfi]}
*/
with growth as (
    select * from marts.fct_map_growth
),

final as (
    select
        source_id,
        term_name,
        subject,
        origin,
        school_year,
        count(*) as result_count,
        countif(origin != 'edfi' and edfi_rit is not null) as told_twice_count,
        countif(origin != 'edfi' and edfi_rit != rit) as other_score_count
    from growth
    group by source_id, term_name, subject, origin, school_year
)

select * from final
