/* model
description: >-
  One row per student and school year: who the student is, where enrolled, and which programs and circumstances apply.
  A student whose organizations describe him differently is described by one of them, chosen by ref.parameters.
materialize: table
key: [student_key]
cluster: [source_id, school_year]
columns:
  student_key: {type: STRING, description: "Key of the row: source_id, school_year, student_unique_id."}
  student_xyear_key: {type: STRING, description: "Key of the student across years: source_id, student_unique_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  student_unique_id: {type: STRING, description: The student's id.}
  state_student_id: {type: STRING, description: Id of the student in the state., pii: true}
  local_student_id: {type: STRING, description: Id of the student in the agency., pii: true}
  first_name: {type: STRING, description: First name., pii: true}
  middle_name: {type: STRING, description: Middle name., pii: true}
  last_name: {type: STRING, description: Last name., pii: true}
  preferred_name: {type: STRING, description: First name the student prefers., pii: true}
  display_name: {type: STRING, description: "Last name, first name.", pii: true}
  birth_date: {type: DATE, description: Day of birth., pii: true}
  gender: {type: STRING, description: Sex as reported.}
  is_hispanic: {type: BOOL, description: Whether Hispanic or Latino; NULL if not reported.}
  races: {type: ARRAY<STRING>, description: Race codes in alphabetical order.}
  race_ethnicity:
    type: STRING
    description: >-
      Roll-up of federal reports: Hispanic or Latino; Two or more races; the one race; else Unknown.
  grade_level: {type: STRING, description: Grade level of the latest enrolment of the year.}
  grade_level_order: {type: INT64, description: Place of the grade level; kindergarten is 0.}
  primary_school_key:
    type: STRING
    description: Key of the school of the primary active enrolment; of the last if none is.
  is_english_learner:
    type: BOOL
    description: >-
      Whether an English learner, as reported; where that is not reported, whether in a language program. This and the
      flags below hold on as_of_date for the current year and at any time of it for other years.
  is_special_education: {type: BOOL, description: Whether in special education.}
  has_504_plan: {type: BOOL, description: Whether a plan under section 504 is in force.}
  is_economically_disadvantaged: {type: BOOL, description: "Whether so characterised, or given meals by need."}
  is_homeless: {type: BOOL, description: Whether homeless.}
  is_foster_care: {type: BOOL, description: Whether in foster care.}
  is_migrant: {type: BOOL, description: Whether migrant.}
  is_military_connected: {type: BOOL, description: Whether of a military family.}
  is_gifted: {type: BOOL, description: Whether in a program for the gifted.}
  is_immigrant: {type: BOOL, description: Whether an immigrant.}
  ever_english_learner: {type: BOOL, description: Whether an English learner in any year.}
  ever_special_education: {type: BOOL, description: Whether in special education in any year.}
  limited_english_proficiency: {type: STRING, description: English proficiency as reported.}
  home_language: {type: STRING, description: Language spoken at home; the first code if there are several.}
  cohort_year_9th_grade: {type: INT64, description: School year in which the student entered grade nine.}
  email:
    type: STRING
    description: >-
      One address in lower case: of the organization, else another, the first of the alphabet if there are several.
    pii: true
  phone:
    type: STRING
    description: >-
      One number: mobile, else home, else another, the first if there are several; never a fax.
    pii: true
  city:
    type: STRING
    description: "City of the home address in force; without one, of the physical, temporary or mailing address."
    pii: true
  postal_code: {type: STRING, description: Postal code of that address., pii: true}
  demographic_org_id: {type: INT64, description: The organization whose demographics these are.}
  demographic_org_type: {type: STRING, description: "Whether that is a lea, a school or other."}
  homeroom_teacher_name: {type: STRING, description: "Last name, first name of who leads the homeroom.", pii: true}
  counselor_name:
    type: STRING
    description: >-
      Last name, first name of whose list of counseled students (a cohort, see ref.parameters) the student is on; the
      latest, on as_of_date for the current year and at any time of it for other years.
    pii: true
  is_enrolled: {type: BOOL, description: Whether any enrolment is active on as_of_date in the current school year.}
  is_latest: {type: BOOL, description: Whether this is the newest year that has the student.}
  last_modified_at: {type: TIMESTAMP, description: When the newest row behind this one was changed.}
tests:
  - relationship: {column: primary_school_key, to: marts.dim_school, min_match: 0.99, severity: warn}
  - expression: {name: has_demographics, sql: demographic_org_id is not null, severity: warn}
*/
with students as (
    select *
    from staging.stg_edfi__students
    where student_key is not null
    qualify row_number() over (partition by student_key order by last_modified_at desc, api_id) = 1
),

