/* model
description: >-
  One row per result of a MAP Growth test that could be delivered: what it is called in the target, whose it is there,
  and, where it is not sent, why. Everything that is sent about a result is made from here. It does not matter whether
  the district's export or the partner API tells it; of a test that both tell the export's result is sent, which says
  more.
materialize: table
optional:
  - staging.stg_nwea__assessment_results
  - staging.stg_nwea__students_by_school
  - staging.stg_nwea_partner__test_results
  - staging.stg_nwea_partner__students
  - staging.stg_nwea_partner__schools
  - staging.stg_nwea_partner__terms
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The NWEA source that the delivery names first.}
  api_id:
    type: STRING
    description: >-
      Id of the result where it is told; of what another source than that one tells, behind that: map-partner/9f0c.
  told_by: {type: STRING, description: The NWEA source that tells it.}
  told_id: {type: STRING, description: Id of the result there.}
  is_by_partner: {type: BOOL, description: "Whether that is the partner API, and not the district's export."}
  target_id: {type: STRING, description: The Ed-Fi source that it goes to.}
  data_standard: {type: INT64, description: The target's data standard.}
  namespace: {type: STRING, description: Beginning of all namespaces that are written.}
  assessment_namespace: {type: STRING, description: Namespace of the assessments.}
  school_year: {type: INT64, description: The target's school year that it goes to.}
  term_school_year: {type: INT64, description: "School year that the term belongs to, the year in which it ends."}
  term_name: {type: STRING, description: "Term, such as Fall 2021-2022."}
  season: {type: STRING, description: "Fall, Winter, Spring or Summer."}
  assessment_identifier: {type: STRING, description: "One per subject: MAP_Growth_Reading."}
  assessment_title: {type: STRING, description: Its title.}
  academic_subject: {type: STRING, description: "Ed-Fi's descriptor of the subject."}
  student_assessment_identifier:
    type: STRING
    description: >-
      Id of the result where it is told: TestID, or testResultBid. Where none is told, or computed ids are asked for, a
      hash of what both of NWEA's ways tell: student, day and test, never of the score; the second of a day ends in -2.
  nwea_student_id: {type: STRING, description: Id by which the target's student was looked for., pii: true}
  student_unique_id: {type: STRING, description: Id of the student in the target.}
  administration_date:
    type: STRING
    description: "When the test began, in UTC; where no time is told, the day at midnight, untranslated."
  duration_minutes: {type: INT64, description: Minutes that it took.}
  grade: {type: STRING, description: Grade in the term.}
  grade_level: {type: STRING, description: "Ed-Fi's descriptor of it; NULL where ref.nwea_grade_levels has none."}
  school_id: {type: INT64, description: "School of the test, where the target has it."}
  school_state_id: {type: STRING, description: "Id of that school in the state, as NWEA tells it."}
  reason: {type: STRING, description: Why it is not sent; NULL for one that is.}
tests:
  - not_null: [target_id, data_standard, namespace]
  - expression:
      name: sent_results_are_whole
      sql: >-
        reason is not null or concat(
            cast(school_year as string), assessment_identifier, student_assessment_identifier, student_unique_id
        ) is not null
  - expression: {name: identifiers_fit, sql: length(student_assessment_identifier) <= 60}
*/
with deliveries as (
    select
        * except (
            source_id, sent_as, namespace, student_id, target_student_id, result_ids, summer_term, min_match_rate
        ),
        source_id as told_by,
        coalesce(sent_as, source_id) as source_id,
        coalesce(namespace, 'uri://www.nwea.org') as namespace,
        coalesce(student_id, 'student_state_id') as student_id_kind,
        coalesce(target_student_id, 'student_unique_id') as target_student_id_kind,
        coalesce(result_ids, 'told') as result_ids,
        coalesce(summer_term, 'ended') as summer_term,
        coalesce(min_match_rate, 0.5) as min_match_rate
    from ref.deliveries
    where pipeline = 'nwea_edfi'
),

