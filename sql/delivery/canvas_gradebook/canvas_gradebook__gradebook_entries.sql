/* model
description: >-
  Payloads of gradebook entries (data standard 4 and later), one row per assignment in Canvas and section of its
  course. Points keep their fractions.
deliver: {pipeline: canvas_gradebook, resource: /ed-fi/gradebookEntries}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Identifier and namespace of the entry."}
  payload: {type: JSON, description: The document.}
  loss:
    type: STRING
    description: "What the target cannot hold of it, and what is sent instead; NULL where it is whole."
*/
with assignments as (
    select * from delivery.canvas__assignments where pipeline = 'canvas_gradebook' and reason is null
),

final as (
    select
        source_id,
        school_year,
        concat(assignment_identifier, '|', namespace) as record_key,
        to_json(struct(
            assignment_identifier as gradebookEntryIdentifier,
            namespace as namespace,
            section_identifier as sourceSectionIdentifier,
            title as title,
            description_text as description,
            cast(date_assigned as string) as dateAssigned,
            cast(date(due_at, time_zone) as string) as dueDate,
            format_time('%H:%M:%S', time(due_at, time_zone)) as dueTime,
            points_possible as maxPoints,
            struct(
                local_course_code as localCourseCode,
                school_id as schoolId,
                section_school_year as schoolYear,
                section_identifier as sectionIdentifier,
                session_name as sessionName
            ) as sectionReference
        )) as payload,
        nullif(array_to_string(
            [if(is_title_cut, 'title cut', null), if(is_description_cut, 'description cut', null)],
            '; '
        ), '') as loss
    from assignments
)

select * from final
