/* model
description: >-
  One row per code that says how a repeated course counts. A code without a row is that of a repeat whose credits count.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_repeat: {type: BOOL, description: "Whether the attempt is itself a repeat; the one that it replaced is not."}
  is_counted: {type: BOOL, description: Whether the credits of the attempt count.}
*/
select *
from unnest([
    struct('*' as source_id, '*' as namespace, 'Repeat Counted' as code, true as is_repeat, true as is_counted),
    ('*', '*', 'Repeat NotCounted', true, false),
    ('*', '*', 'Replacement Counted', true, true),
    ('*', '*', 'Replaced NotCounted', false, false),
    ('*', '*', 'Repeat Other Institution', true, true),
    ('*', '*', 'Not Counted Other', false, false)
])
