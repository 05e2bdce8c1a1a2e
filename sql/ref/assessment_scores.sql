/* model
description: >-
  One row per assessment reporting method that has a meaning of its own. Others stay by their name.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  measure: {type: STRING, description: "What the score is, such as scale_score, percentile or performance_level."}
tests:
  - accepted_values:
      column: measure
      values:
        [scale_score, percentile, raw_score, standard_error, lexile, quantile, percent_correct, growth,
        performance_level, other]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Scale score' as code,
        'scale_score' as measure
    ),
    ('*', '*', 'RIT scale score', 'scale_score'),
    ('*', '*', 'Vertical Scale Score', 'scale_score'),
    ('*', '*', 'Vertical score', 'scale_score'),
    ('*', '*', 'Adaptive scale score', 'scale_score'),
    ('*', '*', 'Composite Score', 'scale_score'),
    ('*', '*', 'ACT score', 'scale_score'),
    ('*', '*', 'College Board examination scores', 'scale_score'),
    ('*', '*', 'International Baccalaureate score', 'scale_score'),
    ('*', '*', 'Standard age score', 'scale_score'),
    ('*', '*', 'Percentile', 'percentile'),
    ('*', '*', 'Percentile rank', 'percentile'),
    ('*', '*', 'Test Percentile', 'percentile'),
    ('*', '*', 'National College-Bound Percentile', 'percentile'),
    ('*', '*', 'State College-Bound Percentile', 'other'),
    ('*', '*', 'Raw score', 'raw_score'),
    ('*', '*', 'Number score', 'raw_score'),
    ('*', '*', 'Standard error measurement', 'standard_error'),
    ('*', '*', 'SEM', 'standard_error'),
    ('*', '*', 'Test Standard Error', 'standard_error'),
    ('*', '*', 'Lexile Measure', 'lexile'),
    ('*', '*', 'Lexile Score', 'lexile'),
    ('*', '*', 'Quantile Measure', 'quantile'),
    ('*', '*', 'Quantile Score', 'quantile'),
    ('*', '*', 'Percent Correct', 'percent_correct'),
    ('*', '*', 'Growth/value-added/indexing', 'growth'),
    ('*', '*', 'Proficiency level', 'performance_level'),
    ('*', '*', 'Achievement/proficiency level', 'performance_level'),
    ('*', '*', 'Mastery level', 'performance_level'),
    ('*', '*', 'Pass-fail', 'performance_level'),
    ('*', '*', 'Letter grade/mark', 'performance_level')
])
