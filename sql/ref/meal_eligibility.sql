/* model
description: >-
  One row per code of a school food service: at what price its receiver eats, and whether that counts as economically
  disadvantaged.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_economically_disadvantaged: {type: BOOL, description: Whether it is given for free or at a reduced price by need.}
  meal_eligibility: {type: STRING, description: "Free, Reduced or Paid; NULL where the code does not say."}
tests:
  - accepted_values: {column: meal_eligibility, values: [Free, Reduced, Paid]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Free Breakfast' as code,
        true as is_economically_disadvantaged,
        'Free' as meal_eligibility
    ),
    ('*', '*', 'Free Lunch', true, 'Free'),
    ('*', '*', 'Free Snack', true, 'Free'),
    ('*', '*', 'Free Supper', true, 'Free'),
    ('*', '*', 'Reduced Breakfast', true, 'Reduced'),
    ('*', '*', 'Reduced Lunch', true, 'Reduced'),
    ('*', '*', 'Reduced Price Breakfast', true, 'Reduced'),
    ('*', '*', 'Reduced Price Lunch', true, 'Reduced'),
    ('*', '*', 'Reduced Price Snack', true, 'Reduced'),
    ('*', '*', 'Reduced Price Supper', true, 'Reduced'),
    ('*', '*', 'Free Milk', true, 'Free'),
    ('*', '*', 'Full Price Milk', false, 'Paid'),
    ('*', '*', 'Full Price Breakfast', false, 'Paid'),
    ('*', '*', 'Full Price Lunch', false, 'Paid'),
    ('*', '*', 'Full Price Snack', false, 'Paid'),
    ('*', '*', 'Full Price Supper', false, 'Paid'),
    ('*', '*', 'Other', false, null)
])
