/* model
description: >-
  One row per school whose daily attendance is not read from negative school attendance events, and a row for all
  others.
materialize: table
key: [source_id, school_id]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  school_id: {type: INT64, description: "The school, or 0 for every school of the source."}
  attendance_rule:
    type: STRING
    description: >-
      Which events make the day - school, section_any, section_homeroom or section_half_day.
  is_positive:
    type: BOOL
    description: >-
      Whether presence is submitted too, so that a day without an event is not one of attendance.
tests:
  - accepted_values:
      column: attendance_rule
      values:
        [school, section_any, section_homeroom, section_half_day]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        0 as school_id,
        'school' as attendance_rule,
        false as is_positive
    )
])