students as (
    select * from marts.dim_student
),

schools as (
    select * from marts.dim_school
),

rosters as (
    select * from staging.stg_nwea__students_by_school
),

partner_students as (
    select
        source_id,
        student_bid,
        min(student_id) as student_id,
        min(student_state_id) as student_state_id,
        min(grade) as grade
    from staging.stg_nwea_partner__students
    group by source_id, student_bid
),

partner_schools as (
    select source_id, school_bid, min(school_state_id) as school_state_id
    from staging.stg_nwea_partner__schools
    group by source_id, school_bid
),

partner_terms as (
    select source_id, term_bid, min(term_name) as term_name
    from staging.stg_nwea_partner__terms
    group by source_id, term_bid
),

told as (
    select
        source_id as told_by,
        api_id as told_id,
        test_id as result_id,
        false as is_by_partner,
        student_id,
        student_state_id,
        concat(coalesce(course, ''), ' | ', coalesce(subject, '')) as subject_text,
        term_name,
        school_state_id,
        test_name,
        test_date as told_date,
        coalesce(
            safe.parse_time('%H:%M:%S', trim(test_start_time)),
            safe.parse_time('%H:%M', trim(test_start_time)),
            safe.parse_time('%I:%M:%S %p', trim(test_start_time)),
            safe.parse_time('%I:%M %p', trim(test_start_time))
        ) as told_time,
        cast(null as timestamp) as told_at,
        test_duration_minutes,
        rit,
        is_growth_measure,
        true as is_complete,
        cast(null as string) as own_grade,
        extracted_at
    from staging.stg_nwea__assessment_results
    union all
    select
        results.source_id,
        results.api_id,
        results.test_result_bid,
        true,
        partner_students.student_id,
        partner_students.student_state_id,
        concat(coalesce(results.test_name, ''), ' | ', coalesce(results.subject, '')),
        partner_terms.term_name,
        partner_schools.school_state_id,
        results.test_name,
        cast(null as date),
        cast(null as time),
        results.started_at,
        results.test_duration_minutes,
        results.rit,
        results.is_growth_measure,
        coalesce(starts_with(lower(results.status), 'complete'), true),
        coalesce(results.grade, partner_students.grade),
        results.extracted_at
    from staging.stg_nwea_partner__test_results as results
    left join partner_students
        on partner_students.source_id = results.source_id and partner_students.student_bid = results.student_bid
    left join partner_schools
        on partner_schools.source_id = results.source_id and partner_schools.school_bid = results.school_bid
    left join partner_terms
        on partner_terms.source_id = results.source_id and partner_terms.term_bid = results.term_bid
),

results as (
    select
        told.* except (subject_text, told_date, told_time, told_at),
        deliveries.* except (told_by, pipeline, student_id_kind),
        if(told.told_by = deliveries.source_id, told.told_id, concat(told.told_by, '/', told.told_id)) as api_id,
        nullif(trim(if(
            deliveries.student_id_kind = 'student_id',
            told.student_id,
            told.student_state_id
        )), '') as nwea_student_id,
        lower(told.subject_text) as subject_text,
        coalesce(told.told_date, date(told.told_at, deliveries.time_zone)) as test_date,
        coalesce(
            told.told_at,
            timestamp(
                concat(cast(told.told_date as string), ' ', cast(told.told_time as string)), deliveries.time_zone
            )
        ) as started_at,
        initcap(regexp_extract(lower(told.term_name), r'fall|winter|spring|summer')) as season,
        safe_cast(regexp_extract(told.term_name, r'\d{4}') as int64) as first_year,
        safe_cast(regexp_extract(told.term_name, r'\d{4}\D+(\d{4})') as int64) as second_year
    from told
    join deliveries on deliveries.told_by = told.told_by
),

