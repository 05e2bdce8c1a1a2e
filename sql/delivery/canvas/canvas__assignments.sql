/* model
description: >-
  One row per assignment in Canvas, section of its course, and pipeline that takes it to Ed-Fi: what is sent of it, or
  why it is not. Texts are without HTML and cut to what the target takes.
materialize: table
key: [pipeline, source_id, lms_section_id, lms_assignment_id]
cluster: [source_id]
columns:
  pipeline: {type: STRING, description: canvas_lmsx or canvas_gradebook.}
  source_id: {type: STRING, description: The Canvas source.}
  lms_section_id: {type: STRING, description: "Id of the section in Canvas; empty where its course has none."}
  lms_assignment_id: {type: STRING, description: Id of the assignment in Canvas.}
  lms_course_id: {type: STRING, description: Id of the course in Canvas.}
  assignment_identifier: {type: STRING, description: "Ids of section and assignment: 7001-88231."}
  namespace: {type: STRING, description: Namespace of what is written.}
  time_zone: {type: STRING, description: "Time zone of the school, for days and times of day."}
  target_id: {type: STRING, description: The Ed-Fi source that it goes to.}
  target_student_id: {type: STRING, description: Which id of a student the SIS id of a user is.}
  section_key: {type: STRING, description: Key of the section in the target.}
  school_year: {type: INT64, description: The target's school year.}
  school_id: {type: INT64, description: School of the section.}
  session_name: {type: STRING, description: Session of the section.}
  section_school_year: {type: INT64, description: School year that the section itself tells.}
  local_course_code: {type: STRING, description: The section's course code.}
  section_identifier: {type: STRING, description: The section's identifier.}
  title: {type: STRING, description: "Title, at most 255 long, or 100 in a gradebook."}
  description_text: {type: STRING, description: "What is to be done, without HTML, at most 1024 long."}
  unlock_at: {type: TIMESTAMP, description: From when it can be seen.}
  lock_at: {type: TIMESTAMP, description: When it is closed.}
  due_at: {type: TIMESTAMP, description: When it is due for everyone.}
  date_assigned: {type: DATE, description: "Day from which it can be seen, or on which it was made, or is due."}
  points_possible: {type: NUMERIC, description: Points that can be had.}
  submission_types: {type: ARRAY<STRING>, description: "Ways of handing it in, in order."}
  is_title_cut: {type: BOOL, description: Whether the title is cut.}
  is_description_cut: {type: BOOL, description: Whether the description is cut.}
  reason: {type: STRING, description: Why it is not sent; NULL where it is.}
tests:
  - expression: {name: titles_fit, sql: "length(title) <= if(pipeline = 'canvas_lmsx', 255, 100)"}
  - expression: {name: descriptions_fit, sql: length(description_text) <= 1024}
*/
with sections as (
    select * from delivery.canvas__sections
),

pipelines as (
    select distinct pipeline, source_id from ref.deliveries where pipeline in ('canvas_lmsx', 'canvas_gradebook')
),

assignments as (
    select *
    from staging.stg_canvas__assignments
    where lms_assignment_id is not null
    qualify row_number() over (partition by source_id, lms_assignment_id order by api_id) = 1
),

-- Scripts, styles and comments go with what is in them, of other elements the marks.
without_marks as (
    select
        source_id,
        lms_assignment_id,
        regexp_replace(
            regexp_replace(description, r'(?is)<(?:script|style)\b.*?</(?:script|style)\s*>|<!--.*?-->', ' '),
            r'(?s)<[^>]*>',
            ' '
        ) as words
    from assignments
),

