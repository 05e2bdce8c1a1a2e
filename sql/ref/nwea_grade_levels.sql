/* model
description: "One row per grade as NWEA calls it, with Ed-Fi's grade level. Another grade is not sent."
materialize: table
key: [source_id, grade]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  grade: {type: STRING, description: "Grade on the roster, in capitals and without leading zeros."}
  grade_level: {type: STRING, description: "Ed-Fi's descriptor of the grade level."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        'PK' as grade,
        'uri://ed-fi.org/GradeLevelDescriptor#Preschool/Prekindergarten' as grade_level
    ),
    ('*', 'K', 'uri://ed-fi.org/GradeLevelDescriptor#Kindergarten'),
    ('*', 'KG', 'uri://ed-fi.org/GradeLevelDescriptor#Kindergarten'),
    ('*', '0', 'uri://ed-fi.org/GradeLevelDescriptor#Kindergarten'),
    ('*', '1', 'uri://ed-fi.org/GradeLevelDescriptor#First grade'),
    ('*', '2', 'uri://ed-fi.org/GradeLevelDescriptor#Second grade'),
    ('*', '3', 'uri://ed-fi.org/GradeLevelDescriptor#Third grade'),
    ('*', '4', 'uri://ed-fi.org/GradeLevelDescriptor#Fourth grade'),
    ('*', '5', 'uri://ed-fi.org/GradeLevelDescriptor#Fifth grade'),
    ('*', '6', 'uri://ed-fi.org/GradeLevelDescriptor#Sixth grade'),
    ('*', '7', 'uri://ed-fi.org/GradeLevelDescriptor#Seventh grade'),
    ('*', '8', 'uri://ed-fi.org/GradeLevelDescriptor#Eighth grade'),
    ('*', '9', 'uri://ed-fi.org/GradeLevelDescriptor#Ninth grade'),
    ('*', '10', 'uri://ed-fi.org/GradeLevelDescriptor#Tenth grade'),
    ('*', '11', 'uri://ed-fi.org/GradeLevelDescriptor#Eleventh grade'),
    ('*', '12', 'uri://ed-fi.org/GradeLevelDescriptor#Twelfth grade'),
    ('*', '13', 'uri://ed-fi.org/GradeLevelDescriptor#Grade 13')
])
