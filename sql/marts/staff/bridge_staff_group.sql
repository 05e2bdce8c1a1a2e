/* model
description: One row per section, staff member and day on which the assignment began. An open end is an active row.
materialize: table
key: [section_key, staff_key, begin_date]
cluster: [source_id, school_year]
columns:
  staff_group_key: {type: STRING, description: Key of the group of staff that teaches the section; the section's.}
  section_key: {type: STRING, description: Key of the section.}
  staff_key: {type: STRING, description: Key of the staff member.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  staff_unique_id: {type: STRING, description: The staff member's id.}
  position: {type: STRING, description: Position in the classroom such as Teacher of Record.}
  begin_date: {type: DATE, description: First day; where none is reported the first day of the session.}
  end_date: {type: DATE, description: Last day; NULL while it is open.}
  percentage_contribution: {type: NUMERIC, description: Share of the teaching as reported.}
  is_highly_qualified: {type: BOOL, description: Whether the staff member is highly qualified for the section.}
  is_active:
    type: BOOL
    description: >-
      Whether as_of_date lies in the row and in the current school year; never in what its ODS has of another year.
  is_lead:
    type: BOOL
    description: >-
      Whether this is the one who leads the section: of those active (of all, if none is) the teacher of record, then
      the largest contribution, then the lowest id.
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - relationship: {column: section_key, to: staging.stg_edfi__sections, min_match: 0.99, severity: warn}
  - relationship: {column: staff_key, to: marts.dim_staff, min_match: 0.99, severity: warn}
*/
with staff_sections as (
    select * from staging.stg_edfi__staff_section_associations
),

sessions as (
    select * from marts.dim_session
),

school_years as (
    select * from marts.dim_school_year
),

dated as (
    select
        staff_sections.*,
        -- Before data standard 5 the begin is optional, and a key must not be empty.
        coalesce(
            staff_sections.begin_date,
            sessions.begin_date,
            school_years.first_instructional_date,
            date(greatest(staff_sections.school_year - 1, 1900), 7, 1)
        ) as known_begin_date,
        school_years.as_of_date,
        coalesce(school_years.is_current, false) as is_current_year
    from staff_sections
    left join sessions on sessions.session_key = staff_sections.session_key
    left join school_years
        on school_years.source_id = staff_sections.source_id
        and school_years.school_year = staff_sections.school_year
    where staff_sections.section_key is not null and staff_sections.staff_key is not null
),

assigned as (
    select
        *,
        coalesce(
            is_current_year
            and coalesce(school_year in (0, reported_school_year), true)
            and known_begin_date <= as_of_date
            and (end_date is null or end_date >= as_of_date),
            false
        ) as is_active
    from dated
    where true
    qualify row_number() over (
        partition by section_key, staff_key, known_begin_date
        order by if(reported_school_year = school_year, 0, 1), last_modified_at desc, api_id
    ) = 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by section_key
            order by
                if(is_active, 0, 1),
                if(lower(trim(classroom_position)) = 'teacher of record', 0, 1),
                coalesce(percentage_contribution, 0) desc,
                staff_unique_id,
                known_begin_date desc
        ) as lead_rank
    from assigned
),

final as (
    select
        section_key as staff_group_key,
        section_key,
        staff_key,
        source_id,
        school_year,
        staff_unique_id,
        classroom_position as position,
        known_begin_date as begin_date,
        end_date,
        percentage_contribution,
        highly_qualified_teacher as is_highly_qualified,
        is_active,
        lead_rank = 1 as is_lead,
        last_modified_at
    from ranked
)

select * from final
