/* model
description: >-
  One row per result of an attempt at a course: whether it was passed. A result without a row is neither passed nor
  failed.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_passed: {type: BOOL, description: "Whether the course was passed; NULL while that is open."}
*/
select *
from unnest([
    struct('*' as source_id, '*' as namespace, 'Pass' as code, true as is_passed),
    ('*', '*', 'Fail', false),
    ('*', '*', 'Incomplete', null),
    ('*', '*', 'Withdrawn', false)
])
