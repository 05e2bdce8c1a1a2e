/* model
description: >-
  Payloads of the seasons in which tests were taken, one row each. Data standard 3 has no place for them in a result.
deliver: {pipeline: nwea_edfi, resource: /ed-fi/assessmentPeriodDescriptors}
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
        concat(namespace, '/AssessmentPeriodDescriptor') as namespace,
        season as code
    from delivery.nwea_edfi__results
    where reason is null and data_standard >= 4
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
