/* model
description: >-
  One row per section in Canvas and pipeline that takes its work to Ed-Fi: the target's section that has its SIS id,
  and, where there is none that can be meant, why. Of several that have the id, the one whose session is on while the
  Canvas section is.
materialize: table
key: [pipeline, source_id, lms_section_id]
cluster: [source_id]
columns:
  pipeline: {type: STRING, description: canvas_lmsx or canvas_gradebook.}
  source_id: {type: STRING, description: The Canvas source.}
  lms_section_id: {type: STRING, description: Id of the section in Canvas.}
  lms_course_id: {type: STRING, description: Id of its course in Canvas.}
  sis_section_id: {type: STRING, description: "Id of the section in the school's own system."}
  target_id: {type: STRING, description: The Ed-Fi source that it goes to.}
  namespace: {type: STRING, description: Namespace of what is written.}
  time_zone: {type: STRING, description: "Time zone of the school, for days and times of day."}
  target_student_id: {type: STRING, description: Which id of a student the SIS id of a user is.}
  section_key: {type: STRING, description: Key of the section in the target; NULL where none is meant.}
  school_year: {type: INT64, description: The target's school year that has it.}
  school_id: {type: INT64, description: Its school.}
  session_name: {type: STRING, description: Its session.}
  section_school_year: {type: INT64, description: School year that the section itself tells.}
  local_course_code: {type: STRING, description: Its course's code.}
  section_identifier: {type: STRING, description: Its identifier.}
  reason: {type: STRING, description: Why nothing of the section is sent; NULL where it is.}
tests:
  - not_null: [target_id, namespace, time_zone]
  - expression: {name: sent_sections_are_known, sql: (reason is null) = (section_identifier is not null)}
*/
with deliveries as (
    select
        pipeline,
        source_id,
        target_id,
        time_zone,
        coalesce(namespace, 'uri://canvas.instructure.com') as namespace,
        coalesce(target_student_id, 'student_unique_id') as target_student_id,
        into_school_year
    from ref.deliveries
    where pipeline in ('canvas_lmsx', 'canvas_gradebook')
),

courses as (
    select * from staging.stg_canvas__courses
),

terms as (
    select * from staging.stg_canvas__terms
),

lms_sections as (
    select
        deliveries.*,
        sections.lms_section_id,
        sections.course_id as lms_course_id,
        nullif(trim(sections.sis_section_id), '') as sis_section_id,
        date(coalesce(sections.start_at, courses.start_at, terms.start_at), deliveries.time_zone) as begin_date,
        date(coalesce(sections.end_at, courses.end_at, terms.end_at), deliveries.time_zone) as end_date
    from staging.stg_canvas__sections as sections
    join deliveries on deliveries.source_id = sections.source_id
    left join courses on courses.source_id = sections.source_id and courses.lms_id = sections.course_id
    left join terms on terms.source_id = courses.source_id and terms.lms_id = courses.term_id
    where sections.lms_section_id is not null
    qualify row_number() over (
        partition by deliveries.pipeline, sections.source_id, sections.lms_section_id order by sections.api_id
    ) = 1
),

sessions as (
    select session_key, begin_date, end_date from marts.dim_session
),

target_sections as (
    select
        sections.section_key,
        sections.source_id as target_id,
        sections.school_year,
        sections.school_id,
        sections.session_name,
        coalesce(sections.reported_school_year, sections.school_year) as section_school_year,
        sections.local_course_code,
        sections.section_identifier,
        sessions.begin_date,
        sessions.end_date
    from staging.stg_edfi__sections as sections
    left join sessions on sessions.session_key = sections.session_key
    where sections.section_key is not null
    qualify row_number() over (
        partition by sections.section_key
        order by
            if(sections.reported_school_year = sections.school_year, 0, 1),
            sections.reported_school_year desc,
            sections.last_modified_at desc,
            sections.api_id
    ) = 1
),

candidates as (
    select
        lms_sections.pipeline,
        lms_sections.source_id,
        lms_sections.lms_section_id,
        target_sections.* except (target_id, begin_date, end_date),
        coalesce(
            target_sections.begin_date <= lms_sections.end_date and target_sections.end_date >= lms_sections.begin_date,
            false
        ) as is_on
    from lms_sections
    join target_sections
        on target_sections.target_id = lms_sections.target_id
            and lower(trim(target_sections.section_identifier)) = lower(lms_sections.sis_section_id)
    where lms_sections.into_school_year is null or lms_sections.into_school_year = target_sections.school_year
),

counted as (
    select
        pipeline,
        source_id,
        lms_section_id,
        count(*) as candidate_count,
        countif(is_on) as on_count
    from candidates
    group by pipeline, source_id, lms_section_id
),

chosen as (
    select candidates.*
    from candidates
    join counted
        on counted.pipeline = candidates.pipeline
            and counted.source_id = candidates.source_id
            and counted.lms_section_id = candidates.lms_section_id
    where counted.candidate_count = 1 or (counted.on_count = 1 and candidates.is_on)
),

final as (
    select
        lms_sections.pipeline,
        lms_sections.source_id,
        lms_sections.lms_section_id,
        lms_sections.lms_course_id,
        lms_sections.sis_section_id,
        lms_sections.target_id,
        lms_sections.namespace,
        lms_sections.time_zone,
        lms_sections.target_student_id,
        chosen.section_key,
        chosen.school_year,
        chosen.school_id,
        chosen.session_name,
        chosen.section_school_year,
        chosen.local_course_code,
        chosen.section_identifier,
        case
            when chosen.section_key is not null then null
            when lms_sections.sis_section_id is null then 'section has no SIS id'
            when counted.candidate_count is null then 'no section of the target has the SIS id'
            else 'several sections of the target have the SIS id'
        end as reason
    from lms_sections
    left join counted
        on counted.pipeline = lms_sections.pipeline
            and counted.source_id = lms_sections.source_id
            and counted.lms_section_id = lms_sections.lms_section_id
    left join chosen
        on chosen.pipeline = lms_sections.pipeline
            and chosen.source_id = lms_sections.source_id
            and chosen.lms_section_id = lms_sections.lms_section_id
)

select * from final
