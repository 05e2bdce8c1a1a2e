/* model
description: One row per section of a course in Canvas.
materialize: table
key: [lms_section_key]
cluster: [source_id]
columns:
  lms_section_key: {type: STRING, description: "Key of the row: source_id, lms_section_id."}
  source_id: {type: STRING, description: The configured source.}
  lms_section_id: {type: STRING, description: Id of the section in Canvas.}
  lms_course_id: {type: STRING, description: Id of the course in Canvas.}
  section_name: {type: STRING, description: Name of the section.}
  course_name: {type: STRING, description: Name of the course.}
  course_code: {type: STRING, description: Code of the course.}
  term_name: {type: STRING, description: Term.}
  term_start_date: {type: DATE, description: First day of the term.}
  term_end_date: {type: DATE, description: Last day of the term.}
  sis_section_id: {type: STRING, description: "Id of the section in the school's own system."}
  is_published: {type: BOOL, description: Whether students see the course.}
  workflow_state: {type: STRING, description: State of the course in Canvas.}
  last_modified_at: {type: TIMESTAMP, description: When the record was read.}
tests:
  - not_null: [source_id, lms_section_id, is_published]
*/
with sections as (
    select * from staging.stg_canvas__sections where lms_section_id is not null
),

courses as (
    select * from staging.stg_canvas__courses where lms_id is not null
),

terms as (
    select * from staging.stg_canvas__terms where lms_id is not null
),

final as (
    select
        to_hex(md5(concat(
            lower(trim(cast(sections.source_id as string))),
            '\u001f', lower(trim(cast(sections.lms_section_id as string)))
        ))) as lms_section_key,
        sections.source_id,
        sections.lms_section_id,
        sections.course_id as lms_course_id,
        sections.name as section_name,
        courses.name as course_name,
        courses.course_code,
        terms.name as term_name,
        date(terms.start_at) as term_start_date,
        date(terms.end_at) as term_end_date,
        sections.sis_section_id,
        coalesce(courses.workflow_state in ('available', 'completed'), false) as is_published,
        courses.workflow_state,
        greatest(sections.extracted_at, coalesce(courses.extracted_at, sections.extracted_at)) as last_modified_at
    from sections
    left join courses on courses.source_id = sections.source_id and courses.lms_id = sections.course_id
    left join terms on terms.source_id = courses.source_id and terms.lms_id = courses.term_id
)

select * from final
