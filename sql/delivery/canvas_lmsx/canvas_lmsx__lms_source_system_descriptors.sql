/* model
description: >-
  Payload of the code of Canvas as the system that assignments come from, one row.
deliver: {pipeline: canvas_lmsx, resource: /lmsx/lmsSourceSystemDescriptors}
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
    select distinct source_id, school_year, 'uri://ed-fi.org/edfilms/LMSSourceSystem' as namespace, 'Canvas' as code
    from delivery.canvas__assignments
    where pipeline = 'canvas_lmsx' and reason is null
),

final as (
    select
        source_id,
        school_year,
        concat(namespace, '#', lower(code)) as record_key,
        to_json(struct(
            namespace as namespace,
            code as codeValue,
            code as shortDescription,
            'Canvas, the learning management system' as description
        )) as payload
    from codes
)

select * from final