-- Of a term that is told by one year, such as Fall 2021 or Fall 2021-22, the fall began the school year.
dated as (
    select
        *,
        coalesce(
            second_year,
            first_year + if(season = 'Fall' or regexp_contains(term_name, r'\d{4}-\d{2}$'), 1, 0)
        ) + if(season = 'Summer' and summer_term = 'coming', 1, 0) as term_school_year
    from results
),

placed as (
    select
        *,
        case
            when into_school_year is not null then into_school_year
            when 0 in unnest(target_school_years) then 0
            else term_school_year
        end as target_school_year
    from dated
),

subject_words as (
    select texts.told_by, texts.subject_text, words.subject, words.assessment_code, words.academic_subject
    from (select distinct told_by, subject_text from results) as texts
    join ref.nwea_subjects as words
        on words.source_id in (texts.told_by, '*') and strpos(texts.subject_text, words.word) > 0
    where true
    qualify row_number() over (
        partition by texts.told_by, texts.subject_text
        order by if(words.source_id = '*', 1, 0), words.priority, words.word
    ) = 1
),

-- Ids are texts: 007 is another student than 7.
student_ids as (
    select source_id, school_year, student_unique_id, 'student_unique_id' as id_kind, student_unique_id as id
    from students
    union all
    select source_id, school_year, student_unique_id, 'state', state_student_id from students
    union all
    select source_id, school_year, student_unique_id, 'local', local_student_id from students
),

plain_ids as (
    select * except (id), lower(trim(id)) as plain_id from student_ids where id is not null
),

known_ids as (
    select
        source_id,
        school_year,
        id_kind,
        plain_id,
        min(student_unique_id) as student_unique_id,
        count(distinct student_unique_id) as students
    from plain_ids
    group by source_id, school_year, id_kind, plain_id
),

on_rosters as (
    select
        placed.told_by,
        placed.api_id,
        coalesce(rosters.nwea_grade, rosters.grade) as grade
    from placed
    join rosters
        on rosters.source_id = placed.told_by
        and rosters.term_name = placed.term_name
        and rosters.student_id = placed.student_id
    where not placed.is_by_partner
    qualify row_number() over (
        partition by placed.told_by, placed.api_id
        order by if(rosters.school_state_id = placed.school_state_id, 0, 1), rosters.api_id
    ) = 1
),

grades as (
    select told_by, api_id, regexp_replace(upper(trim(grade)), r'^0+([1-9])', r'\1') as grade
    from on_rosters
    union all
    select told_by, api_id, regexp_replace(upper(trim(own_grade)), r'^0+([1-9])', r'\1')
    from placed
    where is_by_partner
),

grade_levels as (
    select grades.told_by, grades.api_id, grades.grade, map.grade_level
    from grades
    left join ref.nwea_grade_levels as map
        on map.source_id in (grades.told_by, '*') and map.grade = grades.grade
    where true
    qualify row_number() over (
        partition by grades.told_by, grades.api_id order by if(map.source_id = '*', 1, 0)
    ) = 1
),

identified as (
    select
        placed.*,
        subject_words.subject as map_subject,
        subject_words.academic_subject,
        if(starts_with(lower(placed.test_name), 'screening'), 'MAP Screening', 'MAP Growth') as family,
        subject_words.assessment_code,
        to_hex(md5(concat(
            coalesce(known_ids.student_unique_id, placed.nwea_student_id, ''),
            '\u001f', coalesce(cast(placed.test_date as string), placed.term_name, ''),
            '\u001f', lower(trim(coalesce(placed.test_name, placed.subject_text)))
        ))) as day_identifier,
        known_ids.student_unique_id,
        coalesce(known_ids.students, 0) as students_found,
        grade_levels.grade,
        grade_levels.grade_level,
        schools.school_id
    from placed
    left join subject_words
        on subject_words.told_by = placed.told_by and subject_words.subject_text = placed.subject_text
    left join known_ids
        on known_ids.source_id = placed.target_id
        and known_ids.school_year = placed.target_school_year
        and known_ids.id_kind = placed.target_student_id_kind
        and known_ids.plain_id = lower(placed.nwea_student_id)
    left join grade_levels
        on grade_levels.told_by = placed.told_by and grade_levels.api_id = placed.api_id
    left join schools
        on schools.source_id = placed.target_id
        and schools.school_year = placed.target_school_year
        and cast(schools.school_id as string) = trim(placed.school_state_id)
),

