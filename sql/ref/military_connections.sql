/* model
description: >-
  One row per code of the military connection of those a student depends on: whether it makes the student military
  connected. Which connections count differs by state; a deployment decides by editing the rows.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_military_connected: {type: BOOL, description: Whether the student counts; NULL where nobody knows.}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Active Duty' as code,
        true as is_military_connected
    ),
    ('*', '*', 'Reserve', true),
    ('*', '*', 'National Guard Or Reserve', true),
    ('*', '*', 'Veteran', true),
    ('*', '*', 'DoD Civilian', true),
    ('*', '*', 'Military Connected', true),
    ('*', '*', 'Not Military Connected', false),
    ('*', '*', 'None', false),
    ('*', '*', 'Unknown', null)
])