-- The ampersand last: what it makes is no entity.
without_entities as (
    select
        source_id,
        lms_assignment_id,
        replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                regexp_replace(words, r'(?i)&nbsp;|&#160;|&#xa0;|\x{a0}', ' '),
                                r'(?i)&lt;|&#60;', '<'
                            ),
                            r'(?i)&gt;|&#62;', '>'
                        ),
                        r'(?i)&quot;|&#34;|&ldquo;|&rdquo;|&#8220;|&#8221;', '"'
                    ),
                    r'(?i)&#39;|&#x27;|&apos;|&lsquo;|&rsquo;|&#8216;|&#8217;', '\''
                ),
                r'(?i)&ndash;|&mdash;|&#8211;|&#8212;', '-'
            ),
            '&amp;', '&'
        ) as words
    from without_marks
),

texts as (
    select
        source_id,
        lms_assignment_id,
        nullif(trim(regexp_replace(words, r'\s+', ' ')), '') as description_text
    from without_entities
),

-- A character beyond the first 65,536 counts as two.
measured as (
    select
        *,
        length(description_text)
        + length(regexp_replace(description_text, r'[\x{0}-\x{ffff}]', '')) as description_length,
        length(regexp_replace(substr(description_text, 1, 1023), r'[\x{0}-\x{ffff}]', '')) as wide_count
    from texts
),

placed as (
    select
        pipelines.pipeline,
        assignments.source_id,
        coalesce(sections.lms_section_id, '') as lms_section_id,
        assignments.lms_assignment_id,
        assignments.course_id as lms_course_id,
        concat(sections.lms_section_id, '-', assignments.lms_assignment_id) as assignment_identifier,
        sections.namespace,
        sections.time_zone,
        sections.target_id,
        sections.target_student_id,
        sections.section_key,
        sections.school_year,
        sections.school_id,
        sections.session_name,
        sections.section_school_year,
        sections.local_course_code,
        sections.section_identifier,
        nullif(trim(regexp_replace(assignments.title, r'\s+', ' ')), '') as whole_title,
        if(pipelines.pipeline = 'canvas_lmsx', 255, 100) as title_length,
        measured.description_text as whole_description,
        measured.description_length,
        measured.wide_count,
        assignments.unlock_at,
        assignments.lock_at,
        assignments.due_at,
        date(
            coalesce(assignments.unlock_at, assignments.created_at, assignments.due_at), sections.time_zone
        ) as date_assigned,
        assignments.points_possible,
        array(
            select distinct submission_type
            from unnest(assignments.submission_types) as submission_type
            where submission_type != ''
            order by submission_type
        ) as submission_types,
        sections.lms_section_id is null as is_without_section,
        coalesce(assignments.is_published, assignments.workflow_state = 'published', false) as is_published,
        sections.reason as section_reason
    from assignments
    join pipelines on pipelines.source_id = assignments.source_id
    left join sections
        on sections.pipeline = pipelines.pipeline
            and sections.source_id = assignments.source_id
            and sections.lms_course_id = assignments.course_id
    left join measured
        on measured.source_id = assignments.source_id and measured.lms_assignment_id = assignments.lms_assignment_id
),

final as (
    select
        pipeline,
        source_id,
        lms_section_id,
        lms_assignment_id,
        lms_course_id,
        assignment_identifier,
        namespace,
        time_zone,
        target_id,
        target_student_id,
        section_key,
        school_year,
        school_id,
        session_name,
        section_school_year,
        local_course_code,
        section_identifier,
        if(
            length(whole_title) > title_length,
            concat(substr(whole_title, 1, title_length - 1), '…'),
            whole_title
        ) as title,
        if(
            description_length > 1024,
            concat(rtrim(substr(whole_description, 1, 1023 - wide_count)), '…'),
            whole_description
        ) as description_text,
        unlock_at,
        lock_at,
        due_at,
        date_assigned,
        points_possible,
        submission_types,
        coalesce(length(whole_title) > title_length, false) as is_title_cut,
        coalesce(description_length > 1024, false) as is_description_cut,
        case
            when is_without_section then 'course has no section'
            when section_reason is not null then section_reason
            when not is_published then 'assignment is not published'
            when whole_title is null then 'assignment has no title'
            when pipeline = 'canvas_gradebook' and date_assigned is null then 'assignment has no date'
        end as reason
    from placed
)

select * from final
