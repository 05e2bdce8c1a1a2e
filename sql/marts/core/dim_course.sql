/* model
description: One row per course and school year.
materialize: table
key: [course_key]
access: everyone
cluster: [source_id, school_year]
columns:
  course_key:
    type: STRING
    description: "Key of the row: source_id, school_year, education_organization_id, course_code."
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  education_organization_id: {type: INT64, description: The school or agency that defines the course.}
  course_code: {type: STRING, description: The course's code.}
  course_title:
    type: STRING
    description: Title; where the course has none, the local title that most of its offerings have.
  academic_subject: {type: STRING, description: Subject; the first where there are several.}
  academic_subjects: {type: ARRAY<STRING>, description: All subjects in alphabetical order.}
  state_course_code: {type: STRING, description: The state's code for the course.}
  course_level: {type: STRING, description: Level by its characteristics; NULL if none of them is mapped.}
  gpa_applicability: {type: STRING, description: Whether its grades count in averages and with weight.}
  maximum_available_credits: {type: NUMERIC, description: Credits it can give.}
  career_pathway: {type: STRING, description: Career cluster.}
  is_advanced: {type: BOOL, description: Whether a characteristic such as Advanced Placement makes it advanced.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
*/
with courses as (
    select *
    from staging.stg_edfi__courses
    where course_key is not null
    qualify row_number() over (partition by course_key order by last_modified_at desc, api_id) = 1
),

offerings as (
    select course_key, trim(local_course_title) as title
    from staging.stg_edfi__course_offerings
    where course_key is not null and trim(local_course_title) != ''
),

local_titles as (
    select course_key, title
    from offerings
    group by course_key, title
    qualify row_number() over (partition by course_key order by count(*) desc, title) = 1
),

subjects as (
    select
        courses.course_key,
        regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$') as academic_subject
    from courses
    cross join unnest(json_query_array(courses.academic_subjects)) as item
    union distinct
    select course_key, academic_subject
    from courses
),

subject_lists as (
    select course_key, array_agg(academic_subject order by academic_subject) as academic_subjects
    from subjects
    where academic_subject is not null
    group by course_key
),

codes as (
    select
        courses.course_key,
        courses.source_id,
        coalesce(
            regexp_extract(json_value(item, '$.courseIdentificationSystemDescriptor'), r'^(.*)#'), '*'
        ) as namespace,
        regexp_extract(json_value(item, '$.courseIdentificationSystemDescriptor'), r'[^#]*$') as code,
        json_value(item, '$.identificationCode') as identification_code
    from courses
    cross join unnest(json_query_array(courses.identification_codes)) as item
),

state_codes as (
    select codes.course_key, codes.identification_code
    from codes
    join ref.id_systems as id_systems
        on id_systems.subject = 'course'
        and id_systems.id_kind = 'state'
        and id_systems.source_id in (codes.source_id, '*')
        and id_systems.namespace in (codes.namespace, '*')
        and lower(id_systems.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.course_key
        order by
            id_systems.priority,
            if(id_systems.source_id = '*', 1, 0),
            if(id_systems.namespace = '*', 1, 0),
            codes.identification_code
    ) = 1
),

characteristics as (
    select
        courses.course_key,
        courses.source_id,
        coalesce(
            regexp_extract(json_value(item, '$.courseLevelCharacteristicDescriptor'), r'^(.*)#'), '*'
        ) as namespace,
        regexp_extract(json_value(item, '$.courseLevelCharacteristicDescriptor'), r'[^#]*$') as code
    from courses
    cross join unnest(json_query_array(courses.level_characteristics)) as item
),

mapped_characteristics as (
    select characteristics.course_key, map.course_level, map.is_advanced, map.priority
    from characteristics
    join ref.course_levels as map
        on map.source_id in (characteristics.source_id, '*')
        and map.namespace in (characteristics.namespace, '*')
        and lower(map.code) = lower(trim(characteristics.code))
    where true
    qualify row_number() over (
        partition by characteristics.course_key, characteristics.namespace, characteristics.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

levels as (
    select course_key, course_level
    from mapped_characteristics
    where true
    qualify row_number() over (partition by course_key order by priority, course_level) = 1
),

advanced as (
    select course_key, countif(is_advanced) > 0 as is_advanced
    from mapped_characteristics
    group by course_key
),

final as (
    select
        courses.course_key,
        courses.source_id,
        courses.school_year,
        courses.education_organization_id,
        courses.course_code,
        coalesce(nullif(trim(courses.course_title), ''), local_titles.title) as course_title,
        courses.academic_subject,
        coalesce(subject_lists.academic_subjects, cast([] as array<string>)) as academic_subjects,
        state_codes.identification_code as state_course_code,
        levels.course_level,
        courses.course_gpa_applicability as gpa_applicability,
        courses.maximum_available_credits,
        courses.career_pathway,
        coalesce(advanced.is_advanced, false) as is_advanced,
        courses.last_modified_at
    from courses
    left join local_titles on local_titles.course_key = courses.course_key
    left join subject_lists on subject_lists.course_key = courses.course_key
    left join state_codes on state_codes.course_key = courses.course_key
    left join levels on levels.course_key = courses.course_key
    left join advanced on advanced.course_key = courses.course_key
)

select * from final
