/* model
description: >-
  One row per code of a school food service: whether its receiver counts as economically disadvantaged.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_economically_disadvantaged: {type: BOOL, description: Whether it is given for free or at a reduced price by need.}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Free Breakfast' as code,
        true as is_economically_disadvantaged
    ),
    ('*', '*', 'Free Lunch', true),
    ('*', '*', 'Free Snack', true),
    ('*', '*', 'Free Supper', true),
    ('*', '*', 'Reduced Breakfast', true),
    ('*', '*', 'Reduced Lunch', true),
    ('*', '*', 'Reduced Price Breakfast', true),
    ('*', '*', 'Reduced Price Lunch', true),
    ('*', '*', 'Reduced Price Snack', true),
    ('*', '*', 'Reduced Price Supper', true),
    ('*', '*', 'Free Milk', true),
    ('*', '*', 'Full Price Milk', false),
    ('*', '*', 'Full Price Breakfast', false),
    ('*', '*', 'Full Price Lunch', false),
    ('*', '*', 'Full Price Snack', false),
    ('*', '*', 'Full Price Supper', false)
])
