/* model
description: >-
  One row per code of limited English proficiency: what it says about the student now and before.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_english_learner: {type: BOOL, description: Whether the student is an English learner.}
  was_english_learner: {type: BOOL, description: Whether the student is or has been one.}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Limited' as code,
        true as is_english_learner,
        true as was_english_learner
    ),
    ('*', '*', 'Limited English Proficient', true, true),
    ('*', '*', 'Limited Monitored 1', false, true),
    ('*', '*', 'Limited Monitored 2', false, true),
    ('*', '*', 'NotLimited', false, false),
    ('*', '*', 'Not Limited', false, false),
    ('*', '*', 'Not applicable', false, false)
])
