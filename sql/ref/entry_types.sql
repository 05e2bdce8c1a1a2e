/* model
description: >-
  One row per entry type code.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  entry_group: {type: STRING, description: "How the student came - New, Continuing, Transfer, Re-entry or Other."}
tests:
  - accepted_values: {column: entry_group, values: [New, Continuing, Transfer, Re-entry, Other]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'New to education system' as code,
        'New' as entry_group
    ),
    ('*', '*', 'Next year school', 'Continuing'),
    ('*', '*', 'Transfer', 'Transfer'),
    ('*', '*', 'Re-entry', 'Re-entry'),
    ('*', '*', 'Other', 'Other')
])
