/* model
description: >-
  One row per student, school year and disability that the organization that describes the student reports, or a
  special education program does.
materialize: table
key: [student_key, disability]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  disability: {type: STRING, description: Code of the disability.}
  disability_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  order_of_disability: {type: INT64, description: The lowest order that is reported; 1 is the first.}
  is_primary:
    type: BOOL
    description: >-
      Whether it is the student's first: by order, then as special education has it, then the first of the alphabet.
  determination_source: {type: STRING, description: Code of who determined it.}
  designations: {type: ARRAY<STRING>, description: "Codes of its designations, in alphabetical order."}
  is_reported_by_special_education: {type: BOOL, description: Whether a special education program reports it.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - not_null: [is_primary, is_reported_by_special_education]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
*/
with descriptions as (
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        education_organization_id,
        disabilities,
        last_modified_at
    from staging.stg_edfi__student_education_organization_associations
    union all
    -- From data standard 6 on, demographics are a resource of their own.
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        education_organization_id,
        disabilities,
        last_modified_at
    from staging.stg_edfi__student_demographics
),

programs as (
    select * from staging.stg_edfi__student_special_education_program_associations
),

organizations as (
    select * from marts.bridge_student_organization
),

chosen_descriptions as (
    select descriptions.*
    from descriptions
    join organizations
        on organizations.student_key = descriptions.student_key
        and organizations.education_organization_id = descriptions.education_organization_id
    where true
    qualify dense_rank() over (partition by descriptions.student_key order by organizations.organization_rank) = 1
),

lists as (
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        disabilities,
        false as is_special_education,
        last_modified_at
    from chosen_descriptions
    union all
    select
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        disabilities,
        true as is_special_education,
        last_modified_at
    from programs
    where student_key is not null
),

reported as (
    select
        lists.* except (disabilities),
        item,
        json_value(item, '$.disabilityDescriptor') as descriptor,
        safe_cast(json_value(item, '$.orderOfDisability') as int64) as order_of_disability
    from lists
    cross join unnest(json_query_array(lists.disabilities)) as item
    where json_value(item, '$.disabilityDescriptor') is not null
),

coded as (
    select
        *,
        regexp_extract(descriptor, r'[^#]*$') as disability,
        regexp_extract(descriptor, r'^(.*)#') as disability_namespace,
        regexp_extract(json_value(item, '$.disabilityDeterminationSourceTypeDescriptor'), r'[^#]*$')
            as determination_source
    from reported
),

designations as (
    select
        coded.student_key,
        coded.disability,
        array_agg(distinct designation order by designation) as designations
    from coded
    cross join unnest(json_query_array(coded.item, '$.designations')) as listed
    cross join unnest(
        [regexp_extract(json_value(listed, '$.disabilityDesignationDescriptor'), r'[^#]*$')]
    ) as designation
    where designation is not null
    group by coded.student_key, coded.disability
),

combined as (
    select
        student_key,
        disability,
        min(student_xyear_key) as student_xyear_key,
        min(source_id) as source_id,
        min(school_year) as school_year,
        min(disability_namespace) as disability_namespace,
        min(order_of_disability) as order_of_disability,
        min(determination_source) as determination_source,
        countif(is_special_education) > 0 as is_special_education,
        max(last_modified_at) as last_modified_at
    from coded
    group by student_key, disability
),

final as (
    select
        combined.student_key,
        combined.student_xyear_key,
        combined.source_id,
        combined.school_year,
        combined.disability,
        combined.disability_namespace,
        combined.order_of_disability,
        row_number() over (
            partition by combined.student_key
            order by
                coalesce(combined.order_of_disability, 1000000),
                if(combined.is_special_education, 0, 1),
                combined.disability
        ) = 1 as is_primary,
        combined.determination_source,
        coalesce(designations.designations, cast([] as array<string>)) as designations,
        combined.is_special_education as is_reported_by_special_education,
        combined.last_modified_at
    from combined
    left join designations
        on designations.student_key = combined.student_key
        and designations.disability = combined.disability
)

select * from final
