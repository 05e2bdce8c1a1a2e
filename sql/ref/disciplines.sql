/* model
description: >-
  One row per discipline code. A discipline without a row is Other.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  discipline_group: {type: STRING, description: "ISS, OSS, Expulsion, Detention, Restorative or Other."}
  severity_order: {type: INT64, description: "Place in the order of severity; 1 is the most severe."}
tests:
  - accepted_values:
      column: discipline_group
      values:
        [ISS, OSS, Expulsion, Detention, Restorative, Other]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Expulsion' as code,
        'Expulsion' as discipline_group,
        1 as severity_order
    ),
    ('*', '*', 'Expulsion with Services', 'Expulsion', 1),
    ('*', '*', 'Expulsion under Guns Free School Act', 'Expulsion', 1),
    ('*', '*', 'Expulsion under Guns Free School Act with Services', 'Expulsion', 1),
    ('*', '*', 'Out of School Suspension', 'OSS', 2),
    ('*', '*', 'In School Suspension', 'ISS', 3),
    ('*', '*', 'Removal from Classroom', 'Other', 4),
    ('*', '*', 'Detention', 'Detention', 5),
    ('*', '*', 'Community Service', 'Restorative', 6),
    ('*', '*', 'Restorative Practice', 'Restorative', 6),
    ('*', '*', 'Other', 'Other', 7),
    ('*', '*', 'No action for incident', 'Other', 8)
])
