/* model
description: >-
  Payloads of the reporting methods that the scores and levels of the results are told by, one row each.
deliver: {pipeline: nwea_edfi, resource: /ed-fi/assessmentReportingMethodDescriptors}
materialize: table
key: [source_id, school_year, record_key]
cluster: [source_id, school_year]
columns:
  source_id: {type: STRING, description: The NWEA source.}
  school_year: {type: INT64, description: The target's school year.}
  record_key: {type: STRING, description: "Namespace and code of the descriptor."}
  payload: {type: JSON, description: The document.}
*/
with codes as (
    select distinct
        source_id,
        school_year,
        concat(namespace, '/AssessmentReportingMethodDescriptor') as namespace,
        measure as code
    from delivery.nwea_edfi__scores
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
            code as description
        )) as payload
    from codes
    -- Codes are compared without regard to case.
    where true
    qualify row_number() over (partition by source_id, school_year, namespace, lower(code) order by code) = 1
)

select * from final
