/* model
description: >-
  One row per indicator of early warning: from which measure on a student is at risk or off track. They are rules of
  thumb of this field, to be replaced by a district's own; a new version gets a new name.
materialize: table
key: [source_id, indicator]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  indicator: {type: STRING, description: "attendance, behavior, course, assessment or engagement."}
  measure: {type: STRING, description: What is compared.}
  is_lower_worse:
    type: BOOL
    description: Whether a measure below the threshold is meant; otherwise one that reaches it.
  at_risk: {type: NUMERIC, description: Threshold of At risk.}
  off_track: {type: NUMERIC, description: Threshold of Off track.}
  thresholds_version: {type: STRING, description: Name of this set of thresholds.}
tests:
  - not_null: [measure, is_lower_worse, at_risk, off_track, thresholds_version]
  - accepted_values: {column: indicator, values: [attendance, behavior, course, assessment, engagement]}
  - expression: {name: off_track_is_worse, sql: "if(is_lower_worse, off_track <= at_risk, off_track >= at_risk)"}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        'attendance' as indicator,
        'share of days attended this year' as measure,
        true as is_lower_worse,
        numeric '0.95' as at_risk,
        numeric '0.90' as off_track,
        'default 1' as thresholds_version
    ),
    ('*', 'behavior', 'suspensions this year', false, numeric '1', numeric '2', 'default 1'),
    ('*', 'course', 'D and F in the latest grading period', false, numeric '1', numeric '2', 'default 1'),
    ('*', 'assessment', 'lowest latest percentile of a subject', true, numeric '40', numeric '25', 'default 1'),
    ('*', 'engagement', 'days since the last activity in the LMS', false, numeric '7', numeric '14', 'default 1')
])
