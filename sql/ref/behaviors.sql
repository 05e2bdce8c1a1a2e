/* model
description: >-
  One row per behavior code. A behavior without a row is Other.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  behavior_group: {type: STRING, description: "State offense, School violation, Code of conduct or Other."}
  severity_order: {type: INT64, description: "Place in the order of severity; 1 is the most severe."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'State Offense' as code,
        'State offense' as behavior_group,
        1 as severity_order
    ),
    ('*', '*', 'School Violation', 'School violation', 2),
    ('*', '*', 'School Code of Conduct', 'Code of conduct', 3),
    ('*', '*', 'Other', 'Other', 4)
])
