/* model
description: >-
  One row per scale and letter: its grade points. A letter without a row counts in no average.
materialize: table
key: [source_id, scale_name, letter]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  scale_name: {type: STRING, description: "The scale; ref.parameters says which one holds."}
  letter: {type: STRING, description: "The letter grade; compared without regard to case."}
  points: {type: NUMERIC, description: Grade points without weight.}
  weighted_points: {type: NUMERIC, description: Grade points in a course whose grades are weighted.}
  minimum_numeric_grade:
    type: NUMERIC
    description: >-
      Least numeric grade (of 100) that is this letter where only a number is sent; NULL for letters that no number is.
  exclude_from_gpa: {type: BOOL, description: "Whether the letter is left out of averages, credits included."}
  is_dorf: {type: BOOL, description: Whether it is a D or an F.}
  is_passing: {type: BOOL, description: "Whether the course is passed; NULL while that is open."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        'unweighted_4' as scale_name,
        'A+' as letter,
        numeric '4.0' as points,
        numeric '5.0' as weighted_points,
        numeric '97.0' as minimum_numeric_grade,
        false as exclude_from_gpa,
        false as is_dorf,
        true as is_passing
    ),
    ('*', 'unweighted_4', 'A', numeric '4.0', numeric '5.0', numeric '93.0', false, false, true),
    ('*', 'unweighted_4', 'A-', numeric '3.7', numeric '4.7', numeric '90.0', false, false, true),
    ('*', 'unweighted_4', 'B+', numeric '3.3', numeric '4.3', numeric '87.0', false, false, true),
    ('*', 'unweighted_4', 'B', numeric '3.0', numeric '4.0', numeric '83.0', false, false, true),
    ('*', 'unweighted_4', 'B-', numeric '2.7', numeric '3.7', numeric '80.0', false, false, true),
    ('*', 'unweighted_4', 'C+', numeric '2.3', numeric '3.3', numeric '77.0', false, false, true),
    ('*', 'unweighted_4', 'C', numeric '2.0', numeric '3.0', numeric '73.0', false, false, true),
    ('*', 'unweighted_4', 'C-', numeric '1.7', numeric '2.7', numeric '70.0', false, false, true),
    ('*', 'unweighted_4', 'D+', numeric '1.3', numeric '2.3', numeric '67.0', false, true, true),
    ('*', 'unweighted_4', 'D', numeric '1.0', numeric '2.0', numeric '63.0', false, true, true),
    ('*', 'unweighted_4', 'D-', numeric '0.7', numeric '1.7', numeric '60.0', false, true, true),
    ('*', 'unweighted_4', 'F', numeric '0.0', numeric '0.0', numeric '0.0', false, true, false),
    ('*', 'unweighted_4', 'P', null, null, null, true, false, true),
    ('*', 'unweighted_4', 'S', null, null, null, true, false, true),
    ('*', 'unweighted_4', 'CR', null, null, null, true, false, true),
    ('*', 'unweighted_4', 'NP', null, null, null, true, false, false),
    ('*', 'unweighted_4', 'U', null, null, null, true, false, false),
    ('*', 'unweighted_4', 'NC', null, null, null, true, false, false),
    ('*', 'unweighted_4', 'I', null, null, null, true, false, null),
    ('*', 'unweighted_4', 'W', null, null, null, true, false, null),
    ('*', 'unweighted_4', 'AU', null, null, null, true, false, null)
])
