/* model
description: >-
  The file classes.csv of OneRoster 1.1: the sections of the current school year.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: section_key of the section.}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  title: {type: STRING, description: "Name; without one the title of the course, and at last its code in the school."}
  grades: {type: STRING, description: "Always NULL: Ed-Fi's sections say it of nobody."}
  courseSourcedId: {type: STRING, description: The course.}
  classCode: {type: STRING, description: Id of the section.}
  classType: {type: STRING, description: homeroom or scheduled.}
  location: {type: STRING, description: Room.}
  schoolSourcedId: {type: STRING, description: The school.}
  termSourcedIds: {type: STRING, description: The session.}
  subjects: {type: STRING, description: Subject.}
  subjectCodes: {type: STRING, description: "Always NULL: Ed-Fi has no SCED codes of subjects."}
  periods: {type: STRING, description: "Names of the class periods, with commas between."}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

sections as (
    select sections.*
    from marts.dim_section as sections
    join years on years.source_id = sections.source_id and years.school_year = sections.school_year
),

schools as (
    select * from marts.dim_school
),

final as (
    select
        sections.source_id,
        sections.section_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        coalesce(sections.section_name, sections.course_title, sections.local_course_code) as title,
        cast(null as string) as grades,
        sections.course_key as courseSourcedId,
        sections.section_identifier as classCode,
        if(sections.is_homeroom, 'homeroom', 'scheduled') as classType,
        sections.room as location,
        schools.school_xyear_key as schoolSourcedId,
        sections.session_key as termSourcedIds,
        sections.academic_subject as subjects,
        cast(null as string) as subjectCodes,
        nullif(array_to_string(sections.class_period_names, ','), '') as periods
    from sections
    left join schools on schools.school_key = sections.school_key
)

select * from final
