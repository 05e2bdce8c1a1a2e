/* model
description: >-
  One row per valid enrolment and movement: the entry, and the withdrawal once it has come. The school on the other side
  is that of the student's enrolment next to it in the same source: within 30 instructional days in the same school
  year, or in the year beside it.
materialize: table
key: [enrollment_key, movement_type]
cluster: [source_id, school_year, school_key]
columns:
  enrollment_key: {type: STRING, description: The enrolment that began or ended.}
  movement_type: {type: STRING, description: Entry or Withdrawal.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year of the enrolment.}
  student_key: {type: STRING, description: Student of that year.}
  student_xyear_key: {type: STRING, description: The same student in all years.}
  school_key: {type: STRING, description: School of the enrolment.}
  lea_key: {type: STRING, description: Agency of that school.}
  movement_date: {type: DATE, description: The entry or the exit as reported.}
  grade_level: {type: STRING, description: Grade level of the enrolment at entry.}
  from_school_key: {type: STRING, description: School the student came from or leaves; NULL where none is known.}
  to_school_key: {type: STRING, description: School the student enters or goes to; NULL where none is known.}
  neighbor_enrollment_key: {type: STRING, description: The enrolment on the other side.}
  is_same_school: {type: BOOL, description: The other side is the same school; NULL without another side.}
  is_within_lea_transfer: {type: BOOL, description: Between two schools of one agency.}
  is_summer_movement:
    type: BOOL
    description: >-
      An entry by the first instructional day or a withdrawal from the last on; what mobility rates leave out. NULL
      where neither day is known.
  entry_type: {type: STRING, description: How the student came as reported.}
  exit_withdraw_type: {type: STRING, description: Why the student left as reported.}
  exit_group: {type: STRING, description: "Why the student left, in groups of ref.exit_types; of withdrawals alone."}
  gap_days:
    type: INT64
    description: >-
      Instructional days between the two enrolments that the student belonged to neither, by both calendars; NULL
      without another side.
  last_modified_at: {type: TIMESTAMP, description: When the enrolment was last changed.}
tests:
  - not_null: [source_id, school_year, student_key, movement_date, is_within_lea_transfer]
  - accepted_values: {column: movement_type, values: [Entry, Withdrawal]}
  - range: {column: gap_days, min: 0}
  - relationship: {column: enrollment_key, to: marts.fct_student_school, min_match: 1}
*/
with enrollments as (
    select * from marts.fct_student_school where is_valid
),

school_years as (
    select * from marts.dim_school_year
),

instructional_days as (
    select distinct calendar_key, date
    from marts.dim_calendar_date
    where is_instructional_day
),

calendar_bounds as (
    select calendar_key, min(date) as first_date, max(date) as last_date
    from instructional_days
    group by calendar_key
),

-- An enrolment of a past year that was never closed ended with that year.
spells as (
    select
        enrollments.*,
        school_years.as_of_date,
        coalesce(calendar_bounds.first_date, school_years.first_instructional_date) as first_date,
        coalesce(calendar_bounds.last_date, school_years.last_instructional_date) as last_date,
        coalesce(
            enrollments.exit_withdraw_date,
            if(
                school_years.in_force_to < school_years.as_of_date,
                coalesce(calendar_bounds.last_date, school_years.last_instructional_date, school_years.in_force_to),
                null
            )
        ) as spell_end
    from enrollments
    left join school_years
        on enrollments.source_id = school_years.source_id
        and enrollments.school_year = school_years.school_year
    left join calendar_bounds on enrollments.calendar_key = calendar_bounds.calendar_key
),

-- Schools often enter a transfer some days before the other has closed: up to a week is no second enrolment.
candidates as (
    select
        earlier.enrollment_key as earlier_key,
        later.enrollment_key as later_key,
        earlier.calendar_key as earlier_calendar_key,
        later.calendar_key as later_calendar_key,
        earlier.spell_end,
        later.entry_date,
        earlier.school_year = later.school_year as is_same_year
    from spells as earlier
    inner join spells as later
        on earlier.student_xyear_key = later.student_xyear_key
        and earlier.enrollment_key != later.enrollment_key
        and earlier.entry_date < later.entry_date
        and date_diff(earlier.spell_end, later.entry_date, day) <= 7
        and earlier.school_year in (later.school_year, later.school_year - 1)
),

gap_dates as (
    select distinct candidates.earlier_key, candidates.later_key, instructional_days.date
    from candidates
    inner join instructional_days
        on instructional_days.calendar_key in (candidates.earlier_calendar_key, candidates.later_calendar_key)
        and instructional_days.date > candidates.spell_end
        and instructional_days.date < candidates.entry_date
),

gaps as (
    select earlier_key, later_key, count(*) as gap_days
    from gap_dates
    group by earlier_key, later_key
),

pairs as (
    select
        candidates.earlier_key,
        candidates.later_key,
        candidates.spell_end,
        candidates.entry_date,
        coalesce(gaps.gap_days, 0) as gap_days
    from candidates
    left join gaps
        on candidates.earlier_key = gaps.earlier_key
        and candidates.later_key = gaps.later_key
    where not candidates.is_same_year or coalesce(gaps.gap_days, 0) <= 30
),

entered_from as (
    select later_key as enrollment_key, earlier_key as neighbor_key, gap_days
    from pairs
    where true
    qualify row_number() over (partition by later_key order by spell_end desc, gap_days, earlier_key) = 1
),

left_for as (
    select earlier_key as enrollment_key, later_key as neighbor_key, gap_days
    from pairs
    where true
    qualify row_number() over (partition by earlier_key order by entry_date, gap_days, later_key) = 1
),

movements as (
    select
        spells.*,
        'Entry' as movement_type,
        spells.entry_date as movement_date,
        entered_from.neighbor_key,
        entered_from.gap_days,
        spells.entry_date <= spells.first_date as is_summer_movement
    from spells
    left join entered_from on spells.enrollment_key = entered_from.enrollment_key
    where spells.entry_date <= spells.as_of_date
    union all
    select
        spells.*,
        'Withdrawal' as movement_type,
        spells.exit_withdraw_date as movement_date,
        left_for.neighbor_key,
        left_for.gap_days,
        spells.exit_withdraw_date >= spells.last_date as is_summer_movement
    from spells
    left join left_for on spells.enrollment_key = left_for.enrollment_key
    where spells.exit_withdraw_date <= spells.as_of_date
),

final as (
    select
        movements.enrollment_key,
        movements.movement_type,
        movements.source_id,
        movements.school_year,
        movements.student_key,
        movements.student_xyear_key,
        movements.school_key,
        movements.lea_key,
        movements.movement_date,
        movements.grade_level,
        if(movements.movement_type = 'Entry', neighbors.school_key, movements.school_key) as from_school_key,
        if(movements.movement_type = 'Entry', movements.school_key, neighbors.school_key) as to_school_key,
        movements.neighbor_key as neighbor_enrollment_key,
        neighbors.school_id = movements.school_id as is_same_school,
        coalesce(
            neighbors.school_id != movements.school_id and neighbors.lea_key = movements.lea_key, false
        ) as is_within_lea_transfer,
        movements.is_summer_movement,
        movements.entry_type,
        if(movements.movement_type = 'Withdrawal', movements.exit_withdraw_type, null) as exit_withdraw_type,
        if(movements.movement_type = 'Withdrawal', movements.exit_group, null) as exit_group,
        movements.gap_days,
        movements.last_modified_at
    from movements
    left join enrollments as neighbors on movements.neighbor_key = neighbors.enrollment_key
)

select * from final
