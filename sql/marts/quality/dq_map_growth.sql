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
  is_known_subject: {type: BOOL, description: Whether ref.nwea_subjects has it; else it is called as NWEA calls it.}
  result_count: {type: INT64, description: Results that are counted.}
  told_twice_count: {type: INT64, description: Those of NWEA's own that the Ed-Fi API has too.}
  other_score_count: {type: INT64, description: Those of them with another score there.}
tests:
  - expression: {name: subject_is_known, sql: is_known_subject, severity: warn}
  - not_null: [is_known_subject, result_count, told_twice_count, other_score_count]
  - accepted_values: {column: origin, values: [export, partner, edfi]}
*/
with growth as (
    select * from marts.fct_map_growth
),

known_subjects as (
    select distinct subject from ref.nwea_subjects
),

final as (
    select
        growth.source_id,
        growth.term_name,
        growth.subject,
        growth.origin,
        growth.school_year,
        known_subjects.subject is not null as is_known_subject,
        count(*) as result_count,
        countif(growth.origin != 'edfi' and growth.edfi_rit is not null) as told_twice_count,
        countif(growth.origin != 'edfi' and growth.edfi_rit != growth.rit) as other_score_count
    from growth
    left join known_subjects on known_subjects.subject = growth.subject
    group by
        growth.source_id,
        growth.term_name,
        growth.subject,
        growth.origin,
        growth.school_year,
        is_known_subject
)

select * from final
