/* model
description: >-
  Payload of the code of a submission that came late, one row where there is any.
deliver: {pipeline: canvas_gradebook, resource: /ed-fi/assignmentLateStatusDescriptors}
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
        concat(namespace, '/AssignmentLateStatusDescriptor') as namespace,
        'late' as code
    from delivery.canvas__submissions
    where pipeline = 'canvas_gradebook' and reason is null and is_late
),

final as (
    select
        source_id,
        school_year,
        concat(namespace, '#', code) as record_key,
        to_json(struct(
            namespace as namespace,
            code as codeValue,
            'Late' as shortDescription,
            'Handed in after it was due' as description
        )) as payload
    from codes
)

select * from final
