/* model
description: >-
  Payloads of the ways in which the assignments that are sent can be handed in, one row each.
deliver: {pipeline: canvas_lmsx, resource: /lmsx/submissionTypeDescriptors}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The Canvas source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Namespace and code of the descriptor."}
  payload: {type: JSON, description: The document.}
*/
with codes as (
    select distinct
        assignments.source_id,
        assignments.school_year,
        'uri://ed-fi.org/edfilms/SubmissionTypeDescriptor/Canvas' as namespace,
        submission_type as code
    from delivery.canvas__assignments as assignments
    cross join unnest(assignments.submission_types) as submission_type
    where assignments.pipeline = 'canvas_lmsx' and assignments.reason is null
),

final as (
    select
        source_id,
        school_year,
        concat(namespace, '#', lower(code)) as record_key,
        to_json(struct(
            namespace as namespace,
            code as codeValue,
            replace(initcap(code), '_', ' ') as shortDescription,
            code as description
        )) as payload
    from codes
    -- Codes are compared without regard to case.
    where true
    qualify row_number() over (partition by source_id, school_year, lower(code) order by code) = 1
)

select * from final
