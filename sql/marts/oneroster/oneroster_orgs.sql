/* model
description: >-
  The file orgs.csv of OneRoster 1.1: agencies, and the schools of the current school year.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: "lea_key of an agency, school_xyear_key of a school."}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  name: {type: STRING, description: Name.}
  type: {type: STRING, description: district or school.}
  identifier:
    type: STRING
    description: Id at the National Center for Education Statistics; without one the id in Ed-Fi.
  parentSourcedId: {type: STRING, description: The agency above.}
tests:
  - not_null: [source_id]
*/
with years as (
    select * from marts.dim_school_year where is_current
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select schools.*
    from marts.dim_school as schools
    join years on years.source_id = schools.source_id and years.school_year = schools.school_year
),

final as (
    select
        leas.source_id,
        leas.lea_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        leas.lea_name as name,
        'district' as type,
        coalesce(leas.nces_id, cast(leas.lea_id as string)) as identifier,
        -- A parent that is in no file is none.
        parents.lea_key as parentSourcedId
    from leas
    left join leas as parents on parents.lea_key = leas.parent_lea_key
    union all
    select
        schools.source_id,
        schools.school_xyear_key as sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        schools.school_name as name,
        'school' as type,
        coalesce(schools.nces_id, cast(schools.school_id as string)) as identifier,
        leas.lea_key as parentSourcedId
    from schools
    left join leas on leas.lea_key = schools.lea_key
)

select * from final
