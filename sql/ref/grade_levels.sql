/* model
description: >-
  One row per grade level code. Kindergarten is 0, what comes before it is negative, ungraded has no order.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  grade_level_order:
    type: INT64
    description: >-
      Place in the order of grades; first grade is 1, kindergarten 0, prekindergarten -1, infants -2.
  short_label: {type: STRING, description: Label for charts.}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Infant/toddler' as code,
        -2 as grade_level_order,
        'Infant' as short_label
    ),
    ('*', '*', 'Early Education', -1, 'PK'),
    ('*', '*', 'Preschool/Prekindergarten', -1, 'PK'),
    ('*', '*', 'Prekindergarten', -1, 'PK'),
    ('*', '*', 'Preschool', -1, 'PK'),
    ('*', '*', 'PK', -1, 'PK'),
    ('*', '*', 'PK3', -1, 'PK'),
    ('*', '*', 'PK4', -1, 'PK'),
    ('*', '*', 'Transitional Kindergarten', -1, 'TK'),
    ('*', '*', 'TK', -1, 'TK'),
    ('*', '*', 'Kindergarten', 0, 'K'),
    ('*', '*', 'K', 0, 'K'),
    ('*', '*', 'KG', 0, 'K'),
    ('*', '*', 'KK', 0, 'K'),
    ('*', '*', 'First grade', 1, '1'),
    ('*', '*', 'Second grade', 2, '2'),
    ('*', '*', 'Third grade', 3, '3'),
    ('*', '*', 'Fourth grade', 4, '4'),
    ('*', '*', 'Fifth grade', 5, '5'),
    ('*', '*', 'Sixth grade', 6, '6'),
    ('*', '*', 'Seventh grade', 7, '7'),
    ('*', '*', 'Eighth grade', 8, '8'),
    ('*', '*', 'Ninth grade', 9, '9'),
    ('*', '*', 'Tenth grade', 10, '10'),
    ('*', '*', 'Eleventh grade', 11, '11'),
    ('*', '*', 'Twelfth grade', 12, '12'),
    ('*', '*', '1', 1, '1'),
    ('*', '*', '01', 1, '1'),
    ('*', '*', '2', 2, '2'),
    ('*', '*', '02', 2, '2'),
    ('*', '*', '3', 3, '3'),
    ('*', '*', '03', 3, '3'),
    ('*', '*', '4', 4, '4'),
    ('*', '*', '04', 4, '4'),
    ('*', '*', '5', 5, '5'),
    ('*', '*', '05', 5, '5'),
    ('*', '*', '6', 6, '6'),
    ('*', '*', '06', 6, '6'),
    ('*', '*', '7', 7, '7'),
    ('*', '*', '07', 7, '7'),
    ('*', '*', '8', 8, '8'),
    ('*', '*', '08', 8, '8'),
    ('*', '*', '9', 9, '9'),
    ('*', '*', '09', 9, '9'),
    ('*', '*', '10', 10, '10'),
    ('*', '*', '11', 11, '11'),
    ('*', '*', '12', 12, '12'),
    ('*', '*', 'Grade 13', 13, '13'),
    ('*', '*', 'Postsecondary', 14, 'Postsecondary'),
    ('*', '*', 'Adult Education', 15, 'Adult'),
    ('*', '*', 'Ungraded', null, 'Ungraded'),
    ('*', '*', 'No grade level', null, null),
    ('*', '*', 'Out of School', null, null),
    ('*', '*', 'Other', null, null)
])
