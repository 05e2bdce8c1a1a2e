/* model
description: >-
  Attendance by school year, school and group of students, made to be shown to anybody. Figures about fewer than ten
  students are left out; so is the next smallest group where a reader could work out a left out one from the school's
  total. A group all of whom are chronically absent is left out, too. It has no district totals, for the same reason:
  take those from agg_student_attendance and publish them only beside schools that are all shown.
materialize: table
key: [school_key, group_type, group_value]
access: everyone
cluster: [source_id, school_year, school_key]
columns:
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  school_key: {type: STRING, description: School of that year.}
  lea_name: {type: STRING, description: Name of the school's agency.}
  school_name: {type: STRING, description: Name of the school.}
  group_type:
    type: STRING
    description: >-
      All students, Grade level, Gender, Race and ethnicity, English learner, Special education or Economically
      disadvantaged.
  group_value: {type: STRING, description: The group; Unknown where it is not reported.}
  student_count: {type: INT64, description: Students with any known day; NULL where left out.}
  chronically_absent_count: {type: INT64, description: Of these chronically absent; NULL where left out.}
  chronic_absence_rate: {type: FLOAT64, description: "Their share, to a tenth of a percent; NULL where left out."}
  attendance_rate:
    type: FLOAT64
    description: "Days attended of all days, to a tenth of a percent; NULL where left out."
  is_suppressed: {type: BOOL, description: Whether the figures are left out.}
  suppression_reason:
    type: STRING
    description: >-
      fewer than 10 students; complement (it would give away a group that is left out); all of the group.
tests:
  - not_null: [source_id, school_year, is_suppressed]
  - range: {column: student_count, min: 10}
  - accepted_values:
      column: suppression_reason
      values: [fewer than 10 students, complement, all of the group]
  - expression: {name: suppressed_is_empty, sql: is_suppressed = (student_count is null)}
  - expression: {name: nobody_is_told_of, sql: chronically_absent_count < student_count}
*/
with attendance as (
    select * from marts.agg_student_attendance where scope = 'school' and days_enrolled > 0
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

described as (
    select
        attendance.source_id,
        attendance.school_year,
        attendance.scope_key as school_key,
        attendance.student_key,
        attendance.days_enrolled,
        attendance.days_absent,
        attendance.is_chronically_absent,
        students.grade_level,
        students.gender,
        students.race_ethnicity,
        case when students.is_english_learner then 'Yes' when not students.is_english_learner then 'No' end
            as english_learner,
        case when students.is_special_education then 'Yes' when not students.is_special_education then 'No' end
            as special_education,
        case
            when students.is_economically_disadvantaged then 'Yes'
            when not students.is_economically_disadvantaged then 'No'
        end as economically_disadvantaged
    from attendance
    left join students on attendance.student_key = students.student_key
),

grouped as (
    select
        described.source_id,
        described.school_year,
        described.school_key,
        described.days_enrolled,
        described.days_absent,
        described.is_chronically_absent,
        member.group_type,
        coalesce(member.group_value, 'Unknown') as group_value
    from described
    cross join unnest([
        struct('All students' as group_type, 'All students' as group_value),
        struct('Grade level' as group_type, described.grade_level as group_value),
        struct('Gender' as group_type, described.gender as group_value),
        struct('Race and ethnicity' as group_type, described.race_ethnicity as group_value),
        struct('English learner' as group_type, described.english_learner as group_value),
        struct('Special education' as group_type, described.special_education as group_value),
        struct('Economically disadvantaged' as group_type, described.economically_disadvantaged as group_value)
    ]) as member
),

counted as (
    select
        school_key,
        group_type,
        group_value,
        min(source_id) as source_id,
        min(school_year) as school_year,
        count(*) as student_count,
        countif(is_chronically_absent) as chronically_absent_count,
        sum(days_enrolled) as days_enrolled,
        sum(days_absent) as days_absent
    from grouped
    group by school_key, group_type, group_value
),

-- What must be left out: too few, or all of them. Such groups come first in the order in which groups are left out.
judged as (
    select
        *,
        case
            when student_count < 10 then 'fewer than 10 students'
            when chronically_absent_count = student_count then 'all of the group'
        end as own_reason
    from counted
),

ordered as (
    select
        *,
        row_number() over (
            partition by school_key, group_type
            order by own_reason is null, student_count, group_value
        ) as place,
        countif(own_reason is not null) over (partition by school_key, group_type) as hidden_count,
        coalesce(
            sum(student_count) over (
                partition by school_key, group_type
                order by own_reason is null, student_count, group_value
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as students_before
    from judged
),

-- The total less the groups shown is what those left out have together: that must be two groups, and ten students.
decided as (
    select
        *,
        case
            when own_reason is not null then own_reason
            when hidden_count > 0 and (place = 2 or students_before < 10) then 'complement'
        end as suppression_reason
    from ordered
),

final as (
    select
        decided.source_id,
        decided.school_year,
        decided.school_key,
        schools.lea_name,
        schools.school_name,
        decided.group_type,
        decided.group_value,
        if(decided.suppression_reason is null, decided.student_count, null) as student_count,
        if(decided.suppression_reason is null, decided.chronically_absent_count, null) as chronically_absent_count,
        if(
            decided.suppression_reason is null,
            round(safe_divide(decided.chronically_absent_count, decided.student_count), 3),
            null
        ) as chronic_absence_rate,
        if(
            decided.suppression_reason is null,
            round(
                safe_divide(
                    cast(decided.days_enrolled - decided.days_absent as float64),
                    cast(decided.days_enrolled as float64)
                ),
                3
            ),
            null
        ) as attendance_rate,
        decided.suppression_reason is not null as is_suppressed,
        decided.suppression_reason
    from decided
    left join schools on decided.school_key = schools.school_key
)

select * from final
