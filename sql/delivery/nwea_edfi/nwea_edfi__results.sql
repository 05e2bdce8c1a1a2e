/* model
description: >-
  One row per result of a MAP Growth test that could be delivered: what it is called in the target, whose it is there,
  and, where it is not sent, why. Everything that is sent about a result is made from here.
materialize: table
key: [source_id, api_id]
cluster: [source_id]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  api_id: {type: STRING, description: "Id of the result, as in stg_nwea__assessment_results."}
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
    description: "Id of the test; where it has none, a hash of student, day, time and test, never of the score."
  nwea_student_id: {type: STRING, description: Id by which the target's student was looked for., pii: true}
  student_unique_id: {type: STRING, description: Id of the student in the target.}
  administration_date:
    type: STRING
    description: "When the test began, in UTC; where no time is told, the day at midnight, untranslated."
  duration_minutes: {type: INT64, description: Minutes that it took.}
  grade: {type: STRING, description: Grade on the roster of the term.}
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
        * except (namespace, student_id, target_student_id, summer_term, min_match_rate),
        coalesce(namespace, 'uri://www.nwea.org') as namespace,
        coalesce(student_id, 'student_state_id') as student_id_kind,
        coalesce(target_student_id, 'student_unique_id') as target_student_id_kind,
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

results as (
    select
        results.*,
        deliveries.target_id,
        deliveries.target_school_years,
        deliveries.time_zone,
        deliveries.data_standard,
        deliveries.namespace,
        deliveries.target_student_id_kind,
        deliveries.into_school_year,
        deliveries.summer_term,
        deliveries.min_match_rate,
        nullif(trim(if(
            deliveries.student_id_kind = 'student_id',
            results.student_id,
            results.student_state_id
        )), '') as nwea_student_id,
        lower(concat(coalesce(results.course, ''), ' | ', coalesce(results.subject, ''))) as subject_text,
        initcap(regexp_extract(lower(results.term_name), r'fall|winter|spring|summer')) as season,
        safe_cast(regexp_extract(results.term_name, r'\d{4}') as int64) as first_year,
        safe_cast(regexp_extract(results.term_name, r'\d{4}\D+(\d{4})') as int64) as second_year,
        coalesce(
            safe.parse_time('%H:%M:%S', trim(results.test_start_time)),
            safe.parse_time('%H:%M', trim(results.test_start_time)),
            safe.parse_time('%I:%M:%S %p', trim(results.test_start_time)),
            safe.parse_time('%I:%M %p', trim(results.test_start_time))
        ) as start_time
    from staging.stg_nwea__assessment_results as results
    join deliveries on deliveries.source_id = results.source_id
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
    select texts.source_id, texts.subject_text, words.subject, words.assessment_code, words.academic_subject
    from (select distinct source_id, subject_text from results) as texts
    join ref.nwea_subjects as words
        on words.source_id in (texts.source_id, '*') and strpos(texts.subject_text, words.word) > 0
    where true
    qualify row_number() over (
        partition by texts.source_id, texts.subject_text
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

grades as (
    select
        placed.source_id,
        placed.api_id,
        regexp_replace(upper(trim(coalesce(rosters.nwea_grade, rosters.grade))), r'^0+([1-9])', r'\1') as grade
    from placed
    join rosters
        on rosters.source_id = placed.source_id
        and rosters.term_name = placed.term_name
        and rosters.student_id = placed.student_id
    where true
    qualify row_number() over (
        partition by placed.source_id, placed.api_id
        order by if(rosters.school_state_id = placed.school_state_id, 0, 1), rosters.api_id
    ) = 1
),

grade_levels as (
    select grades.source_id, grades.api_id, grades.grade, map.grade_level
    from grades
    left join ref.nwea_grade_levels as map
        on map.source_id in (grades.source_id, '*') and map.grade = grades.grade
    where true
    qualify row_number() over (
        partition by grades.source_id, grades.api_id order by if(map.source_id = '*', 1, 0)
    ) = 1
),

identified as (
    select
        placed.*,
        subject_words.subject as map_subject,
        subject_words.academic_subject,
        if(starts_with(lower(placed.test_name), 'screening'), 'MAP Screening', 'MAP Growth') as family,
        subject_words.assessment_code,
        coalesce(
            nullif(trim(placed.test_id), ''),
            to_hex(md5(concat(
                placed.nwea_student_id,
                '\u001f', coalesce(cast(placed.test_date as string), placed.term_name),
                '\u001f', coalesce(placed.test_start_time, ''),
                '\u001f', lower(coalesce(placed.test_name, placed.subject_text))
            )))
        ) as student_assessment_identifier,
        known_ids.student_unique_id,
        coalesce(known_ids.students, 0) as students_found,
        grade_levels.grade,
        grade_levels.grade_level,
        schools.school_id
    from placed
    left join subject_words
        on subject_words.source_id = placed.source_id and subject_words.subject_text = placed.subject_text
    left join known_ids
        on known_ids.source_id = placed.target_id
        and known_ids.school_year = placed.target_school_year
        and known_ids.id_kind = placed.target_student_id_kind
        and known_ids.plain_id = lower(placed.nwea_student_id)
    left join grade_levels
        on grade_levels.source_id = placed.source_id and grade_levels.api_id = placed.api_id
    left join schools
        on schools.source_id = placed.target_id
        and schools.school_year = placed.target_school_year
        and cast(schools.school_id as string) = trim(placed.school_state_id)
),

match_rates as (
    select
        source_id,
        target_school_year,
        safe_divide(
            count(distinct if(students_found > 0, nwea_student_id, null)),
            count(distinct nwea_student_id)
        ) as match_rate
    from identified
    group by source_id, target_school_year
),

judged as (
    select
        identified.*,
        case
            when identified.nwea_student_id is null then 'no id of the student'
            when identified.season is null or identified.term_school_year is null then 'no school year in the term'
            when identified.target_school_year not in unnest(identified.target_school_years)
                then 'no such school year in the target'
            when identified.assessment_code is null then 'subject not in ref.nwea_subjects'
            when identified.rit is null then 'no score'
            when identified.data_standard < 4 and identified.test_date is null then 'no day of the test'
            when length(identified.student_assessment_identifier) > 60 then 'id of the test too long'
            when identified.students_found = 0 then 'student not in the target'
            when identified.students_found > 1 then 'several students of the target with this id'
            when match_rates.match_rate < identified.min_match_rate then 'too few students matched'
        end as own_reason
    from identified
    left join match_rates
        on match_rates.source_id = identified.source_id
        and match_rates.target_school_year = identified.target_school_year
),

-- A result that is told twice, such as of a student in two schools, is one to the target: the later one.
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
            order by extracted_at desc, test_date desc, if(school_id is null, 1, 0), api_id
        ) as place
    from judged
),

final as (
    select
        source_id,
        api_id,
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
            format_timestamp(
                '%Y-%m-%dT%H:%M:%SZ',
                timestamp(concat(cast(test_date as string), ' ', cast(start_time as string)), time_zone)
            ),
            concat(cast(test_date as string), 'T00:00:00Z')
        ) as administration_date,
        test_duration_minutes as duration_minutes,
        grade,
        grade_level,
        school_id,
        nullif(trim(school_state_id), '') as school_state_id,
        coalesce(own_reason, if(place > 1, 'the same result is sent once', null)) as reason
    from ranked
)

select * from final
