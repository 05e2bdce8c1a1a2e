/* model
description: One row per term of an iSAMS school.
materialize: table
key: [isams_term_key]
cluster: [source_id]
columns:
  isams_term_key: {type: STRING, description: "Key of the row: source_id, isams_term_id."}
  source_id: {type: STRING, description: The configured source.}
  isams_term_id: {type: INT64, description: Id of the term in iSAMS.}
  term_name: {type: STRING, description: Name.}
  raw_school_year: {type: INT64, description: School year as iSAMS has it (the year in which it begins).}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  start_date: {type: DATE, description: First day.}
  finish_date: {type: DATE, description: Last day.}
  weeks: {type: INT64, description: "Weeks that it takes, begun ones counted."}
  is_current: {type: BOOL, description: Whether the day as of which the marts look at the data lies in it.}
  last_modified_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: [source_id, isams_term_id, is_current]
  - expression: {name: finish_after_start, sql: finish_date >= start_date, severity: warn}
*/
with terms as (
    select * from staging.stg_isams__school_terms where isams_id is not null
),

days as (
    select sources.source_id, parameters.as_of_date
    from (select distinct source_id from terms) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(terms.source_id as string))),
            '\u001f', lower(trim(cast(terms.isams_id as string)))
        ))) as isams_term_key,
        terms.source_id,
        terms.isams_id as isams_term_id,
        terms.name as term_name,
        terms.raw_school_year,
        terms.raw_school_year + 1 as school_year,
        terms.start_date,
        terms.finish_date,
        div(date_diff(terms.finish_date, terms.start_date, day), 7) + 1 as weeks,
        coalesce(days.as_of_date between terms.start_date and terms.finish_date, false) as is_current,
        terms.extracted_at as last_modified_at
    from terms
    left join days on days.source_id = terms.source_id
)

select * from final
