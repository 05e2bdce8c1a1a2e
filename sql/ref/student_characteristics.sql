/* model
description: >-
  One row per code of a student characteristic that sets a flag of the student.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  flag: {type: STRING, description: The flag it sets.}
tests:
  - accepted_values:
      column: flag
      values:
        [economically_disadvantaged, homeless, foster_care, migrant, military_connected, immigrant, section_504, gifted,
        english_learner]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Economic Disadvantaged' as code,
        'economically_disadvantaged' as flag
    ),
    ('*', '*', 'Economically Disadvantaged', 'economically_disadvantaged'),
    ('*', '*', 'Free or Reduced Lunch', 'economically_disadvantaged'),
    ('*', '*', 'Homeless', 'homeless'),
    ('*', '*', 'Unaccompanied Youth', 'homeless'),
    ('*', '*', 'Foster Care', 'foster_care'),
    ('*', '*', 'Migrant', 'migrant'),
    ('*', '*', 'Parent in Military', 'military_connected'),
    ('*', '*', 'Military Connected', 'military_connected'),
    ('*', '*', 'Immigrant', 'immigrant'),
    ('*', '*', 'Section 504 Handicapped', 'section_504'),
    ('*', '*', 'Section 504', 'section_504'),
    ('*', '*', 'Gifted and Talented', 'gifted'),
    ('*', '*', 'English Learner', 'english_learner')
])
