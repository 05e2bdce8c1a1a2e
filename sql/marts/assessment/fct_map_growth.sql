/* model
description: >-
  One row per student, subject and term of MAP Growth: of several tests the growth measure, then the one with the lowest
  error. From NWEA's export or partner API, and from an Ed-Fi API what NWEA itself does not tell of the same district.
  The words of ref.nwea_subjects tell the subject, as for what is delivered.
materialize: table
optional:
  - staging.stg_nwea__assessment_results
  - staging.stg_nwea__assessment_goals
  - staging.stg_nwea__students_by_school
  - staging.stg_nwea_partner__test_results
  - staging.stg_nwea_partner__instructional_areas
  - staging.stg_nwea_partner__students
  - staging.stg_nwea_partner__schools
  - staging.stg_nwea_partner__terms
  - staging.stg_edfi__student_assessments
  - staging.stg_edfi__objective_assessments
key: [map_growth_key]
cluster: [source_id]
columns:
  map_growth_key: {type: STRING, description: "Key of the row: source_id, student_id, subject, term_name."}
  source_id: {type: STRING, description: The configured source.}
  origin: {type: STRING, description: "Where it was told: export or partner (NWEA's), or edfi."}
  result_id: {type: STRING, description: "Id of the result there, the api_id of its staging model."}
  student_id:
    type: STRING
    description: "Id of the student as the district has it; of what an Ed-Fi API told its student_unique_id."
    pii: true
  student_state_id: {type: STRING, description: Id of the student in the state., pii: true}
  subject:
    type: STRING
    description: >-
      Mathematics, Reading, Reading (Spanish), which has a scale of its own, Language Usage, Science, or what NWEA calls
      one that is not in ref.nwea_subjects.
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  term_season: {type: STRING, description: "Fall, Winter, Spring or Summer."}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  grade_level: {type: STRING, description: Grade of the student at the time as it was told.}
  school_state_id: {type: STRING, description: Id of the school in the state.}
  test_name: {type: STRING, description: Name of the test.}
  test_date: {type: DATE, description: Day of the test.}
  test_duration_minutes: {type: INT64, description: Minutes that it took.}
  rit: {type: NUMERIC, description: RIT score.}
  rit_se: {type: NUMERIC, description: Standard error of the score.}
  percentile: {type: INT64, description: Percentile by the norms.}
  achievement_quintile: {type: STRING, description: "Fifth by the norms, from Low to High."}
  norms_reference: {type: STRING, description: Year of the norms; percentiles compare only within one.}
  is_growth_measure: {type: BOOL, description: Whether it is the test of its term that counts for growth.}
  rapid_guessing_percentage: {type: NUMERIC, description: "Share of answers that were guessed in haste, in percent."}
  lexile_score: {type: STRING, description: Lexile score.}
  quantile_score: {type: STRING, description: Quantile score.}
  goals:
    type: ARRAY<STRUCT<name STRING, rit NUMERIC, rit_range STRING, adjective STRING>>
    description: "Goals (instructional areas) with their score, its range and its fifth by the norms."
  tests_in_term: {type: INT64, description: Tests that the student took in this subject and term.}
  selection_reason: {type: STRING, description: "Why this one counts: only test, growth measure, or lowest error."}
  edfi_rit:
    type: NUMERIC
    description: "RIT score of the same student, subject and term in the district's Ed-Fi API; NULL where it has none."
  last_modified_at: {type: TIMESTAMP, description: When the result was last changed; of NWEA's when it was read.}
tests:
  - not_null: [source_id, origin, student_id, subject, term_name]
  - accepted_values: {column: origin, values: [export, partner, edfi]}
  - expression: {name: edfi_tells_the_same, sql: origin = 'edfi' or edfi_rit = rit, severity: warn}
  - range: {column: rit, min: 100, max: 350, severity: warn}
  - range: {column: percentile, min: 1, max: 99, severity: warn}
*/
with rosters as (
    select source_id, student_id, term_name, coalesce(nwea_grade, grade) as grade
    from staging.stg_nwea__students_by_school
    where true
    qualify row_number() over (
        partition by source_id, student_id, term_name order by extracted_at desc, api_id
    ) = 1
),

exported as (
    select
        'export' as origin,
        results.source_id,
        results.api_id,
        results.student_id,
        results.student_state_id,
        lower(concat(coalesce(course, ''), ' | ', coalesce(subject, ''))) as subject_text,
        coalesce(subject, course) as told_subject,
        results.term_name,
        rosters.grade as grade_level,
        results.school_state_id,
        results.test_name,
        results.test_date,
        results.test_duration_minutes,
        results.rit,
        results.rit_se,
        results.percentile,
        results.achievement_quintile,
        results.norms_reference,
        results.is_growth_measure,
        results.rapid_guessing_percentage,
        results.lexile_score,
        results.quantile_score,
        results.extracted_at as last_modified_at
    from staging.stg_nwea__assessment_results as results
    left join rosters
        on rosters.source_id = results.source_id
        and rosters.student_id = results.student_id
        and rosters.term_name = results.term_name
),

