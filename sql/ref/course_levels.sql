/* model
description: >-
  One row per course level characteristic.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  course_level: {type: STRING, description: Level of a course that has this characteristic.}
  is_advanced: {type: BOOL, description: Whether it counts as advanced coursework.}
  priority: {type: INT64, description: "Which level holds when a course has several characteristics; the lowest wins."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Advanced Placement' as code,
        'Advanced Placement' as course_level,
        true as is_advanced,
        1 as priority
    ),
    ('*', '*', 'International Baccalaureate', 'International Baccalaureate', true, 2),
    ('*', '*', 'Dual Credit', 'Dual credit', true, 3),
    ('*', '*', 'College-level', 'Dual credit', true, 4),
    ('*', '*', 'Honors', 'Honors', true, 5),
    ('*', '*', 'Advanced', 'Honors', true, 6),
    ('*', '*', 'Gifted and Talented', 'Honors', true, 7),
    ('*', '*', 'Pre-AP', 'Pre-AP or Pre-IB', false, 8),
    ('*', '*', 'Pre-IB', 'Pre-AP or Pre-IB', false, 9),
    ('*', '*', 'Career and Technical Education', 'Career and technical', false, 10),
    ('*', '*', 'Magnet', 'Regular', false, 11),
    ('*', '*', 'Core Subject', 'Regular', false, 12),
    ('*', '*', 'Graduation Credit', 'Regular', false, 13),
    ('*', '*', 'General', 'Regular', false, 14),
    ('*', '*', 'Untracked', 'Regular', false, 15),
    ('*', '*', 'Distance Learning', 'Regular', false, 16),
    ('*', '*', 'Correspondence', 'Regular', false, 17),
    ('*', '*', 'Accepted as high school equivalent', 'Regular', false, 18),
    ('*', '*', 'English Language Learner', 'English learners', false, 19),
    ('*', '*', 'Students with disabilities', 'Students with disabilities', false, 20),
    ('*', '*', 'Basic', 'Basic or remedial', false, 21),
    ('*', '*', 'Remedial', 'Basic or remedial', false, 22),
    ('*', '*', 'Other', 'Regular', false, 23)
])
