/* model
description: >-
  One row per code of what a student had to do with a discipline incident. Of students who are no offenders a code
  without a row is Other.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  participation: {type: STRING, description: "Offender, Victim, Witness, Reporter or Other."}
  participation_order: {type: INT64, description: Which holds where a student has several; 1 comes first.}
tests:
  - accepted_values: {column: participation, values: [Offender, Victim, Witness, Reporter, Other]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Perpetrator' as code,
        'Offender' as participation,
        1 as participation_order
    ),
    ('*', '*', 'Offender', 'Offender', 1),
    ('*', '*', 'Victim', 'Victim', 2),
    ('*', '*', 'Witness', 'Witness', 3),
    ('*', '*', 'Reporter', 'Reporter', 4),
    ('*', '*', 'Other', 'Other', 5)
])