partner_students as (
    select source_id, student_bid, min(student_id) as student_id, min(student_state_id) as student_state_id
    from staging.stg_nwea_partner__students
    group by source_id, student_bid
),

partner as (
    select
        'partner' as origin,
        results.source_id,
        results.api_id,
        partner_students.student_id,
        partner_students.student_state_id,
        lower(concat(coalesce(results.test_name, ''), ' | ', coalesce(results.subject, ''))) as subject_text,
        results.subject as told_subject,
        terms.term_name,
        results.grade as grade_level,
        schools.school_state_id,
        results.test_name,
        results.test_date,
        results.test_duration_minutes,
        results.rit,
        results.rit_se,
        results.percentile,
        cast(null as string) as achievement_quintile,
        results.norms_reference,
        results.is_growth_measure,
        results.rapid_guessing_percentage,
        results.lexile_score,
        results.quantile_score,
        results.extracted_at as last_modified_at
    from staging.stg_nwea_partner__test_results as results
    join partner_students
        on partner_students.source_id = results.source_id and partner_students.student_bid = results.student_bid
    join staging.stg_nwea_partner__terms as terms
        on terms.source_id = results.source_id and terms.term_bid = results.term_bid
    left join staging.stg_nwea_partner__schools as schools
        on schools.source_id = results.source_id and schools.school_bid = results.school_bid
),

of_nwea as (
    select * from exported
    union all
    select * from partner
),

subject_words as (
    select texts.source_id, texts.subject_text, words.subject
    from (select distinct source_id, subject_text from of_nwea) as texts
    join ref.nwea_subjects as words
        on words.source_id in (texts.source_id, '*') and strpos(texts.subject_text, words.word) > 0
    where true
    qualify row_number() over (
        partition by texts.source_id, texts.subject_text
        order by if(words.source_id = '*', 1, 0), words.priority, words.word
    ) = 1
),

translated as (
    select
        of_nwea.* except (subject_text, told_subject),
        coalesce(subject_words.subject, of_nwea.told_subject) as map_subject
    from of_nwea
    left join subject_words
        on subject_words.source_id = of_nwea.source_id and subject_words.subject_text = of_nwea.subject_text
),

-- An identifier says the subject as whoever delivered it called it: by a code that every district shares, or its own.
code_subjects as (
    select assessment_code, subject
    from ref.nwea_subjects
    where true
    qualify row_number() over (
        partition by assessment_code order by if(source_id = '*', 0, 1), priority, source_id, word
    ) = 1
),

-- The ODS of each year may repeat what an earlier one has.
administrations as (
    select
        *,
        regexp_extract(json_value(period, '$.assessmentPeriodDescriptor'), r'[^#]*$') as season
    from staging.stg_edfi__student_assessments
    where regexp_contains(namespace, r'nwea.*/map/Assessment$') and starts_with(assessment_identifier, 'MAP_Growth_')
    qualify row_number() over (
        partition by source_id, student_unique_id, assessment_identifier, student_assessment_identifier
        order by school_year desc, last_modified_at desc, api_id
    ) = 1
),

results as (
    select
        administrations.source_id,
        administrations.school_year,
        administrations.api_id,
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        json_value(item, '$.result') as result
    from administrations
    cross join unnest(json_query_array(administrations.score_results)) as item
    union all
    select
        administrations.source_id,
        administrations.school_year,
        administrations.api_id,
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'[^#]*$') as result
    from administrations
    cross join unnest(json_query_array(administrations.performance_levels)) as item
),

measures as (
    select
        source_id,
        school_year,
        api_id,
        max(if(measure = 'RIT Scale Score', safe_cast(result as numeric), null)) as rit,
        max(if(measure = 'SEM', safe_cast(result as numeric), null)) as rit_se,
        max(if(measure = 'Test Percentile', safe_cast(result as int64), null)) as percentile,
        max(if(measure = 'Achievement Quintile', result, null)) as achievement_quintile,
        max(if(measure = 'Term Name', result, null)) as term_name,
        max(if(measure = 'Test Name', result, null)) as test_name,
        max(if(measure = 'Norms Reference', result, null)) as norms_reference,
        max(if(measure = 'Growth Measure YN', lower(substr(result, 1, 1)), null)) as growth_measure,
        max(if(measure = 'Test Duration Minutes', safe_cast(result as int64), null)) as test_duration_minutes,
        max(if(measure = 'Rapid Guessing Percentage', safe_cast(result as numeric), null))
            as rapid_guessing_percentage,
        max(if(measure = 'Lexile Score', result, null)) as lexile_score,
        max(if(measure = 'Quantile Score', result, null)) as quantile_score
    from results
    group by source_id, school_year, api_id
),

