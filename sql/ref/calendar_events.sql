/* model
description: >-
  One row per calendar event code: whether the day is one of instruction. An event without a row is none.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_instructional: {type: BOOL, description: Whether students are expected at school.}
  instructional_portion: {type: NUMERIC, description: Share of a full day of instruction.}
tests:
  - range: {column: instructional_portion, min: 0, max: 1}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Instructional day' as code,
        true as is_instructional,
        numeric '1.0' as instructional_portion
    ),
    ('*', '*', 'Make-up day', true, numeric '1.0'),
    ('*', '*', 'Student late arrival/early dismissal', true, numeric '1.0'),
    ('*', '*', 'Holiday', false, numeric '0.0'),
    ('*', '*', 'Emergency day', false, numeric '0.0'),
    ('*', '*', 'Weather day', false, numeric '0.0'),
    ('*', '*', 'Strike', false, numeric '0.0'),
    ('*', '*', 'Teacher only day', false, numeric '0.0'),
    ('*', '*', 'Non-instructional day', false, numeric '0.0'),
    ('*', '*', 'Other', false, numeric '0.0')
])
