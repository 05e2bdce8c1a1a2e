/* model
description: >-
  One row per attempt of a student at a course as the transcript has it. A transcript that comes again in the ODS of a
  later year is one row, as the newest ODS has it. Attempts whose student or course is not known are kept.
materialize: table
key: [course_attempt_key]
cluster: [source_id, academic_school_year, student_xyear_key]
columns:
  course_attempt_key:
    type: STRING
    description: >-
      Key of the row: source_id, student_unique_id, education_organization_id, academic_school_year, term,
      course_education_organization_id, course_code, attempt_result; the record's own id where a part is missing.
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS the row is read from.}
  academic_school_year:
    type: INT64
    description: School year of the academic record; that of the ODS where the record names none.
  student_key:
    type: STRING
    description: Student of the academic year; of the ODS's year where the student has no row of that year.
  student_xyear_key: {type: STRING, description: The same student in all years.}
  course_key:
    type: STRING
    description: Course of the academic year; of the ODS's year where the course has no row of that year.
  school_key:
    type: STRING
    description: School whose record it is, of the same year; NULL where an agency keeps the record.
  student_unique_id: {type: STRING, description: The student's id.}
  education_organization_id: {type: INT64, description: The organization whose record it is.}
  term: {type: STRING, description: Term of the record.}
  course_code: {type: STRING, description: The course's code.}
  course_education_organization_id: {type: INT64, description: The organization that defines the course.}
  course_title: {type: STRING, description: "Title as the transcript has it; without one, the course's."}
  academic_subject:
    type: STRING
    description: "Subject as the transcript has it, the first in order; without one, the course's."
  credit_category: {type: STRING, description: "Category of the credits, the first in order."}
  credit_categories: {type: ARRAY<STRING>, description: All categories of the credits in alphabetical order.}
  attempted_credits: {type: NUMERIC, description: Credits attempted as reported.}
  earned_credits: {type: NUMERIC, description: Credits earned as reported.}
  attempted_units:
    type: NUMERIC
    description: Credits attempted times the conversion to Carnegie units where one is sent.
  earned_units:
    type: NUMERIC
    description: Credits earned times the conversion to Carnegie units where one is sent.
  final_letter_grade: {type: STRING, description: Final letter as reported.}
  final_numeric_grade: {type: NUMERIC, description: Final number as reported.}
  attempt_result: {type: STRING, description: Result of the attempt as reported.}
  is_passed:
    type: BOOL
    description: The course was passed, by ref.course_attempt_results; NULL while open or not mapped.
  repeat_code: {type: STRING, description: How a repeated course counts as reported.}
  is_repeat: {type: BOOL, description: The attempt repeats an earlier one.}
  is_counted: {type: BOOL, description: "The credits count: no other attempt stands for this one."}
  method_credit_earned: {type: STRING, description: How the credits were earned.}
  is_transfer: {type: BOOL, description: The course was taken at another institution.}
  grade_level_when_taken: {type: STRING, description: Grade level of the student when taking the course.}
  last_modified_at: {type: TIMESTAMP, description: When the record was last changed.}
tests:
  - not_null: [source_id, school_year, academic_school_year, is_repeat, is_counted, is_transfer]
  - range: {column: earned_credits, min: 0, severity: warn}
  - expression:
      name: earned_within_attempted
      sql: earned_credits is null or attempted_credits is null or earned_credits <= attempted_credits
      severity: warn
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: course_key, to: marts.dim_course, min_match: 0.99, severity: warn}
*/
with transcripts as (
    select *, coalesce(reported_school_year, school_year) as academic_school_year
    from staging.stg_edfi__course_transcripts
),

students as (
    select * from marts.dim_student
),

courses as (
    select * from marts.dim_course
),

schools as (
    select * from marts.dim_school
),

attempt_results as (
    select codes.source_id, codes.namespace, codes.code, map.is_passed
    from (
        select distinct
            source_id,
            coalesce(course_attempt_result_namespace, '*') as namespace,
            course_attempt_result as code
        from transcripts
    ) as codes
    inner join ref.course_attempt_results as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by map.source_id = '*', map.namespace = '*'
    ) = 1
),

repeat_codes as (
    select codes.source_id, codes.namespace, codes.code, map.is_repeat, map.is_counted
    from (
        select distinct
            source_id,
            coalesce(course_repeat_code_namespace, '*') as namespace,
            course_repeat_code as code
        from transcripts
    ) as codes
    inner join ref.course_repeat_codes as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by map.source_id = '*', map.namespace = '*'
    ) = 1
),

