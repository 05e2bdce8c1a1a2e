/* model
description: >-
  One row per source for which a rule differs, and the row '*' for all others. A deployment changes the rules by editing
  this file: copy the row, give it the id of the source, change what differs. To see the marts as of another day,
  replace the last expression by a date.
materialize: table
key: [source_id]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for every source that has no row of its own."}
  timezone: {type: STRING, description: Time zone in which a school day begins and ends.}
  exit_date_is_membership_day: {type: BOOL, description: Whether the day of the exit counts as a day of membership.}
  chronic_rate: {type: NUMERIC, description: Share of days absent from which a student is chronically absent.}
  chronic_min_days: {type: INT64, description: Days of membership below which nobody is called chronically absent.}
  verge_margin: {type: NUMERIC, description: How far below the chronic rate a student is on the verge of it.}
  demographic_org_preference:
    type: STRING
    description: Whose demographics hold when a student has several - of the lea or of the school.
  year_start_month: {type: INT64, description: Month (1 to 12) in which a school year begins.}
  freeze_after_days: {type: INT64, description: Days after its last instructional day when a past year is frozen.}
  gpa_scale: {type: STRING, description: The scale of ref.letter_grades by which grade points are calculated.}
  counselor_cohort_type: {type: STRING, description: Type of the cohorts whose staff are their students' counselors.}
  as_of_date: {type: DATE, description: The day on which the marts look at the data.}
tests:
  - range: {column: chronic_rate, min: 0, max: 1}
  - range: {column: year_start_month, min: 1, max: 12}
  - accepted_values: {column: demographic_org_preference, values: [lea, school]}
*/
with settings as (
    select *
    from unnest([
        struct(
            '*' as source_id,
            'America/Chicago' as timezone,
            true as exit_date_is_membership_day,
            numeric '0.10' as chronic_rate,
            10 as chronic_min_days,
            numeric '0.02' as verge_margin,
            'lea' as demographic_org_preference,
            7 as year_start_month,
            60 as freeze_after_days,
            'unweighted_4' as gpa_scale,
            'Counselor List' as counselor_cohort_type
        )
    ])
),

final as (
    select
        source_id,
        timezone,
        exit_date_is_membership_day,
        chronic_rate,
        chronic_min_days,
        verge_margin,
        demographic_org_preference,
        year_start_month,
        freeze_after_days,
        gpa_scale,
        counselor_cohort_type,
        current_date(timezone) as as_of_date
    from settings
)

select * from final
