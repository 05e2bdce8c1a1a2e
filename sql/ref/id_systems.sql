/* model
description: >-
  One row per identification system whose codes the marts show. A social security number is in none.
materialize: table
key: [source_id, namespace, code, subject]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  subject:
    type: STRING
    description: >-
      Whom the codes of the system identify - student, staff, organization or course.
  id_kind: {type: STRING, description: "Which column the code fills - state, local or nces."}
  priority: {type: INT64, description: "Which code holds when several fill one column; the lowest wins."}
tests:
  - accepted_values: {column: subject, values: [student, staff, organization, course]}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'State' as code,
        'student' as subject,
        'state' as id_kind,
        1 as priority
    ),
    ('*', '*', 'Local', 'student', 'local', 1),
    ('*', '*', 'District', 'student', 'local', 2),
    ('*', '*', 'School', 'student', 'local', 3),
    ('*', '*', 'Student Number', 'student', 'local', 4),
    ('*', '*', 'State', 'staff', 'state', 1),
    ('*', '*', 'District', 'staff', 'local', 1),
    ('*', '*', 'NCES', 'organization', 'nces', 1),
    ('*', '*', 'SEA', 'organization', 'state', 1),
    ('*', '*', 'State course code', 'course', 'state', 1),
    ('*', '*', 'LEA course code', 'course', 'local', 1)
])
