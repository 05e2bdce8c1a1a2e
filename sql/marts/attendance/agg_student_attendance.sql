/* model
description: >-
  One row per student, school year and scope (school, lea, source): days of membership, absences and whether the student
  is
  chronically absent. Scope lea and source follow a student through a transfer; a day at two schools at once counts
  once.
materialize: table
key: [student_key, scope, scope_key]
cluster: [school_year, scope, scope_key]
columns:
  student_key: {type: STRING, description: Student of that year.}
  scope:
    type: STRING
    description: >-
      What is counted: one school, all schools of an agency, all schools of the source.
  scope_key: {type: STRING, description: "The school_key, the lea_key or the source_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  days_enrolled: {type: NUMERIC, description: Days of membership whose attendance is known.}
  days_absent: {type: NUMERIC, description: "Days missed, parts of days as parts."}
  days_excused: {type: NUMERIC, description: Days missed and excused.}
  days_unexcused: {type: NUMERIC, description: Days missed and not excused.}
  days_suspended: {type: NUMERIC, description: Days with a suspension.}
  days_tardy: {type: NUMERIC, description: Days on which the student came late.}
  days_unknown:
    type: NUMERIC
    description: "Days of membership in no rate: the category is not mapped, or nothing was reported."
  attendance_rate: {type: FLOAT64, description: "Rate for display; rules compare days, not this."}
  attendance_tier:
    type: STRING
    description: >-
      Satisfactory (95 % or more), At risk (over 90 %), Chronic (over 80 %) or Severe; NULL without a known day.
  is_chronically_absent:
    type: BOOL
    description: Missed at least ref.parameters.chronic_rate of at least chronic_min_days days.
  meets_minimum_days: {type: BOOL, description: Has at least chronic_min_days days.}
  longest_absence_streak: {type: INT64, description: Longest run of days absent.}
  first_date: {type: DATE, description: First day of membership.}
  last_date: {type: DATE, description: Last day of membership so far.}
  last_modified_at: {type: TIMESTAMP, description: When enrollment or event was last changed.}
tests:
  - not_null: [source_id, school_year, days_enrolled, days_absent, is_chronically_absent]
  - accepted_values: {column: scope, values: [school, lea, source]}
  - accepted_values: {column: attendance_tier, values: [Satisfactory, At risk, Chronic, Severe]}
  - range: {column: attendance_rate, min: 0, max: 1}
  - expression: {name: absent_is_excused_or_not, sql: days_absent = days_excused + days_unexcused}
  - equal_total:
      name: days_are_those_of_the_schools
      sql: sum(if(scope = 'school', days_enrolled + days_unknown, 0))
      to: select count(*) from marts.fct_student_school_attendance
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with attendance as (
    select * from marts.fct_student_school_attendance
),

enrollments as (
    select * from marts.fct_student_school
),

schools as (
    select * from marts.dim_school
),

parameters as (
    select * from ref.parameters
),

source_parameters as (
    select
        sources.source_id,
        parameters.chronic_rate,
        parameters.chronic_min_days
    from (select distinct source_id from attendance) as sources
    inner join parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (partition by sources.source_id order by parameters.source_id = '*') = 1
),

-- A student in two schools on one day: the primary school's row stands for the day in the wider scopes.
ranked as (
    select
        attendance.student_key,
        attendance.school_key,
        schools.lea_key,
        attendance.source_id,
        attendance.school_year,
        attendance.date,
        attendance.absent_portion,
        attendance.excused_portion,
        attendance.is_absent,
        attendance.is_tardy,
        attendance.is_suspended,
        attendance.last_modified_at,
        row_number() over (
            partition by attendance.student_key, schools.lea_key, attendance.date
            order by attendance.absent_portion is null, enrollments.is_primary_school desc, attendance.school_key
        ) as rank_in_lea,
        row_number() over (
            partition by attendance.student_key, attendance.date
            order by attendance.absent_portion is null, enrollments.is_primary_school desc, attendance.school_key
        ) as rank_in_source
    from attendance
    left join schools on attendance.school_key = schools.school_key
    left join enrollments on attendance.enrollment_key = enrollments.enrollment_key
),

scoped as (
    select
        ranked.*,
        scope,
        case scope when 'school' then school_key when 'lea' then lea_key else source_id end as scope_key
    from ranked
    cross join unnest(['school', 'lea', 'source']) as scope
    where scope = 'school'
        or (scope = 'lea' and lea_key is not null and rank_in_lea = 1)
        or (scope = 'source' and rank_in_source = 1)
),

-- Days at school number the runs of absences between them.
numbered as (
    select
        *,
        countif(not is_absent) over (
            partition by student_key, scope, scope_key
            order by date
            rows between unbounded preceding and current row
        ) as run_number
    from scoped
),

runs as (
    select
        student_key,
        scope,
        scope_key,
        run_number,
        min(source_id) as source_id,
        min(school_year) as school_year,
        countif(absent_portion is not null) as known_count,
        countif(absent_portion is null) as unknown_count,
        coalesce(sum(absent_portion), numeric '0') as days_absent,
        coalesce(sum(excused_portion), numeric '0') as days_excused,
        countif(is_absent) as absent_count,
        countif(is_tardy) as tardy_count,
        countif(is_suspended) as suspended_count,
        min(date) as first_date,
        max(date) as last_date,
        max(last_modified_at) as last_modified_at
    from numbered
    group by student_key, scope, scope_key, run_number
),

totals as (
    select
        student_key,
        scope,
        scope_key,
        min(source_id) as source_id,
        min(school_year) as school_year,
        cast(sum(known_count) as numeric) as days_enrolled,
        sum(days_absent) as days_absent,
        sum(days_excused) as days_excused,
        cast(sum(suspended_count) as numeric) as days_suspended,
        cast(sum(tardy_count) as numeric) as days_tardy,
        cast(sum(unknown_count) as numeric) as days_unknown,
        max(absent_count) as longest_absence_streak,
        min(first_date) as first_date,
        max(last_date) as last_date,
        max(last_modified_at) as last_modified_at
    from runs
    group by student_key, scope, scope_key
),

final as (
    select
        totals.student_key,
        totals.scope,
        totals.scope_key,
        totals.source_id,
        totals.school_year,
        totals.days_enrolled,
        totals.days_absent,
        totals.days_excused,
        totals.days_absent - totals.days_excused as days_unexcused,
        totals.days_suspended,
        totals.days_tardy,
        totals.days_unknown,
        safe_divide(
            cast(totals.days_enrolled - totals.days_absent as float64),
            cast(totals.days_enrolled as float64)
        ) as attendance_rate,
        case
            when totals.days_enrolled = 0 then null
            when totals.days_absent <= totals.days_enrolled * numeric '0.05' then 'Satisfactory'
            when totals.days_absent < totals.days_enrolled * numeric '0.10' then 'At risk'
            when totals.days_absent < totals.days_enrolled * numeric '0.20' then 'Chronic'
            else 'Severe'
        end as attendance_tier,
        totals.days_absent >= totals.days_enrolled * source_parameters.chronic_rate
        and totals.days_enrolled >= source_parameters.chronic_min_days
        and totals.days_enrolled > 0 as is_chronically_absent,
        totals.days_enrolled >= source_parameters.chronic_min_days as meets_minimum_days,
        totals.longest_absence_streak,
        totals.first_date,
        totals.last_date,
        totals.last_modified_at
    from totals
    inner join source_parameters on totals.source_id = source_parameters.source_id
)

select * from final
