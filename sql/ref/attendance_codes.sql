/* model
description: >-
  One row per attendance event category. A category without a row is unmapped: neither absent nor present.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  attendance_group:
    type: STRING
    description: >-
      What the event says of the day - present, tardy, early departure, partial absence or absent.
  absent_portion:
    type: NUMERIC
    description: >-
      Share of the day missed; of a partial absence, what holds when no duration is sent.
  is_partial:
    type: BOOL
    description: >-
      Whether the duration of the event, where sent, is the share of the day missed.
  is_excused: {type: BOOL, description: "Whether the absence is excused; NULL when that does not arise."}
  is_tardy: {type: BOOL, description: Whether the student came late.}
  is_suspension: {type: BOOL, description: Whether the student was absent by a disciplinary decision.}
  severity_order: {type: INT64, description: The worst event of a day is the one with the highest number.}
tests:
  - range: {column: absent_portion, min: 0, max: 1}
  - accepted_values:
      column: attendance_group
      values: [present, tardy, early departure, partial absence, absent]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'In Attendance' as code,
        'present' as attendance_group,
        numeric '0.0' as absent_portion,
        false as is_partial,
        cast(null as bool) as is_excused,
        false as is_tardy,
        false as is_suspension,
        0 as severity_order
    ),
    ('*', '*', 'Tardy', 'tardy', numeric '0.0', false, null, true, false, 20),
    ('*', '*', 'Early departure', 'early departure', numeric '0.0', false, null, false, false, 10),
    ('*', '*', 'Partial', 'partial absence', numeric '0.5', true, null, false, false, 30),
    ('*', '*', 'Excused Absence', 'absent', numeric '1.0', false, true, false, false, 40),
    ('*', '*', 'Unexcused Absence', 'absent', numeric '1.0', false, false, false, false, 50),
    ('*', '*', 'In School Suspension', 'present', numeric '0.0', false, null, false, true, 25),
    ('*', '*', 'Out of School Suspension', 'absent', numeric '1.0', false, true, false, true, 60),
    ('*', '*', 'Suspension', 'absent', numeric '1.0', false, true, false, true, 60)
])
