/* model
description: >-
  One row per program type code, mapped to the groups by which programs are counted. A type without a row is Other.
materialize: table
key: [source_id, namespace, code]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  namespace: {type: STRING, description: "Namespace of the code, or '*' for any."}
  code: {type: STRING, description: "The code as the API sends it; compared without regard to case."}
  program_group:
    type: STRING
    description: >-
      Special Education, English Learner, Title I, Food Service, Homeless, Migrant, CTE, 504, Gifted, Immigrant, Early
      learning or Other.
tests:
  - accepted_values:
      column: program_group
      values:
        [Special Education, English Learner, Title I, Food Service, Homeless, Migrant, CTE, "504", Gifted, Immigrant,
        Early learning, Other]
*/
select *
from unnest([
    struct(
        '*' as source_id,
        '*' as namespace,
        'Special Education' as code,
        'Special Education' as program_group
    ),
    ('*', '*', 'IDEA', 'Special Education'),
    ('*', '*', 'Preschool Special Education', 'Special Education'),
    ('*', '*', 'Early Intervention Services Part C', 'Special Education'),
    ('*', '*', 'English as a Second Language (ESL)', 'English Learner'),
    ('*', '*', 'Bilingual', 'English Learner'),
    ('*', '*', 'Bilingual Summer', 'English Learner'),
    ('*', '*', 'English Learner', 'English Learner'),
    ('*', '*', 'Language Instruction', 'English Learner'),
    ('*', '*', 'Title I Part A', 'Title I'),
    ('*', '*', 'Title I Part D Subpart 1', 'Title I'),
    ('*', '*', 'Title I Part D Subpart 2', 'Title I'),
    ('*', '*', 'Neglected and Delinquent Program', 'Title I'),
    ('*', '*', 'Compensatory Services for Disadvantaged Students', 'Title I'),
    ('*', '*', 'Student School Food Service', 'Food Service'),
    ('*', '*', 'School Food Service', 'Food Service'),
    ('*', '*', 'Homeless', 'Homeless'),
    ('*', '*', 'Migrant Education', 'Migrant'),
    ('*', '*', 'Career and Technical Education', 'CTE'),
    ('*', '*', 'Vocational Education', 'CTE'),
    ('*', '*', 'Technical Preparatory', 'CTE'),
    ('*', '*', 'Section 504 Placement', '504'),
    ('*', '*', 'Section 504', '504'),
    ('*', '*', 'Gifted and Talented', 'Gifted'),
    ('*', '*', 'Immigrant Education', 'Immigrant'),
    ('*', '*', 'Even Start', 'Early learning'),
    ('*', '*', 'Head Start', 'Early learning'),
    ('*', '*', 'Early Head Start', 'Early learning'),
    ('*', '*', 'Public Preschool', 'Early learning'),
    ('*', '*', 'Home Visiting', 'Early learning'),
    ('*', '*', 'Kindergarten - Full Day', 'Early learning'),
    ('*', '*', 'Kindergarten - Half Day', 'Early learning'),
    ('*', '*', 'Kindergarten - Extended Day', 'Early learning'),
    ('*', '*', 'Prekindergarten - Full Day', 'Early learning'),
    ('*', '*', 'Prekindergarten - Half Day', 'Early learning'),
    ('*', '*', 'Prekindergarten - Extended Day', 'Early learning'),
    ('*', '*', 'Adult/Continuing Education', 'Other'),
    ('*', '*', 'Alternative Education', 'Other'),
    ('*', '*', 'Athletics', 'Other'),
    ('*', '*', 'Cocurricular Programs', 'Other'),
    ('*', '*', 'College Preparatory', 'Other'),
    ('*', '*', 'Community Service Program', 'Other'),
    ('*', '*', 'Community/Junior College Education Program', 'Other'),
    ('*', '*', 'Counseling Services', 'Other'),
    ('*', '*', 'District-Funded GED', 'Other'),
    ('*', '*', 'Expelled Education', 'Other'),
    ('*', '*', 'Extended Day/Child Care Services', 'Other'),
    ('*', '*', 'Fee For Service', 'Other'),
    ('*', '*', 'Foreign Exchange', 'Other'),
    ('*', '*', 'Health Services Program', 'Other'),
    ('*', '*', 'High School Equivalency Program (HSEP)', 'Other'),
    ('*', '*', 'Independent Study', 'Other'),
    ('*', '*', 'Indian Education', 'Other'),
    ('*', '*', 'International Baccalaureate', 'Other'),
    ('*', '*', 'Library/Media Services Program', 'Other'),
    ('*', '*', 'Magnet/Special Program Emphasis', 'Other'),
    ('*', '*', 'Optional Flexible School Day Program (OFSDP)', 'Other'),
    ('*', '*', 'Other', 'Other'),
    ('*', '*', 'Regular Education', 'Other'),
    ('*', '*', 'Remedial Education', 'Other'),
    ('*', '*', 'Service Learning', 'Other'),
    ('*', '*', 'Student Retention/Dropout Prevention', 'Other'),
    ('*', '*', 'Substance Abuse Education/Prevention', 'Other'),
    ('*', '*', 'Teacher Professional Development/Mentoring', 'Other')
])