associations as (
    select *
    from staging.stg_edfi__student_education_organization_associations
    where student_key is not null
),

-- From data standard 6 on, demographics are a resource of their own.
demographics as (
    select * from staging.stg_edfi__student_demographics where student_key is not null
),

organizations as (
    select * from marts.bridge_student_organization
),

directory as (
    select * from marts.dim_student_directory
),

circumstances as (
    select * from marts.fct_student_circumstance
),

school_years as (
    select * from marts.dim_school_year
),

leads as (
    select * from marts.bridge_staff_group where is_lead
),

staff as (
    select * from marts.dim_staff
),

parameters as (
    select sources.source_id, parameters.exit_date_is_membership_day, parameters.counselor_cohort_type
    from (select distinct source_id from students) as sources
    join ref.parameters as parameters on parameters.source_id in (sources.source_id, '*')
    where true
    qualify row_number() over (
        partition by sources.source_id order by if(parameters.source_id = '*', 1, 0)
    ) = 1
),

exit_types as (
    select codes.source_id, codes.namespace, codes.code
    from (
        select distinct
            source_id,
            coalesce(exit_withdraw_type_namespace, '*') as namespace,
            exit_withdraw_type as code
        from staging.stg_edfi__student_school_associations
    ) as codes
    join ref.exit_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
    and (map.is_no_show or map.is_invalid)
),

-- fct_student_school judges enrolments with care; this dimension must not wait for it, and needs less: the first day is
-- that of most schools, not of each calendar.
judged_enrollments as (
    select
        enrollments.*,
        coalesce(enrollments.exit_withdraw_date >= enrollments.entry_date, true)
        and exit_types.code is null
        and not coalesce(
            enrollments.exit_withdraw_date <= school_years.first_instructional_date, false
        ) as is_valid
    from staging.stg_edfi__student_school_associations as enrollments
    left join school_years
        on school_years.source_id = enrollments.source_id
        and school_years.school_year = enrollments.school_year
    left join exit_types
        on exit_types.source_id = enrollments.source_id
        and exit_types.namespace = coalesce(enrollments.exit_withdraw_type_namespace, '*')
        and exit_types.code = enrollments.exit_withdraw_type
    where enrollments.enrollment_key is not null
),

enrollments as (
    select
        enrollments.student_key,
        enrollments.source_id,
        enrollments.school_key,
        enrollments.school_id,
        enrollments.entry_date,
        enrollments.exit_withdraw_date,
        enrollments.entry_grade_level,
        coalesce(enrollments.entry_grade_level_namespace, '*') as entry_grade_level_namespace,
        enrollments.primary_school,
        enrollments.full_time_equivalency,
        coalesce(enrollments.school_year in (0, enrollments.reported_school_year), true)
            as is_of_own_year,
        enrollments.is_valid,
        coalesce(
            school_years.is_current
            and coalesce(enrollments.school_year in (0, enrollments.reported_school_year), true)
            and enrollments.entry_date <= school_years.as_of_date
            and (
                enrollments.exit_withdraw_date is null
                or enrollments.exit_withdraw_date > school_years.as_of_date
                or (
                    enrollments.exit_withdraw_date = school_years.as_of_date
                    and parameters.exit_date_is_membership_day
                )
            )
            and enrollments.is_valid,
            false
        ) as is_active
    from judged_enrollments as enrollments
    left join school_years
        on school_years.source_id = enrollments.source_id
        and school_years.school_year = enrollments.school_year
    left join parameters on parameters.source_id = enrollments.source_id
),

