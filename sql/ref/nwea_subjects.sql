/* model
description: >-
  One row per word by which the subject of a MAP Growth test is told: it is looked for in what the export calls Course
  and Subject, and in what the partner API calls the test and its subject; the lowest priority that is found decides. A
  deployment adds the words of its own courses.
materialize: table
key: [source_id, word]
columns:
  source_id: {type: STRING, description: "The configured source, or '*' for any."}
  word: {type: STRING, description: "What is looked for, in lower case."}
  priority: {type: INT64, description: "Which row holds when several are found; the lowest wins."}
  subject: {type: STRING, description: Subject as people call it.}
  assessment_code: {type: STRING, description: "End of the assessment's identifier; never change one that is in use."}
  academic_subject: {type: STRING, description: "Ed-Fi's descriptor of the subject."}
*/
select *
from unnest([
    struct(
        '*' as source_id,
        'reading (spanish)' as word,
        10 as priority,
        'Reading (Spanish)' as subject,
        'Reading_Spanish' as assessment_code,
        'uri://ed-fi.org/AcademicSubjectDescriptor#Reading' as academic_subject
    ),
    (
        '*',
        'spanish reading',
        11,
        'Reading (Spanish)',
        'Reading_Spanish',
        'uri://ed-fi.org/AcademicSubjectDescriptor#Reading'
    ),
    (
        '*',
        'language usage',
        20,
        'Language Usage',
        'Language_Usage',
        'uri://ed-fi.org/AcademicSubjectDescriptor#English Language Arts'
    ),
    (
        '*',
        'growth: language',
        21,
        'Language Usage',
        'Language_Usage',
        'uri://ed-fi.org/AcademicSubjectDescriptor#English Language Arts'
    ),
    ('*', 'reading', 30, 'Reading', 'Reading', 'uri://ed-fi.org/AcademicSubjectDescriptor#Reading'),
    ('*', 'science', 40, 'Science', 'Science', 'uri://ed-fi.org/AcademicSubjectDescriptor#Science'),
    ('*', 'math', 50, 'Mathematics', 'Mathematics', 'uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics'),
    ('*', 'algebra', 60, 'Mathematics', 'Mathematics', 'uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics'),
    ('*', 'geometry', 70, 'Mathematics', 'Mathematics', 'uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics')
])
