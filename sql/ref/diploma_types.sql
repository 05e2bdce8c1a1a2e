/* model
description: >-
  One row per diploma type code: whether who has it has graduated from high school as federal reports count it. A type
  without a row does not count.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  is_regular_diploma: {type: BOOL, description: Whether it is a regular high school diploma or a higher one.}
  is_high_school_completion: {type: BOOL, description: "Whether it completes high school, as a GED does too."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Regular diploma' as code,
        true as is_regular_diploma,
        true as is_high_school_completion
    ),
    ('*', '*', 'Endorsed/advanced diploma', true, true),
    ('*', '*', 'Regents diploma', true, true),
    ('*', '*', 'International Baccalaureate', true, true),
    ('*', '*', 'Modified diploma', false, true),
    ('*', '*', 'Other diploma', false, true),
    ('*', '*', 'General Educational Development (GED) credential', false, true),
    ('*', '*', 'High school equivalency credential, other than GED', false, true),
    ('*', '*', 'Certificate of attendance', false, true),
    ('*', '*', 'Certificate of completion', false, true),
    ('*', '*', 'Alternative credential', false, true),
    ('*', '*', 'Career and Technical Education certificate', false, false),
    ('*', '*', 'Industry-recognized Certification', false, false),
    ('*', '*', 'Occupational License', false, false),
    ('*', '*', 'Apprenticeship Certificate', false, false),
    ('*', '*', 'Post graduate certificate (grade 13)', false, false),
    ('*', '*', 'Other', false, false)
])
