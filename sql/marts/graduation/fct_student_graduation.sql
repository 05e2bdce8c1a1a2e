/* model
description: >-
  One row per student and diploma, over all school years, and one for a student of a graduation cohort without a
  diploma. Graduation rates are of rows with is_primary_student_row and is_in_adjusted_cohort, by cohort.
materialize: table
key: [student_graduation_key]
cluster: [source_id, cohort_year_9th_grade]
columns:
  student_graduation_key:
    type: STRING
    description: "Key of the row: source_id, student_unique_id, diploma_type, diploma_award_date."
  student_key: {type: STRING, description: Key of the student in the newest year that has the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  source_id: {type: STRING, description: The configured source.}
  school_year:
    type: INT64
    description: School year of the academic record; of the student's newest row without a diploma.
  student_unique_id: {type: STRING, description: The student's id.}
  school_key: {type: STRING, description: Key of the school of the student's last enrolment.}
  cohort_year_9th_grade:
    type: INT64
    description: >-
      School year in which the student entered grade nine, as reported; else the first in which the student is seen
      there.
  is_cohort_year_reported: {type: BOOL, description: Whether it is reported.}
  on_time_school_year: {type: INT64, description: School year in which four years are over.}
  diploma_type: {type: STRING, description: Code of the diploma's type; NULL without a diploma.}
  diploma_level: {type: STRING, description: Code of the diploma's level.}
  diploma_award_date: {type: DATE, description: Day of the award.}
  is_regular_diploma: {type: BOOL, description: "Whether it counts as graduation, by ref.diploma_types."}
  is_cte_completer: {type: BOOL, description: Whether it says that a career program was completed.}
  is_graduate_in_4_years:
    type: BOOL
    description: >-
      Whether a regular diploma was awarded by the end of the fourth school year of the cohort, early ones included;
      NULL without a cohort.
  is_graduate_in_5_years: {type: BOOL, description: The same for five years.}
  is_graduate_in_6_years: {type: BOOL, description: The same for six years.}
  last_exit_group: {type: STRING, description: Group of the exit of the last enrolment; NULL while it is open.}
  cohort_outcome:
    type: STRING
    description: >-
      Graduate, Other completer, Still enrolled, Transferred out, Deceased, Dropout or Unknown; of the student, not of
      the diploma.
  is_in_adjusted_cohort:
    type: BOOL
    description: >-
      Whether the cohort still counts the student; one who transferred out or died without a diploma is not counted.
  is_primary_student_row: {type: BOOL, description: "Whether it is the one row of the student to count."}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [student_xyear_key, cohort_outcome, is_in_adjusted_cohort, is_primary_student_row]
  - accepted_values:
      column: cohort_outcome
      values: [Graduate, Other completer, Still enrolled, Transferred out, Deceased, Dropout, Unknown]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with records as (
    select
        *,
        if(school_year = 0, coalesce(reported_school_year, 0), coalesce(reported_school_year, school_year))
            as record_year
    from staging.stg_edfi__student_academic_records
    where student_xyear_key is not null
),

students as (
    select * from marts.dim_student
),

enrollments as (
    select * from marts.fct_student_school where is_valid
),

latest_students as (
    select *
    from students
    where true
    qualify row_number() over (
        partition by student_xyear_key order by if(is_latest, 0, 1), school_year desc, student_key
    ) = 1
),

student_ids as (
    select student_key, student_xyear_key from students
),

last_enrollments as (
    select
        student_ids.student_xyear_key,
        enrollments.school_key,
        enrollments.exit_group,
        enrollments.is_active,
        enrollments.exit_withdraw_date
    from enrollments
    join student_ids on student_ids.student_key = enrollments.student_key
    where true
    qualify row_number() over (
        partition by student_ids.student_xyear_key
        order by
            enrollments.school_year desc,
            coalesce(enrollments.exit_withdraw_date, date '9999-12-31') desc,
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

-- The newest year says best when grade nine began; a year that does not know leaves it to another.
reported_cohorts as (
    select student_xyear_key, cohort_year_9th_grade
    from students
    where cohort_year_9th_grade is not null
    qualify row_number() over (
        partition by student_xyear_key order by school_year desc, student_key
    ) = 1
),

seen_cohorts as (
    select student_ids.student_xyear_key, min(enrollments.school_year) as school_year
    from enrollments
    join student_ids on student_ids.student_key = enrollments.student_key
    where enrollments.grade_level_order = 9 and enrollments.school_year > 0
    group by student_ids.student_xyear_key
),

-- The record of a year is in the ODS of each later year too: the newest holds.
listed as (
    select
        records.student_xyear_key,
        records.source_id,
        records.student_unique_id,
        records.record_year,
        regexp_extract(json_value(item, '$.diplomaTypeDescriptor'), r'[^#]*$') as diploma_type,
        coalesce(regexp_extract(json_value(item, '$.diplomaTypeDescriptor'), r'^(.*)#'), '*') as namespace,
        regexp_extract(json_value(item, '$.diplomaLevelDescriptor'), r'[^#]*$') as diploma_level,
        safe_cast(substr(json_value(item, '$.diplomaAwardDate'), 1, 10) as date) as diploma_award_date,
        lax_bool(json_query(item, '$.cteCompleter')) as is_cte_completer,
        records.school_year,
        records.api_id,
        records.last_modified_at
    from records
    cross join unnest(json_query_array(records.diplomas)) as item
    where json_value(item, '$.diplomaTypeDescriptor') is not null
),

diplomas as (
    select *
    from listed
    where true
    qualify row_number() over (
        partition by student_xyear_key, lower(trim(diploma_type)), diploma_award_date
        order by school_year desc, record_year, last_modified_at desc, api_id
    ) = 1
),

diploma_types as (
    select codes.source_id, codes.namespace, codes.code, map.is_regular_diploma, map.is_high_school_completion
    from (select distinct source_id, namespace, diploma_type as code from diplomas) as codes
    join ref.diploma_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

people as (
    select student_xyear_key from reported_cohorts
    union distinct
    select student_xyear_key from seen_cohorts
    union distinct
    select student_xyear_key from diplomas
),

graduations as (
    select
        people.student_xyear_key,
        coalesce(diplomas.source_id, latest_students.source_id) as source_id,
        coalesce(latest_students.student_unique_id, diplomas.student_unique_id) as student_unique_id,
        latest_students.student_key,
        coalesce(diplomas.record_year, latest_students.school_year) as school_year,
        coalesce(reported_cohorts.cohort_year_9th_grade, seen_cohorts.school_year) as cohort_year_9th_grade,
        reported_cohorts.cohort_year_9th_grade is not null as is_cohort_year_reported,
        diplomas.diploma_type,
        diplomas.diploma_level,
        diplomas.diploma_award_date,
        diplomas.is_cte_completer,
        if(diplomas.diploma_type is null, null, coalesce(diploma_types.is_regular_diploma, false))
            as is_regular_diploma,
        coalesce(diploma_types.is_high_school_completion, false) as is_high_school_completion,
        last_enrollments.school_key,
        last_enrollments.exit_group,
        last_enrollments.is_active,
        last_enrollments.exit_withdraw_date,
        coalesce(
            greatest(diplomas.last_modified_at, latest_students.last_modified_at),
            diplomas.last_modified_at,
            latest_students.last_modified_at
        ) as last_modified_at
    from people
    left join latest_students on latest_students.student_xyear_key = people.student_xyear_key
    left join reported_cohorts on reported_cohorts.student_xyear_key = people.student_xyear_key
    left join seen_cohorts on seen_cohorts.student_xyear_key = people.student_xyear_key
    left join last_enrollments on last_enrollments.student_xyear_key = people.student_xyear_key
    left join diplomas on diplomas.student_xyear_key = people.student_xyear_key
    left join diploma_types
        on diploma_types.source_id = diplomas.source_id
        and diploma_types.namespace = diplomas.namespace
        and diploma_types.code = diplomas.diploma_type
),

judged as (
    select
        *,
        cohort_year_9th_grade + 3 as on_time_school_year,
        -- A record without a year says nothing on when; the student's graduation counts, and no span of years.
        if(cohort_year_9th_grade is null, null, coalesce(
            is_regular_diploma and school_year > 0 and school_year <= cohort_year_9th_grade + 3, false
        )) as is_graduate_in_4_years,
        if(cohort_year_9th_grade is null, null, coalesce(
            is_regular_diploma and school_year > 0 and school_year <= cohort_year_9th_grade + 4, false
        )) as is_graduate_in_5_years,
        if(cohort_year_9th_grade is null, null, coalesce(
            is_regular_diploma and school_year > 0 and school_year <= cohort_year_9th_grade + 5, false
        )) as is_graduate_in_6_years,
        countif(is_regular_diploma) over (partition by student_xyear_key) > 0 as has_graduated,
        countif(is_high_school_completion) over (partition by student_xyear_key) > 0 as has_completed
    from graduations
),

outcomes as (
    select
        *,
        case
            when has_graduated then 'Graduate'
            when has_completed then 'Other completer'
            when exit_group = 'Deceased' then 'Deceased'
            when is_active or (exit_withdraw_date is null and school_key is not null) then 'Still enrolled'
            when exit_group in ('Transfer in state', 'Transfer out', 'Transfer') then 'Transferred out'
            when exit_group = 'Dropout' then 'Dropout'
            else 'Unknown'
        end as cohort_outcome
    from judged
),

final as (
    select
        to_hex(md5(concat(
            student_xyear_key,
            '\u001f', coalesce(lower(trim(diploma_type)), ''),
            '\u001f', coalesce(cast(diploma_award_date as string), '')
        ))) as student_graduation_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        student_unique_id,
        school_key,
        cohort_year_9th_grade,
        is_cohort_year_reported,
        on_time_school_year,
        diploma_type,
        diploma_level,
        diploma_award_date,
        is_regular_diploma,
        is_cte_completer,
        is_graduate_in_4_years,
        is_graduate_in_5_years,
        is_graduate_in_6_years,
        exit_group as last_exit_group,
        cohort_outcome,
        cohort_year_9th_grade is not null and cohort_outcome not in ('Transferred out', 'Deceased')
            as is_in_adjusted_cohort,
        row_number() over (
            partition by student_xyear_key
            order by
                if(is_regular_diploma, 0, 1),
                if(is_high_school_completion, 0, 1),
                school_year,
                coalesce(diploma_award_date, date '9999-12-31'),
                diploma_type
        ) = 1 as is_primary_student_row,
        last_modified_at
    from outcomes
)

select * from final
