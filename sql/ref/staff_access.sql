/* model
description: >-
  One row per staff classification that opens all students of the organization one is assigned to. Whoever has another
  classification sees the students of their own sections.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  scope: {type: STRING, description: "What is opened: lea, all schools of the agency, or school, the school."}
tests:
  - accepted_values: {column: scope, values: [lea, school]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Superintendent' as code,
        'lea' as scope
    ),
    ('*', '*', 'Assistant Superintendent', 'lea'),
    ('*', '*', 'LEA Administrator', 'lea'),
    ('*', '*', 'LEA System Administrator', 'lea'),
    ('*', '*', 'School Administrator', 'school'),
    ('*', '*', 'School Leader', 'school'),
    ('*', '*', 'Principal', 'school'),
    ('*', '*', 'Assistant Principal', 'school')
])
