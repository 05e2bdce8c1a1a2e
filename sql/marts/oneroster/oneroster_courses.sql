/* model
description: >-
  The file courses.csv of OneRoster 1.1: the courses of the current school year.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: course_key of the course.}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  schoolYearSourcedId: {type: STRING, description: The school year.}
  title: {type: STRING, description: Title; without one the code.}
  courseCode: {type: STRING, description: Code.}
  grades: {type: STRING, description: "Always NULL: Ed-Fi's courses say it of nobody."}
  orgSourcedId: {type: STRING, description: The agency or school that offers it.}
  subjects: {type: STRING, description: "Subjects, with commas between."}
  subjectCodes: {type: STRING, description: "Always NULL: Ed-Fi has no SCED codes of subjects."}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

courses as (
    select courses.*
    from marts.dim_course as courses
    join years on years.source_id = courses.source_id and years.school_year = courses.school_year
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

keyed_courses as (
    select
        courses.*,
        to_hex(md5(concat(
            lower(trim(courses.source_id)),
            '\u001f', 'school year',
            '\u001f', cast(courses.school_year as string)
        ))) as school_year_sourced_id
    from courses
),

final as (
    select
        courses.source_id,
        courses.course_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        courses.school_year_sourced_id as schoolYearSourcedId,
        coalesce(courses.course_title, courses.course_code) as title,
        courses.course_code as courseCode,
        cast(null as string) as grades,
        coalesce(leas.lea_key, schools.school_xyear_key) as orgSourcedId,
        nullif(array_to_string(courses.academic_subjects, ','), '') as subjects,
        cast(null as string) as subjectCodes
    from keyed_courses as courses
    left join leas
        on leas.source_id = courses.source_id
        and leas.lea_id = courses.education_organization_id
    left join schools
        on schools.source_id = courses.source_id
        and schools.school_year = courses.school_year
        and schools.school_id = courses.education_organization_id
)

select * from final