told as (
    select
        'edfi' as origin,
        administrations.source_id,
        administrations.api_id,
        administrations.student_unique_id as student_id,
        cast(null as string) as student_state_id,
        coalesce(
            measures.term_name,
            concat(
                administrations.season,
                ' ', cast(administrations.reported_school_year - 1 as string),
                '-', cast(administrations.reported_school_year as string)
            )
        ) as term_name,
        administrations.when_assessed_grade_level as grade_level,
        coalesce(
            administrations.reported_school_identifier,
            cast(administrations.reported_school_id as string)
        ) as school_state_id,
        coalesce(measures.test_name, administrations.assessment_identifier) as test_name,
        date(administrations.administration_date) as test_date,
        coalesce(measures.test_duration_minutes, administrations.assessed_minutes) as test_duration_minutes,
        measures.rit,
        measures.rit_se,
        measures.percentile,
        measures.achievement_quintile,
        measures.norms_reference,
        measures.growth_measure in ('y', 't') as is_growth_measure,
        measures.rapid_guessing_percentage,
        measures.lexile_score,
        measures.quantile_score,
        administrations.last_modified_at,
        coalesce(
            code_subjects.subject,
            replace(substr(administrations.assessment_identifier, 12), '_', ' ')
        ) as map_subject
    from administrations
    join measures
        on measures.source_id = administrations.source_id
        and measures.school_year = administrations.school_year
        and measures.api_id = administrations.api_id
    left join code_subjects
        on code_subjects.assessment_code = substr(administrations.assessment_identifier, 12)
),

tests as (
    select * from translated
    union all
    select * from told
),

keyed as (
    select
        *,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(student_id as string))),
            '\u001f', lower(trim(cast(map_subject as string))),
            '\u001f', lower(trim(cast(term_name as string)))
        ))) as map_growth_key
    from tests
    where student_id is not null and term_name is not null and rit is not null and map_subject is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by map_growth_key
            order by if(is_growth_measure, 0, 1), coalesce(rit_se, 1000), test_date desc, api_id
        ) as place,
        count(*) over (partition by map_growth_key) as tests_in_term
    from keyed
),

best as (
    select * from ranked where place = 1
),

objectives as (
    select
        administrations.source_id,
        administrations.school_year,
        administrations.api_id,
        administrations.namespace,
        administrations.assessment_identifier,
        json_value(item, '$.objectiveAssessmentReference.identificationCode') as identification_code,
        json_query(item, '$.scoreResults') as score_results,
        json_query(item, '$.performanceLevels') as performance_levels
    from administrations
    cross join unnest(json_query_array(administrations.student_objective_assessments)) as item
),

objective_results as (
    select
        objectives.* except (score_results, performance_levels),
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        json_value(item, '$.result') as result
    from objectives
    cross join unnest(json_query_array(objectives.score_results)) as item
    union all
    select
        objectives.* except (score_results, performance_levels),
        regexp_extract(json_value(item, '$.assessmentReportingMethodDescriptor'), r'[^#]*$') as measure,
        regexp_extract(json_value(item, '$.performanceLevelDescriptor'), r'[^#]*$') as result
    from objectives
    cross join unnest(json_query_array(objectives.performance_levels)) as item
),

objective_names as (
    select source_id, school_year, namespace, assessment_identifier, identification_code, min(description) as name
    from staging.stg_edfi__objective_assessments
    group by source_id, school_year, namespace, assessment_identifier, identification_code
),

goals as (
    select 'export' as origin, source_id, api_id, goal_number as place, goal_name as name, rit, rit_range, adjective
    from staging.stg_nwea__assessment_goals
    union all
    select
        'partner' as origin,
        source_id,
        api_id,
        area_number as place,
        area_name as name,
        rit,
        rit_range,
        cast(null as string) as adjective
    from staging.stg_nwea_partner__instructional_areas
    union all
    select
        'edfi' as origin,
        objective_results.source_id,
        objective_results.api_id,
        0 as place,
        coalesce(min(objective_names.name), objective_results.identification_code) as name,
        max(if(objective_results.measure = 'RIT Scale Score', safe_cast(objective_results.result as numeric), null))
            as rit,
        max(if(objective_results.measure = 'Goal Range', objective_results.result, null)) as rit_range,
        max(if(objective_results.measure = 'Goal Adjective', objective_results.result, null)) as adjective
    from objective_results
    left join objective_names
        on objective_names.source_id = objective_results.source_id
        and objective_names.school_year = objective_results.school_year
        and objective_names.namespace = objective_results.namespace
        and objective_names.assessment_identifier = objective_results.assessment_identifier
        and objective_names.identification_code = objective_results.identification_code
    group by objective_results.source_id, objective_results.api_id, objective_results.identification_code
),