keyed as (
    select
        transcripts.*,
        coalesce(
            to_hex(md5(concat(
                lower(trim(cast(source_id as string))),
                '\u001f', lower(trim(cast(student_unique_id as string))),
                '\u001f', lower(trim(cast(education_organization_id as string))),
                '\u001f', lower(trim(cast(academic_school_year as string))),
                '\u001f', lower(trim(cast(term as string))),
                '\u001f', lower(trim(cast(course_education_organization_id as string))),
                '\u001f', lower(trim(cast(course_code as string))),
                '\u001f', lower(trim(cast(course_attempt_result as string)))
            ))),
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as course_attempt_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(academic_school_year as string))),
            '\u001f', lower(trim(cast(student_unique_id as string)))
        ))) as academic_student_key,
        to_hex(md5(concat(
            lower(trim(cast(source_id as string))),
            '\u001f', lower(trim(cast(academic_school_year as string))),
            '\u001f', lower(trim(cast(course_education_organization_id as string))),
            '\u001f', lower(trim(cast(course_code as string)))
        ))) as academic_course_key
    from transcripts
),

-- Each ODS's own deletes are done; what is left in several is one attempt, and the newest ODS knows it best.
attempts as (
    select *
    from keyed
    where true
    qualify row_number() over (
        partition by course_attempt_key
        order by school_year desc, last_modified_at desc, api_id
    ) = 1
),

category_lists as (
    select
        course_attempt_key,
        array_agg(distinct credit_category order by credit_category) as credit_categories,
        min(credit_category) as credit_category
    from (
        select
            attempts.course_attempt_key,
            regexp_extract(json_value(item, '$.creditCategoryDescriptor'), r'[^#]*$') as credit_category
        from attempts
        cross join unnest(json_query_array(attempts.credit_categories)) as item
    )
    where credit_category is not null
    group by course_attempt_key
),

subjects as (
    select
        attempts.course_attempt_key,
        min(regexp_extract(json_value(item, '$.academicSubjectDescriptor'), r'[^#]*$')) as academic_subject
    from attempts
    cross join unnest(json_query_array(attempts.academic_subjects)) as item
    group by attempts.course_attempt_key
),

final as (
    select
        attempts.course_attempt_key,
        attempts.source_id,
        attempts.school_year,
        attempts.academic_school_year,
        coalesce(students.student_key, attempts.student_key) as student_key,
        attempts.student_xyear_key,
        coalesce(courses.course_key, attempts.course_key) as course_key,
        coalesce(schools.school_key, ods_schools.school_key) as school_key,
        attempts.student_unique_id,
        attempts.education_organization_id,
        attempts.term,
        attempts.course_code,
        attempts.course_education_organization_id,
        coalesce(
            attempts.course_title,
            courses.course_title,
            ods_courses.course_title,
            attempts.alternative_course_title
        ) as course_title,
        coalesce(
            subjects.academic_subject, courses.academic_subject, ods_courses.academic_subject
        ) as academic_subject,
        category_lists.credit_category,
        coalesce(category_lists.credit_categories, cast([] as array<string>)) as credit_categories,
        attempts.attempted_credits,
        attempts.earned_credits,
        safe_multiply(attempts.attempted_credits, coalesce(attempts.attempted_credit_conversion, numeric '1'))
            as attempted_units,
        safe_multiply(attempts.earned_credits, coalesce(attempts.earned_credit_conversion, numeric '1'))
            as earned_units,
        attempts.final_letter_grade_earned as final_letter_grade,
        attempts.final_numeric_grade_earned as final_numeric_grade,
        attempts.course_attempt_result as attempt_result,
        attempt_results.is_passed,
        attempts.course_repeat_code as repeat_code,
        coalesce(repeat_codes.is_repeat, attempts.course_repeat_code is not null) as is_repeat,
        coalesce(repeat_codes.is_counted, true) as is_counted,
        attempts.method_credit_earned,
        attempts.external_education_organization_id is not null
        or attempts.external_education_organization_name_of_institution is not null
        or coalesce(lower(trim(attempts.method_credit_earned)) = 'transfer credit', false) as is_transfer,
        attempts.when_taken_grade_level as grade_level_when_taken,
        attempts.last_modified_at
    from attempts
    left join category_lists on attempts.course_attempt_key = category_lists.course_attempt_key
    left join subjects on attempts.course_attempt_key = subjects.course_attempt_key
    left join students on attempts.academic_student_key = students.student_key
    left join courses on attempts.academic_course_key = courses.course_key
    left join courses as ods_courses on attempts.course_key = ods_courses.course_key
    left join schools
        on attempts.source_id = schools.source_id
        and attempts.academic_school_year = schools.school_year
        and attempts.education_organization_id = schools.school_id
    left join schools as ods_schools
        on attempts.source_id = ods_schools.source_id
        and attempts.school_year = ods_schools.school_year
        and attempts.education_organization_id = ods_schools.school_id
    left join attempt_results
        on attempts.source_id = attempt_results.source_id
        and coalesce(attempts.course_attempt_result_namespace, '*') = attempt_results.namespace
        and attempts.course_attempt_result = attempt_results.code
    left join repeat_codes
        on attempts.source_id = repeat_codes.source_id
        and coalesce(attempts.course_repeat_code_namespace, '*') = repeat_codes.namespace
        and attempts.course_repeat_code = repeat_codes.code
)

select * from final
