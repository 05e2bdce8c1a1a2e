/* model
description: >-
  One row per exit type code: what became of the student, and whether the enrolment was one at all.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  exit_group:
    type: STRING
    description: >-
      Transfer in LEA, Transfer in state, Transfer out, Transfer (not said where to), Graduate, Dropout, Year end, No
      show, Deceased or Other.
  is_no_show: {type: BOOL, description: Whether the student never came.}
  is_invalid: {type: BOOL, description: Whether the enrolment was entered by mistake.}
tests:
  - accepted_values:
      column: exit_group
      values:
        [Transfer in LEA, Transfer in state, Transfer out, Transfer, Graduate, Dropout, Year end, No show, Deceased,
        Other]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Transferred' as code,
        'Transfer' as exit_group,
        false as is_no_show,
        false as is_invalid
    ),
    ('*', '*', 'Transferred in LEA', 'Transfer in LEA', false, false),
    ('*', '*', 'Transferred in state', 'Transfer in state', false, false),
    ('*', '*', 'Transferred out of state', 'Transfer out', false, false),
    ('*', '*', 'Graduated', 'Graduate', false, false),
    ('*', '*', 'Completed', 'Graduate', false, false),
    ('*', '*', 'Dropout', 'Dropout', false, false),
    ('*', '*', 'Reached maximum age', 'Dropout', false, false),
    ('*', '*', 'End of school year', 'Year end', false, false),
    ('*', '*', 'No show', 'No show', true, false),
    ('*', '*', 'Invalid enrollment', 'Other', false, true),
    ('*', '*', 'Died or is permanently incapacitated', 'Deceased', false, false),
    ('*', '*', 'Withdrawn', 'Other', false, false),
    ('*', '*', 'Expelled', 'Other', false, false),
    ('*', '*', 'Involuntarily Removed', 'Other', false, false),
    ('*', '*', 'Incarcerated', 'Other', false, false),
    ('*', '*', 'Enrolled in a high school diploma program', 'Other', false, false),
    ('*', '*', 'Other', 'Other', false, false)
])
