/* model
description: >-
  One row per performance level code: its place in the order of levels and whether it means proficient.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  performance_level_order:
    type: INT64
    description: >-
      Place in the order of levels; higher is better. Compare within one assessment only.
  is_proficient: {type: BOOL, description: Whether the level meets the standard.}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Well Below Basic' as code,
        1 as performance_level_order,
        false as is_proficient
    ),
    ('*', '*', 'Below Basic', 2, false),
    ('*', '*', 'Basic', 3, false),
    ('*', '*', 'Minimum', 3, false),
    ('*', '*', 'Proficient', 4, true),
    ('*', '*', 'Advanced', 5, true),
    ('*', '*', 'Above Benchmark', 5, true),
    ('*', '*', 'At or Above Benchmark', 4, true),
    ('*', '*', 'Below Benchmark', 2, false),
    ('*', '*', 'Well Below Benchmark', 1, false),
    ('*', '*', 'Commended Performance', 5, true),
    ('*', '*', 'Met Standard', 4, true),
    ('*', '*', 'Did Not Meet Standard', 2, false),
    ('*', '*', 'Pass', 4, true),
    ('*', '*', 'Fail', 2, false),
    ('*', '*', 'Satisfactory', 4, true),
    ('*', '*', 'Unsatisfactory', 2, false)
])
