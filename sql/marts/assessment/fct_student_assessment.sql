/* model
description: >-
  One row per administration of an assessment to a student, with the results that most questions are about; all results
  are in fct_student_assessment_score. A student or an enrollment that is not known takes no row away.
materialize: table
key: [student_assessment_key]
cluster: [school_year, assessment_key, student_key]
columns:
  student_assessment_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, namespace, assessment_identifier,
      student_assessment_identifier.
  student_key: {type: STRING, description: Student of the ODS's year.}
  student_xyear_key: {type: STRING, description: The same student in all years.}
  assessment_key: {type: STRING, description: The assessment.}
  enrollment_key:
    type: STRING
    description: >-
      The enrollment in force on the day of the administration, one where there are several; NULL without one.
  school_key:
    type: STRING
    description: "The school that the source reports with the result; without one, that of the enrollment."
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  administration_school_year:
    type: INT64
    description: >-
      School year of the administration, as reported or by its date; an ODS also holds results of earlier years.
  student_unique_id: {type: STRING, description: The student's id in Ed-Fi.}
  namespace: {type: STRING, description: Whose assessment it is.}
  assessment_identifier: {type: STRING, description: Id of the assessment in its namespace.}
  student_assessment_identifier: {type: STRING, description: Id of the administration.}
  administration_date:
    type: DATE
    description: Day of the administration where the school is; a time of midnight UTC is a date sent without a time.
  administration_end_date: {type: DATE, description: Day on which it ended.}
  administered_at: {type: TIMESTAMP, description: Time of the administration as reported.}
  administration_period: {type: STRING, description: "Window in which it was given, such as BOY."}
  academic_subject: {type: STRING, description: Subject of the assessment.}
  when_assessed_grade_level: {type: STRING, description: Grade level of the student when assessed.}
  assessed_grade_level: {type: STRING, description: Grade level of the form that was given.}
  platform: {type: STRING, description: Paper or computer.}
  administration_environment: {type: STRING, description: Where it was given.}
  administration_language: {type: STRING, description: Language in which it was given.}
  retest_indicator: {type: STRING, description: Whether it was a retest.}
  reason_not_tested: {type: STRING, description: Why the student has no result.}
  event_circumstance: {type: STRING, description: What was unusual about it.}
  assessed_minutes: {type: INT64, description: Length in minutes.}
  scale_score: {type: NUMERIC, description: Scale score of the whole assessment by ref.assessment_scores.}
  percentile: {type: NUMERIC, description: Percentile of the whole assessment by ref.assessment_scores.}
  raw_score: {type: NUMERIC, description: Raw score of the whole assessment by ref.assessment_scores.}
  performance_level:
    type: STRING
    description: "Performance level that was met, the highest by ref.assessment_levels where there are several."
  performance_level_order:
    type: INT64
    description: >-
      Its place among the levels, higher is better; NULL when not mapped.
  is_proficient:
    type: BOOL
    description: "The level meets the standard by ref.assessment_levels; false also where one that does was not met."
  accommodations: {type: ARRAY<STRING>, description: Accommodations in alphabetical order.}
  other_results:
    type: JSON
    description: >-
      Scores of the whole assessment that have no column here, as a list of reporting_method, result, data_type.
  has_result: {type: BOOL, description: "Has a score or a level that was met, of the whole or of an objective."}
  is_newest_copy:
    type: BOOL
    description: "Not repeated by the ODS of a later year. Count these, or count some administrations twice."
  is_best_of_year:
    type: BOOL
    description: >-
      The student's best result in the assessment in administration_school_year, by scale score, then level, then raw
      score.
  is_latest: {type: BOOL, description: The student's latest administration of the assessment that has a result.}
  is_in_student_dim: {type: BOOL, description: The student is known in that year.}
  last_modified_at: {type: TIMESTAMP, description: When the administration was last changed.}
tests:
  - not_null: [source_id, school_year, has_result, is_newest_copy, is_best_of_year, is_latest, is_in_student_dim]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: assessment_key, to: marts.dim_assessment, min_match: 0.99, severity: warn}
  - relationship: {column: enrollment_key, to: marts.fct_student_school}
  - range: {column: percentile, min: 0, max: 100, severity: warn}
*/
with student_assessments as (
    select
        *,
        -- A record without its whole natural key stands for itself.
        coalesce(
            student_assessment_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as administration_key
    from staging.stg_edfi__student_assessments
),

results as (
    select * from marts.fct_student_assessment_score
),

assessments as (
    select * from marts.dim_assessment
),

students as (
    select * from marts.dim_student
),

enrollments as (
    select * from marts.fct_student_school where is_valid
),

parameters as (
    select
        sources.source_id,
        parameters.timezone,
        parameters.year_start_month
    from (select distinct source_id from student_assessments) as sources
    inner join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

-- Whoever sends a date has it stored as midnight UTC: that is no moment, and in no time zone another day.
dated as (
    select
        student_assessments.*,
        if(
            administration_date = timestamp_trunc(administration_date, day),
            date(administration_date),
            date(administration_date, parameters.timezone)
        ) as date,
        if(
            administration_end_date = timestamp_trunc(administration_end_date, day),
            date(administration_end_date),
            date(administration_end_date, parameters.timezone)
        ) as end_date,
        parameters.year_start_month
    from student_assessments
    left join parameters on student_assessments.source_id = parameters.source_id
),

administrations as (
    select
        *,
        coalesce(
            reported_school_year,
            if(
                year_start_month > 1 and extract(month from date) >= year_start_month,
                extract(year from date) + 1,
                extract(year from date)
            ),
            school_year
        ) as administration_school_year
    from dated
),

covering_enrollments as (
    select
        administrations.administration_key,
        enrollments.enrollment_key,
        enrollments.school_key
    from administrations
    inner join enrollments
        on administrations.student_xyear_key = enrollments.student_xyear_key
        and enrollments.school_year in (administrations.school_year, administrations.administration_school_year)
        and administrations.date >= enrollments.entry_date
        and administrations.date <= coalesce(enrollments.last_membership_date, date '9999-12-31')
    where true
    qualify row_number() over (
        partition by administrations.administration_key
        order by
            if(enrollments.school_key = administrations.reported_school_key, 0, 1),
            if(enrollments.school_year = administrations.administration_school_year, 0, 1),
            if(enrollments.is_primary_school, 0, 1),
            enrollments.entry_date desc,
            enrollments.enrollment_key
    ) = 1
),

-- One score for each measure that has a column. Among several, Scale score itself comes before what is mapped to it.
ranked_scores as (
    select
        student_assessment_key,
        reporting_method,
        reporting_method_namespace,
        measure,
        result_text,
        result_number,
        result_data_type,
        measure in ('scale_score', 'percentile', 'raw_score')
        and result_number is not null
        and row_number() over (
            partition by student_assessment_key, measure
            order by
                if(result_number is null, 1, 0),
                if(lower(replace(reporting_method, ' ', '_')) = measure, 0, 1),
                lower(reporting_method),
                reporting_method_namespace
        ) = 1 as has_column
    from results
    where is_overall
        and kind = 'score'
),

scores as (
    select
        student_assessment_key,
        max(if(has_column and measure = 'scale_score', result_number, null)) as scale_score,
        max(if(has_column and measure = 'percentile', result_number, null)) as percentile,
        max(if(has_column and measure = 'raw_score', result_number, null)) as raw_score
    from ranked_scores
    group by student_assessment_key
),

other_scores as (
    select
        student_assessment_key,
        parse_json(to_json_string(array_agg(
            struct(reporting_method, result_text as result, result_data_type as data_type)
            order by lower(reporting_method), reporting_method_namespace
        ))) as other_results
    from ranked_scores
    where not coalesce(has_column, false)
    group by student_assessment_key
),

met_levels as (
    select
        student_assessment_key,
        result_text as performance_level,
        performance_level_order,
        is_proficient
    from results
    where is_overall
        and measure = 'performance_level'
        and coalesce(is_met, true)
        and result_text is not null
    qualify row_number() over (
        partition by student_assessment_key
        order by
            if(performance_level_order is null, 1, 0),
            if(kind = 'performance_level', 0, 1),
            performance_level_order desc,
            lower(result_text),
            lower(reporting_method)
    ) = 1
),

summaries as (
    select
        student_assessment_key,
        countif(kind = 'score' or is_met) > 0 as has_result,
        countif(is_overall and not is_met and is_proficient) > 0 as has_missed_proficiency
    from results
    group by student_assessment_key
),

known_students as (
    select distinct student_key from students
),

resulted as (
    select
        administrations.*,
        assessments.subject as academic_subject,
        covering_enrollments.enrollment_key,
        coalesce(administrations.reported_school_key, covering_enrollments.school_key) as school_key,
        scores.scale_score,
        scores.percentile,
        scores.raw_score,
        met_levels.performance_level,
        met_levels.performance_level_order,
        coalesce(met_levels.is_proficient, if(summaries.has_missed_proficiency, false, null)) as is_proficient,
        other_scores.other_results,
        coalesce(summaries.has_result, false) as has_result,
        known_students.student_key is not null as is_in_student_dim,
        coalesce(
            lower(concat(
                trim(administrations.student_unique_id),
                '\u001f', trim(administrations.namespace),
                '\u001f', trim(administrations.assessment_identifier)
            )),
            administrations.administration_key
        ) as taken_assessment
    from administrations
    left join assessments on administrations.assessment_key = assessments.assessment_key
    left join covering_enrollments on administrations.administration_key = covering_enrollments.administration_key
    left join scores on administrations.administration_key = scores.student_assessment_key
    left join other_scores on administrations.administration_key = other_scores.student_assessment_key
    left join met_levels on administrations.administration_key = met_levels.student_assessment_key
    left join summaries on administrations.administration_key = summaries.student_assessment_key
    left join known_students on administrations.student_key = known_students.student_key
),

copies as (
    select
        *,
        row_number() over (
            partition by
                source_id,
                taken_assessment,
                coalesce(lower(trim(student_assessment_identifier)), administration_key)
            order by school_year desc, last_modified_at desc, administration_key
        ) = 1 as is_newest_copy
    from resulted
),

ranked as (
    select
        *,
        row_number() over (
            partition by source_id, taken_assessment, administration_school_year, is_newest_copy, has_result
            order by
                scale_score desc,
                performance_level_order desc,
                raw_score desc,
                administration_date desc,
                administration_key
        ) as rank_of_year,
        row_number() over (
            partition by source_id, taken_assessment, is_newest_copy, has_result
            order by administration_date desc, school_year desc, administration_key
        ) as rank_of_date
    from copies
),

final as (
    select
        administration_key as student_assessment_key,
        student_key,
        student_xyear_key,
        assessment_key,
        enrollment_key,
        school_key,
        source_id,
        school_year,
        administration_school_year,
        student_unique_id,
        namespace,
        assessment_identifier,
        student_assessment_identifier,
        date as administration_date,
        end_date as administration_end_date,
        administration_date as administered_at,
        regexp_extract(json_value(period, '$.assessmentPeriodDescriptor'), r'[^#]*$') as administration_period,
        academic_subject,
        when_assessed_grade_level,
        assessed_grade_level,
        platform_type as platform,
        administration_environment,
        administration_language,
        retest_indicator,
        reason_not_tested,
        event_circumstance,
        assessed_minutes,
        scale_score,
        percentile,
        raw_score,
        performance_level,
        performance_level_order,
        is_proficient,
        array(
            select distinct regexp_extract(json_value(item, '$.accommodationDescriptor'), r'[^#]*$') as accommodation
            from unnest(json_query_array(ranked.accommodations)) as item
            where json_value(item, '$.accommodationDescriptor') is not null
            order by accommodation
        ) as accommodations,
        other_results,
        has_result,
        is_newest_copy,
        is_newest_copy and has_result and rank_of_year = 1 as is_best_of_year,
        is_newest_copy and has_result and rank_of_date = 1 as is_latest,
        is_in_student_dim,
        last_modified_at
    from ranked
)

select * from final
