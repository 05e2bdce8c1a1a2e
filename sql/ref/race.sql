/* model
description: >-
  One row per race code, mapped to the categories of federal reports.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  race: {type: STRING, description: Federal category of a student who is of this race only.}
  is_race: {type: BOOL, description: "Whether the code names a race at all; a refusal to answer does not."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'American Indian - Alaska Native' as code,
        'American Indian or Alaska Native' as race,
        true as is_race
    ),
    ('*', '*', 'American Indian - Alaskan Native', 'American Indian or Alaska Native', true),
    ('*', '*', 'American Indian or Alaska Native', 'American Indian or Alaska Native', true),
    ('*', '*', 'Asian', 'Asian', true),
    ('*', '*', 'Black - African American', 'Black or African American', true),
    ('*', '*', 'Black or African American', 'Black or African American', true),
    ('*', '*', 'Native Hawaiian - Pacific Islander', 'Native Hawaiian or Other Pacific Islander', true),
    ('*', '*', 'Native Hawaiian or Other Pacific Islander', 'Native Hawaiian or Other Pacific Islander', true),
    ('*', '*', 'White', 'White', true),
    ('*', '*', 'Other', 'Unknown', true),
    ('*', '*', 'Choose Not to Respond', 'Unknown', false),
    ('*', '*', 'Unknown', 'Unknown', false)
])