-- A test that is taken again on the same day is another one. The one that counts comes first, for the partner API tells
-- no other.
ordered as (
    select
        *,
        dense_rank() over (
            partition by told_by, target_school_year, day_identifier
            order by if(is_growth_measure, 0, 1), started_at
        ) as turn
    from identified
),

numbered as (
    select
        *,
        coalesce(
            if(result_ids = 'told' and length(trim(result_id)) between 1 and 60, trim(result_id), null),
            if(turn = 1, day_identifier, concat(day_identifier, '-', cast(turn as string)))
        ) as student_assessment_identifier
    from ordered
),

match_rates as (
    select
        source_id,
        target_school_year,
        safe_divide(
            count(distinct if(students_found > 0, nwea_student_id, null)),
            count(distinct nwea_student_id)
        ) as match_rate
    from numbered
    group by source_id, target_school_year
),

judged as (
    select
        numbered.*,
        case
            when numbered.nwea_student_id is null then 'no id of the student'
            when numbered.season is null or numbered.term_school_year is null then 'no school year in the term'
            when numbered.target_school_year not in unnest(numbered.target_school_years)
                then 'no such school year in the target'
            when numbered.assessment_code is null then 'subject not in ref.nwea_subjects'
            when numbered.rit is null then 'no score'
            when numbered.data_standard < 4 and numbered.test_date is null then 'no day of the test'
            when not numbered.is_complete then 'test was not completed'
            when numbered.students_found = 0 then 'student not in the target'
            when numbered.students_found > 1 then 'several students of the target with this id'
            when match_rates.match_rate < numbered.min_match_rate then 'too few students matched'
        end as own_reason
    from numbered
    left join match_rates
        on match_rates.source_id = numbered.source_id
        and match_rates.target_school_year = numbered.target_school_year
),

-- A result that is told twice, such as of a student in two schools, is one to the target: the later one, and of those
-- of two sources that of the export.
ranked as (
    select
        *,
        row_number() over (
            partition by
                source_id,
                target_school_year,
                family,
                assessment_code,
                student_unique_id,
                student_assessment_identifier,
                own_reason is null
            order by
                if(is_by_partner, 1, 0),
                extracted_at desc,
                test_date desc,
                if(school_id is null, 1, 0),
                api_id
        ) as place,
        logical_or(not is_by_partner) over (
            partition by
                source_id,
                target_school_year,
                family,
                assessment_code,
                student_unique_id,
                student_assessment_identifier,
                own_reason is null
        ) as is_exported
    from judged
),

final as (
    select
        source_id,
        api_id,
        told_by,
        told_id,
        is_by_partner,
        target_id,
        data_standard,
        namespace,
        concat(namespace, '/map/Assessment') as assessment_namespace,
        target_school_year as school_year,
        term_school_year,
        term_name,
        season,
        concat(replace(family, ' ', '_'), '_', assessment_code) as assessment_identifier,
        concat('NWEA ', family, ': ', map_subject) as assessment_title,
        academic_subject,
        student_assessment_identifier,
        nwea_student_id,
        student_unique_id,
        coalesce(
            format_timestamp('%Y-%m-%dT%H:%M:%SZ', started_at),
            concat(cast(test_date as string), 'T00:00:00Z')
        ) as administration_date,
        test_duration_minutes as duration_minutes,
        grade,
        grade_level,
        school_id,
        nullif(trim(school_state_id), '') as school_state_id,
        case
            when own_reason is not null then own_reason
            when is_by_partner and is_exported then 'the export tells it, too'
            when place > 1 then 'the same result is sent once'
        end as reason
    from ranked
)

select * from final
