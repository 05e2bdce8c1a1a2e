/* model
description: >-
  One row per code of economic disadvantage: what it says of the student, and of the price of the student's meals.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_economically_disadvantaged: {type: BOOL, description: Whether the student counts; NULL where nobody knows.}
  meal_eligibility: {type: STRING, description: "Free or Reduced; NULL where the code does not say."}
tests:
  - accepted_values: {column: meal_eligibility, values: [Free, Reduced]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Eligible For Free Meals' as code,
        true as is_economically_disadvantaged,
        'Free' as meal_eligibility
    ),
    ('*', '*', 'Eligible for Reduced-Price Meals', true, 'Reduced'),
    ('*', '*', 'Other Economic Disadvantage', true, null),
    ('*', '*', 'Economically Disadvantaged', true, null),
    ('*', '*', 'Not Qualified As Economically Disadvantaged', false, null),
    ('*', '*', 'Not Economically Disadvantaged', false, null),
    ('*', '*', 'None', false, null),
    ('*', '*', 'Unknown', null, null)
])
