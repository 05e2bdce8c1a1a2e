/* model
description: >-
  One row per school, grade level and day of counting: the first instructional day, October 1 and the end of each month
  of the school year, as far as they have come. Only enrolments that are valid count.
materialize: table
key: [school_key, grade_level, snapshot_date]
cluster: [source_id, school_year, school_key]
columns:
  school_key: {type: STRING, description: School of that year.}
  grade_level: {type: STRING, description: Grade level at entry; Unknown where none is reported.}
  snapshot_date: {type: DATE, description: Day of counting.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  snapshot_types: {type: ARRAY<STRING>, description: "First day, October 1, Month end: what the day is."}
  student_count: {type: INT64, description: Students in membership on that day.}
  full_time_equivalency: {type: NUMERIC, description: Sum of their shares of full time; not said is full time.}
  entries: {type: INT64, description: Enrolments that began since the snapshot before; all before the first.}
  withdrawals:
    type: INT64
    description: >-
      Enrolments that ended since the snapshot before, whose last day of membership lies before this one; so that the
      count is the one before and the entries, less these.
  last_modified_at: {type: TIMESTAMP, description: When an enrolment of school and grade was last changed.}
tests:
  - not_null: [source_id, school_year, student_count, entries, withdrawals]
  - range: {column: student_count, min: 0}
*/
with enrollments as (
    select *, coalesce(grade_level, 'Unknown') as counted_grade_level
    from marts.fct_student_school
    where is_valid and school_key is not null
),

school_years as (
    select * from marts.dim_school_year
),

-- A school whose calendar differs from most begins on its own first day. A date that is no day of its year is a slip.
first_days as (
    select days.school_key, min(days.date) as first_date, max(days.date) as last_date
    from marts.dim_calendar_date as days
    left join school_years
        on days.source_id = school_years.source_id
        and days.school_year = school_years.school_year
    where days.is_instructional_day
        and days.date >= coalesce(school_years.first_possible_date, days.date)
        and days.date <= coalesce(school_years.last_possible_date, days.date)
    group by days.school_key
),

school_spans as (
    select
        enrollments.school_key,
        min(enrollments.source_id) as source_id,
        min(enrollments.school_year) as school_year,
        min(coalesce(first_days.first_date, school_years.first_instructional_date)) as first_date,
        max(coalesce(first_days.last_date, school_years.last_instructional_date)) as last_date,
        min(school_years.as_of_date) as as_of_date
    from enrollments
    inner join school_years
        on enrollments.source_id = school_years.source_id
        and enrollments.school_year = school_years.school_year
    left join first_days on enrollments.school_key = first_days.school_key
    group by enrollments.school_key
),

dates as (
    select school_key, source_id, school_year, as_of_date, first_date as snapshot_date, 'First day' as snapshot_type
    from school_spans
    where first_date is not null
    union all
    select
        school_key,
        source_id,
        school_year,
        as_of_date,
        date(extract(year from first_date), 10, 1) as snapshot_date,
        'October 1' as snapshot_type
    from school_spans
    where date(extract(year from first_date), 10, 1) between first_date and last_date
    union all
    select
        school_spans.school_key,
        school_spans.source_id,
        school_spans.school_year,
        school_spans.as_of_date,
        last_day(month_start, month) as snapshot_date,
        'Month end' as snapshot_type
    from school_spans
    cross join unnest(
        generate_date_array(date_trunc(first_date, month), date_trunc(last_date, month), interval 1 month)
    ) as month_start
),

snapshots as (
    select
        school_key,
        snapshot_date,
        min(source_id) as source_id,
        min(school_year) as school_year,
        array_agg(snapshot_type order by snapshot_type) as snapshot_types,
        lag(snapshot_date) over (partition by school_key order by snapshot_date) as previous_date
    from dates
    where snapshot_date <= as_of_date
    group by school_key, snapshot_date
),

grades as (
    select school_key, counted_grade_level, max(last_modified_at) as last_modified_at
    from enrollments
    group by school_key, counted_grade_level
),

-- Several enrolments of a student in a school and grade on one day are one student, with the highest share.
members as (
    select
        snapshots.school_key,
        snapshots.snapshot_date,
        enrollments.counted_grade_level,
        enrollments.student_key,
        max(coalesce(enrollments.full_time_equivalency, numeric '1')) as full_time_equivalency
    from snapshots
    inner join enrollments
        on snapshots.school_key = enrollments.school_key
        and enrollments.entry_date <= snapshots.snapshot_date
        and coalesce(enrollments.last_membership_date, date '9999-12-31') >= snapshots.snapshot_date
    group by
        snapshots.school_key,
        snapshots.snapshot_date,
        enrollments.counted_grade_level,
        enrollments.student_key
),

counts as (
    select
        school_key,
        snapshot_date,
        counted_grade_level,
        count(*) as student_count,
        sum(full_time_equivalency) as full_time_equivalency
    from members
    group by school_key, snapshot_date, counted_grade_level
),

movements as (
    select
        snapshots.school_key,
        snapshots.snapshot_date,
        enrollments.counted_grade_level,
        countif(
            enrollments.entry_date <= snapshots.snapshot_date
            and coalesce(enrollments.entry_date > snapshots.previous_date, true)
        ) as entries,
        countif(
            enrollments.last_membership_date < snapshots.snapshot_date
            and coalesce(enrollments.last_membership_date >= snapshots.previous_date, true)
        ) as withdrawals
    from snapshots
    inner join enrollments on snapshots.school_key = enrollments.school_key
    group by snapshots.school_key, snapshots.snapshot_date, enrollments.counted_grade_level
),

final as (
    select
        snapshots.school_key,
        grades.counted_grade_level as grade_level,
        snapshots.snapshot_date,
        snapshots.source_id,
        snapshots.school_year,
        snapshots.snapshot_types,
        coalesce(counts.student_count, 0) as student_count,
        coalesce(counts.full_time_equivalency, numeric '0') as full_time_equivalency,
        coalesce(movements.entries, 0) as entries,
        coalesce(movements.withdrawals, 0) as withdrawals,
        grades.last_modified_at
    from snapshots
    inner join grades on snapshots.school_key = grades.school_key
    left join counts
        on snapshots.school_key = counts.school_key
        and snapshots.snapshot_date = counts.snapshot_date
        and grades.counted_grade_level = counts.counted_grade_level
    left join movements
        on snapshots.school_key = movements.school_key
        and snapshots.snapshot_date = movements.snapshot_date
        and grades.counted_grade_level = movements.counted_grade_level
)

select * from final
