/* model
description: >-
  One row per assignment of a section that Ed-Fi knows, from a learning management system by the LMSX extension or from
  a gradebook. Columns are named as in dim_lms_assignment, which has what Canvas itself says.
materialize: table
key: [assignment_key]
cluster: [source_id, school_year, section_key]
columns:
  assignment_key: {type: STRING, description: "Key of the row: that of the LMSX assignment or of the gradebook entry."}
  school_key: {type: STRING, description: Key of the school.}
  section_key: {type: STRING, description: Key of the section; NULL where none is told.}
  grading_period_key: {type: STRING, description: Key of the grading period; NULL where none is told.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  origin: {type: STRING, description: lmsx or gradebook.}
  source_system:
    type: STRING
    description: "System that it comes from: its name, or in a gradebook the namespace of the identifier."
  assignment_identifier: {type: STRING, description: "Identifier there; NULL in gradebooks of data standard 3."}
  title: {type: STRING, description: Title.}
  description: {type: STRING, description: What is to be done.}
  category: {type: STRING, description: Category or type.}
  assigned_on: {type: DATE, description: Day on which it was assigned; in LMSX from which work may begin.}
  due_on: {type: DATE, description: Day on which it is due.}
  due_at: {type: TIMESTAMP, description: When it is due; NULL where only the day is told.}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [source_id, school_year, origin]
  - accepted_values: {column: origin, values: [lmsx, gradebook]}
  - relationship: {column: section_key, to: marts.dim_section, min_match: 0.99, severity: warn}
  - range: {column: points_possible, min: 0, severity: warn}
*/
with lmsx as (
    select *
    from staging.stg_edfi__lmsx_assignments
    where lmsx_assignment_key is not null
    qualify row_number() over (partition by lmsx_assignment_key order by last_modified_at desc, api_id) = 1
),

entries as (
    select *
    from staging.stg_edfi__gradebook_entries
    where gradebook_entry_key is not null
    qualify row_number() over (partition by gradebook_entry_key order by last_modified_at desc, api_id) = 1
),

zones as (
    select sources.source_id, parameters.timezone
    from (
        select source_id from lmsx
        union distinct
        select source_id from entries
    ) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)) = 1
),

final as (
    select
        lmsx.lmsx_assignment_key as assignment_key,
        lmsx.school_key,
        lmsx.section_key,
        cast(null as string) as grading_period_key,
        lmsx.source_id,
        lmsx.school_year,
        'lmsx' as origin,
        lmsx.lms_source_system as source_system,
        lmsx.assignment_identifier,
        lmsx.title,
        lmsx.assignment_description as description,
        lmsx.assignment_category as category,
        date(lmsx.start_date_time, zones.timezone) as assigned_on,
        date(lmsx.due_date_time, zones.timezone) as due_on,
        lmsx.due_date_time as due_at,
        cast(lmsx.max_points as numeric) as points_possible,
        lmsx.last_modified_at
    from lmsx
    left join zones on zones.source_id = lmsx.source_id
    union all
    select
        entries.gradebook_entry_key,
        entries.school_key,
        entries.section_key,
        entries.grading_period_key,
        entries.source_id,
        entries.school_year,
        'gradebook',
        entries.namespace,
        entries.gradebook_entry_identifier,
        coalesce(entries.title, entries.gradebook_entry_title),
        entries.description,
        entries.gradebook_entry_type,
        entries.date_assigned,
        entries.due_date,
        timestamp(datetime(entries.due_date, cast(entries.due_time as time)), zones.timezone),
        entries.max_points,
        entries.last_modified_at
    from entries
    left join zones on zones.source_id = entries.source_id
)

select * from final