primary_enrollments as (
    select
        student_key,
        school_key,
        school_id,
        countif(is_active) over (partition by student_key) > 0 as is_enrolled
    from enrollments
    where true
    qualify row_number() over (
        partition by student_key
        order by
            if(is_active, 0, 1),
            if(is_of_own_year, 0, 1),
            if(is_valid, 0, 1),
            -- Among active enrolments the primary one; among others the last.
            if(is_active, case when primary_school then 0 when primary_school is null then 1 else 2 end, 0),
            if(is_active, coalesce(full_time_equivalency, 1), 0) desc,
            if(is_active, date '9999-12-31', coalesce(exit_withdraw_date, date '9999-12-31')) desc,
            entry_date desc,
            school_id
    ) = 1
),

latest_grades as (
    select source_id, student_key, entry_grade_level, entry_grade_level_namespace
    from enrollments
    where entry_grade_level is not null
    qualify row_number() over (
        partition by student_key
        order by
            if(is_of_own_year, 0, 1),
            if(is_valid, 0, 1),
            entry_date desc,
            if(is_active, 0, 1),
            school_id
    ) = 1
),

grade_levels as (
    select codes.source_id, codes.namespace, codes.code, map.grade_level_order
    from (
        select distinct source_id, entry_grade_level_namespace as namespace, entry_grade_level as code
        from latest_grades
    ) as codes
    join ref.grade_levels as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

chosen_associations as (
    select associations.*, organizations.organization_type
    from associations
    join organizations
        on organizations.student_key = associations.student_key
        and organizations.education_organization_id = associations.education_organization_id
    where true
    qualify row_number() over (
        partition by associations.student_key
        order by organizations.organization_rank, associations.last_modified_at desc, associations.api_id
    ) = 1
),

chosen_demographics as (
    select demographics.*, organizations.organization_type
    from demographics
    join organizations
        on organizations.student_key = demographics.student_key
        and organizations.education_organization_id = demographics.education_organization_id
    where true
    qualify row_number() over (
        partition by demographics.student_key
        order by organizations.organization_rank, demographics.last_modified_at desc, demographics.api_id
    ) = 1
),

described as (
    select
        students.student_key,
        students.student_xyear_key,
        students.source_id,
        coalesce(chosen_demographics.education_organization_id, chosen_associations.education_organization_id)
            as organization_id,
        coalesce(chosen_demographics.organization_type, chosen_associations.organization_type) as organization_type,
        coalesce(chosen_demographics.sex, chosen_associations.sex) as sex,
        coalesce(chosen_demographics.hispanic_latino_ethnicity, chosen_associations.hispanic_latino_ethnicity)
            as is_hispanic,
        coalesce(chosen_demographics.limited_english_proficiency, chosen_associations.limited_english_proficiency)
            as limited_english_proficiency,
        coalesce(chosen_demographics.races, chosen_associations.races) as races,
        coalesce(chosen_demographics.languages, chosen_associations.languages) as languages,
        chosen_associations.cohort_years,
        greatest(
            students.last_modified_at,
            coalesce(chosen_associations.last_modified_at, students.last_modified_at),
            coalesce(chosen_demographics.last_modified_at, students.last_modified_at)
        ) as last_modified_at
    from students
    left join chosen_associations on chosen_associations.student_key = students.student_key
    left join chosen_demographics on chosen_demographics.student_key = students.student_key
),

races as (
    select distinct
        described.student_key,
        described.source_id,
        coalesce(regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#'), '*') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from described
    cross join unnest(json_query_array(described.races)) as item
),

mapped_races as (
    select races.student_key, races.code, map.race, coalesce(map.is_race, true) as is_race
    from races
    left join ref.race as map
        on map.source_id in (races.source_id, '*')
        and map.namespace in (races.namespace, '*')
        and lower(map.code) = lower(trim(races.code))
    where races.code is not null
    qualify row_number() over (
        partition by races.student_key, races.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

race_lists as (
    select
        student_key,
        array_agg(code order by code) as races,
        -- Two codes of one race are one race; a code that is not mapped is a race of its own.
        count(distinct if(is_race, coalesce(race, code), null)) as race_count,
        min(if(is_race, race, null)) as race
    from mapped_races
    group by student_key
),

home_languages as (
    select
        described.student_key,
        min(regexp_extract(json_value(item, '$.languageDescriptor'), r'[^#]*$')) as home_language
    from described
    cross join unnest(json_query_array(described.languages)) as item
    cross join unnest(json_query_array(item, '$.uses')) as use
    where lower(regexp_extract(json_value(use, '$.languageUseDescriptor'), r'[^#]*$')) = 'home language'
    group by described.student_key
),

cohort_years as (
    select
        described.student_key,
        min(safe_cast(json_value(item, '$.schoolYearTypeReference.schoolYear') as int64)) as cohort_year
    from described
    cross join unnest(json_query_array(described.cohort_years)) as item
    where lower(regexp_extract(json_value(item, '$.cohortYearTypeDescriptor'), r'[^#]*$')) = 'ninth grade'
    group by described.student_key
),

circumstance_columns as (
    select
        student_key,
        countif(circumstance = 'english_learner' and is_in_force) > 0 as is_in_language_program,
        countif(circumstance = 'english_learner') > 0 as was_in_language_program,
        countif(circumstance = 'special_education' and is_in_force) > 0 as is_special_education,
        countif(circumstance = 'special_education') > 0 as was_special_education,
        countif(circumstance = 'section_504' and is_in_force) > 0 as has_504_plan,
        countif(circumstance = 'economically_disadvantaged' and is_in_force) > 0 as is_economically_disadvantaged,
        countif(circumstance = 'homeless' and is_in_force) > 0 as is_homeless,
        countif(circumstance = 'foster_care' and is_in_force) > 0 as is_foster_care,
        countif(circumstance = 'migrant' and is_in_force) > 0 as is_migrant,
        countif(circumstance = 'military_connected' and is_in_force) > 0 as is_military_connected,
        countif(circumstance = 'gifted' and is_in_force) > 0 as is_gifted,
        countif(circumstance = 'immigrant' and is_in_force) > 0 as is_immigrant
    from circumstances
    group by student_key
),

english_proficiency as (
    select described.student_key, map.is_english_learner, map.was_english_learner
    from described
    join ref.english_proficiency as map
        on map.source_id in (described.source_id, '*')
        and lower(map.code) = lower(trim(described.limited_english_proficiency))
    where true
    qualify row_number() over (
        partition by described.student_key order by if(map.source_id = '*', 1, 0), map.namespace
    ) = 1
),

homerooms as (
    select student_sections.student_key, student_sections.section_key
    from staging.stg_edfi__student_section_associations as student_sections
    left join school_years
        on school_years.source_id = student_sections.source_id
        and school_years.school_year = student_sections.school_year
    where
        student_sections.homeroom_indicator
        and student_sections.section_key is not null
        and (school_years.in_force_to is null or student_sections.begin_date <= school_years.in_force_to)
    qualify row_number() over (
        partition by student_sections.student_key
        order by
            if(
                coalesce(student_sections.school_year in (0, student_sections.reported_school_year), true),
                0,
                1
            ),
            coalesce(student_sections.end_date, date '9999-12-31') desc,
            student_sections.begin_date desc,
            student_sections.section_key
    ) = 1
),

homeroom_teachers as (
    select homerooms.student_key, staff.display_name
    from homerooms
    join leads on leads.section_key = homerooms.section_key
    join staff on staff.staff_key = leads.staff_key
),

counselor_lists as (
    select cohorts.cohort_key
    from staging.stg_edfi__cohorts as cohorts
    join parameters on parameters.source_id = cohorts.source_id
    where cohorts.cohort_key is not null
        and lower(trim(cohorts.cohort_type)) = lower(trim(parameters.counselor_cohort_type))
    group by cohorts.cohort_key
),

counselors as (
    select members.student_key, staff.display_name
    from staging.stg_edfi__student_cohort_associations as members
    join counselor_lists on counselor_lists.cohort_key = members.cohort_key
    join staging.stg_edfi__staff_cohort_associations as leaders
        on leaders.cohort_key = members.cohort_key
        and coalesce(leaders.begin_date <= members.end_date, true)
        and coalesce(leaders.end_date >= members.begin_date, true)
    join staff on staff.staff_key = leaders.staff_key
    left join school_years
        on school_years.source_id = members.source_id
        and school_years.school_year = members.school_year
    where
        members.student_key is not null
        and staff.display_name is not null
        and coalesce(members.begin_date <= school_years.in_force_to, true)
        and coalesce(members.end_date >= school_years.in_force_from, true)
        and coalesce(leaders.begin_date <= school_years.in_force_to, true)
        and coalesce(leaders.end_date >= school_years.in_force_from, true)
    qualify row_number() over (
        partition by members.student_key
        order by
            coalesce(members.end_date, date '9999-12-31') desc,
            coalesce(leaders.end_date, date '9999-12-31') desc,
            members.begin_date desc,
            leaders.begin_date desc,
            staff.display_name,
            staff.staff_key
    ) = 1
),

final as (
    select
        students.student_key,
        students.student_xyear_key,
        students.source_id,
        students.school_year,
        students.student_unique_id,
        directory.state_student_id,
        directory.local_student_id,
        students.first_name,
        students.middle_name,
        students.last_surname as last_name,
        students.preferred_first_name as preferred_name,
        nullif(array_to_string([students.last_surname, students.first_name], ', '), '') as display_name,
        students.birth_date,
        described.sex as gender,
        described.is_hispanic,
        coalesce(race_lists.races, cast([] as array<string>)) as races,
        case
            when described.is_hispanic then 'Hispanic or Latino'
            when race_lists.race_count > 1 then 'Two or more races'
            else coalesce(race_lists.race, 'Unknown')
        end as race_ethnicity,
        latest_grades.entry_grade_level as grade_level,
        grade_levels.grade_level_order,
        primary_enrollments.school_key as primary_school_key,
        coalesce(
            english_proficiency.is_english_learner, circumstance_columns.is_in_language_program, false
        ) as is_english_learner,
        coalesce(circumstance_columns.is_special_education, false) as is_special_education,
        coalesce(circumstance_columns.has_504_plan, false) as has_504_plan,
        coalesce(circumstance_columns.is_economically_disadvantaged, false) as is_economically_disadvantaged,
        coalesce(circumstance_columns.is_homeless, false) as is_homeless,
        coalesce(circumstance_columns.is_foster_care, false) as is_foster_care,
        coalesce(circumstance_columns.is_migrant, false) as is_migrant,
        coalesce(circumstance_columns.is_military_connected, false) as is_military_connected,
        coalesce(circumstance_columns.is_gifted, false) as is_gifted,
        coalesce(circumstance_columns.is_immigrant, false) as is_immigrant,
        countif(
            coalesce(english_proficiency.was_english_learner, circumstance_columns.was_in_language_program, false)
        ) over (partition by students.student_xyear_key) > 0 as ever_english_learner,
        countif(coalesce(circumstance_columns.was_special_education, false)) over (
            partition by students.student_xyear_key
        ) > 0 as ever_special_education,
        described.limited_english_proficiency,
        home_languages.home_language,
        cohort_years.cohort_year as cohort_year_9th_grade,
        directory.email,
        directory.phone,
        directory.city,
        directory.postal_code,
        described.organization_id as demographic_org_id,
        described.organization_type as demographic_org_type,
        homeroom_teachers.display_name as homeroom_teacher_name,
        counselors.display_name as counselor_name,
        coalesce(primary_enrollments.is_enrolled, false) as is_enrolled,
        students.school_year = max(students.school_year) over (partition by students.student_xyear_key) as is_latest,
        described.last_modified_at
    from students
    join described on described.student_key = students.student_key
    left join directory on directory.student_key = students.student_key
    left join race_lists on race_lists.student_key = students.student_key
    left join latest_grades on latest_grades.student_key = students.student_key
    left join grade_levels
        on grade_levels.source_id = students.source_id
        and grade_levels.namespace = latest_grades.entry_grade_level_namespace
        and grade_levels.code = latest_grades.entry_grade_level
    left join primary_enrollments on primary_enrollments.student_key = students.student_key
    left join english_proficiency on english_proficiency.student_key = students.student_key
    left join circumstance_columns on circumstance_columns.student_key = students.student_key
    left join home_languages on home_languages.student_key = students.student_key
    left join cohort_years on cohort_years.student_key = students.student_key
    left join homeroom_teachers on homeroom_teachers.student_key = students.student_key
    left join counselors on counselors.student_key = students.student_key
)

select * from final
