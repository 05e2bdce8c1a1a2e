/* model
description: >-
  Payloads of the states in which the submissions that are sent are, one row each.
deliver: {pipeline: canvas_lmsx, resource: /lmsx/submissionStatusDescriptors}
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
        source_id,
        school_year,
        'uri://ed-fi.org/edfilms/SubmissionStatusDescriptor/Canvas' as namespace,
        status as code
    from delivery.canvas__submissions
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
            initcap(code) as shortDescription,
            code as description
        )) as payload
    from codes
)

select * from final