goal_lists as (
    select
        origin,
        source_id,
        api_id,
        array_agg(struct(name, rit, rit_range, adjective) order by place, name) as goals
    from goals
    where name is not null
    group by origin, source_id, api_id
),

-- An export and an Ed-Fi API are of one district when results are delivered from one to the other, or when there is one
-- of each.
districts as (
    select source_id as nwea_source_id, target_id as edfi_source_id
    from ref.deliveries
    where pipeline = 'nwea_edfi'
    union distinct
    select
        min(if(origin != 'edfi', source_id, null)) as nwea_source_id,
        min(if(origin = 'edfi', source_id, null)) as edfi_source_id
    from best
    having count(distinct if(origin != 'edfi', source_id, null)) = 1
        and count(distinct if(origin = 'edfi', source_id, null)) = 1
),

twins as (
    select
        of_export.map_growth_key as export_key,
        of_edfi.map_growth_key as edfi_key,
        of_edfi.rit as edfi_rit
    from best as of_export
    join districts on districts.nwea_source_id = of_export.source_id
    join best as of_edfi
        on of_edfi.source_id = districts.edfi_source_id
        and of_edfi.map_subject = of_export.map_subject
        and of_edfi.term_name = of_export.term_name
        and of_edfi.student_id in (of_export.student_id, of_export.student_state_id)
    where of_export.origin != 'edfi' and of_edfi.origin = 'edfi'
),

told_twice as (
    select distinct edfi_key from twins
),

-- Of a district whose export and partner API go into one delivery, the export's, which says more.
told_beside as (
    select distinct by_partner.map_growth_key as partner_key
    from ref.deliveries as partner_delivery
    join ref.deliveries as export_delivery
        on export_delivery.pipeline = partner_delivery.pipeline and export_delivery.sent_as = partner_delivery.sent_as
    join best as by_partner on by_partner.source_id = partner_delivery.source_id
    join best as by_export
        on by_export.source_id = export_delivery.source_id
        and by_export.student_id = by_partner.student_id
        and by_export.map_subject = by_partner.map_subject
        and by_export.term_name = by_partner.term_name
    where partner_delivery.pipeline = 'nwea_edfi' and by_partner.origin = 'partner' and by_export.origin = 'export'
),

edfi_scores as (
    select export_key, min(edfi_rit) as edfi_rit from twins group by export_key
),

final as (
    select
        best.map_growth_key,
        best.source_id,
        best.origin,
        best.api_id as result_id,
        best.student_id,
        best.student_state_id,
        best.map_subject as subject,
        best.term_name,
        regexp_extract(best.term_name, r'^(\w+)') as term_season,
        safe_cast(regexp_extract(best.term_name, r'(\d{4})$') as int64) as school_year,
        best.grade_level,
        best.school_state_id,
        best.test_name,
        best.test_date,
        best.test_duration_minutes,
        best.rit,
        best.rit_se,
        best.percentile,
        best.achievement_quintile,
        best.norms_reference,
        coalesce(best.is_growth_measure, false) as is_growth_measure,
        best.rapid_guessing_percentage,
        best.lexile_score,
        best.quantile_score,
        coalesce(
            goal_lists.goals,
            cast([] as array<struct<name string, rit numeric, rit_range string, adjective string>>)
        ) as goals,
        best.tests_in_term,
        case
            when best.tests_in_term = 1 then 'only test'
            when best.is_growth_measure then 'growth measure'
            else 'lowest error'
        end as selection_reason,
        if(best.origin = 'edfi', best.rit, edfi_scores.edfi_rit) as edfi_rit,
        best.last_modified_at
    from best
    left join goal_lists
        on goal_lists.origin = best.origin
        and goal_lists.source_id = best.source_id
        and goal_lists.api_id = best.api_id
    left join told_twice on told_twice.edfi_key = best.map_growth_key
    left join edfi_scores on edfi_scores.export_key = best.map_growth_key
    left join told_beside on told_beside.partner_key = best.map_growth_key
    where told_twice.edfi_key is null and told_beside.partner_key is null
)

select * from final
