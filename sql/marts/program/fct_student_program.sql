/* model
description: >-
  One row per student, program and day on which the student began in it, from all kinds of program associations. What
  only one kind says is NULL in the others. An open end is an active row.
materialize: table
key: [student_program_key]
cluster: [source_id, school_year, program_group]
columns:
  student_program_key:
    type: STRING
    description: >-
      Key of the row: source_id, school_year, student_unique_id, education_organization_id,
      program_education_organization_id, program_name, program_type, begin_date.
  program_key: {type: STRING, description: Key of the program.}
  student_key: {type: STRING, description: Key of the student.}
  student_xyear_key: {type: STRING, description: Key of the student across years.}
  school_key: {type: STRING, description: Key of the school that has the student in it; NULL if no school does.}
  lea_key: {type: STRING, description: Key of the local education agency that does or whose school does.}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends) of the ODS.}
  student_unique_id: {type: STRING, description: The student's id.}
  education_organization_id: {type: INT64, description: The organization that has the student in the program.}
  program_education_organization_id: {type: INT64, description: The organization that offers the program.}
  program_name: {type: STRING, description: Name of the program.}
  program_type: {type: STRING, description: Code of the program's type.}
  program_type_namespace: {type: STRING, description: "Namespace of the code, which says whose code it is."}
  program_group:
    type: STRING
    description: >-
      Group of the endpoint that reported it; where any program may be reported there, that of the type by
      ref.program_types, Other for a type that the map does not have.
  association_type: {type: STRING, description: Endpoint that reported it.}
  begin_date: {type: DATE, description: First day in the program.}
  end_date: {type: DATE, description: Last day in the program; NULL while it is open.}
  is_active:
    type: BOOL
    description: >-
      Whether as_of_date lies in the row and in the current school year, and special education has not ended before.
  reason_exited: {type: STRING, description: Code of why the student left.}
  is_served_outside_regular_session: {type: BOOL, description: Whether served in summer or between sessions.}
  participation_status: {type: STRING, description: Code of the newest status of participation.}
  services: {type: ARRAY<STRING>, description: "Codes of the services given, in alphabetical order."}
  is_idea_eligible: {type: BOOL, description: "Special education: whether eligible under IDEA."}
  primary_disability:
    type: STRING
    description: "Special education: code of the first disability by its order."
  educational_environment: {type: STRING, description: "Special education: code of the main setting."}
  special_education_hours_per_week: {type: NUMERIC, description: "Special education: hours of it a week."}
  school_hours_per_week: {type: NUMERIC, description: "Special education: hours of school a week."}
  iep_begin_date: {type: DATE, description: "Special education: first day of the newest plan (IEP)."}
  iep_end_date: {type: DATE, description: "Special education: last day of the newest plan."}
  iep_last_review_date: {type: DATE, description: "Special education: last review of the plan."}
  iep_review_due_date:
    type: DATE
    description: "Special education: when the next review is due; without one, a year after the last."
  last_evaluation_date: {type: DATE, description: "Special education: last evaluation."}
  evaluation_due_date: {type: DATE, description: "Special education: when the next evaluation is due, as reported."}
  is_medically_fragile: {type: BOOL, description: "Special education: whether medically fragile."}
  is_multiply_disabled: {type: BOOL, description: "Special education: whether multiply disabled."}
  special_education_exit_date: {type: DATE, description: "Special education: last day of special education."}
  special_education_exit_reason: {type: STRING, description: "Special education: code of why it ended."}
  is_english_learner_participant: {type: BOOL, description: "English learner: whether in the language program."}
  dosage: {type: INT64, description: "English learner: minutes of language instruction a day."}
  english_proficiency: {type: STRING, description: "English learner: code of the newest year's proficiency."}
  english_progress: {type: STRING, description: "English learner: code of the newest year's progress."}
  english_participation: {type: STRING, description: "English learner: code of that year's part in the test."}
  english_monitored: {type: STRING, description: "English learner: code of the newest year's monitoring."}
  title_i_participation: {type: STRING, description: "Title I: code of the kind of participation."}
  meal_eligibility:
    type: STRING
    description: >-
      Food service: Free, Reduced or Paid; the best that its services say by ref.meal_eligibility, Free for who is
      directly certified.
  is_directly_certified: {type: BOOL, description: "Food service: whether certified without an application."}
  nighttime_residence: {type: STRING, description: "Homeless: code of where the student sleeps."}
  is_unaccompanied_youth: {type: BOOL, description: "Homeless: whether unaccompanied."}
  is_awaiting_foster_care: {type: BOOL, description: "Homeless: whether awaiting foster care."}
  has_priority_for_services: {type: BOOL, description: "Migrant: whether first to be served."}
  last_qualifying_move: {type: DATE, description: "Migrant: last move that qualified."}
  qualifying_arrival_date: {type: DATE, description: "Migrant: arrival that qualified."}
  eligibility_expiration_date: {type: DATE, description: "Migrant: last day of eligibility."}
  state_residency_date: {type: DATE, description: "Migrant: first day of residence in the state."}
  career_pathway: {type: STRING, description: "CTE: code of the pathway of the primary program, until data standard 4."}
  cip_code: {type: STRING, description: "CTE: classification of that program; of the primary service from 5 on."}
  is_cte_completer: {type: BOOL, description: "CTE: whether any program is completed, until data standard 4."}
  is_private_cte_program: {type: BOOL, description: "CTE: whether in a private program."}
  is_non_traditional_gender: {type: BOOL, description: "CTE: whether of the gender rarer in the field."}
  technical_skills_assessment: {type: STRING, description: "CTE: code of the result of the assessment of skills."}
  neglected_or_delinquent_program: {type: STRING, description: "Neglected or delinquent: code of the kind of program."}
  ela_progress: {type: STRING, description: "Neglected or delinquent: code of the progress in language arts."}
  mathematics_progress: {type: STRING, description: "Neglected or delinquent: code of the progress in mathematics."}
  section_504_disability: {type: STRING, description: "504: code of the disability."}
  is_section_504_eligible: {type: BOOL, description: "504: whether eligible."}
  section_504_meeting_date: {type: DATE, description: "504: day of the meeting."}
  has_accommodation_plan: {type: BOOL, description: "504: whether there is a plan of accommodations."}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
tests:
  - not_null: [program_group, association_type, is_active]
  - relationship: {column: student_key, to: marts.dim_student, min_match: 0.99, severity: warn}
  - relationship: {column: program_key, to: marts.dim_program, min_match: 0.99, severity: warn}
  - expression: {name: end_is_not_before_begin, sql: end_date is null or end_date >= begin_date, severity: warn}
  - accepted_values: {column: meal_eligibility, values: [Free, Reduced, Paid]}
*/
with reported as (
    select
        'student_program_associations' as association_type,
        cast(null as string) as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_program_associations
    union all
    select
        'student_special_education_program_associations' as association_type,
        'Special Education' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_special_education_program_associations
    union all
    select
        'student_language_instruction_program_associations' as association_type,
        'English Learner' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_language_instruction_program_associations
    union all
    select
        'student_title_i_part_a_program_associations' as association_type,
        'Title I' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_title_i_part_a_program_associations
    union all
    select
        'student_school_food_service_program_associations' as association_type,
        'Food Service' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_school_food_service_program_associations
    union all
    select
        'student_homeless_program_associations' as association_type,
        'Homeless' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_homeless_program_associations
    union all
    select
        'student_migrant_education_program_associations' as association_type,
        'Migrant' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_migrant_education_program_associations
    union all
    select
        'student_cte_program_associations' as association_type,
        'CTE' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_cte_program_associations
    union all
    select
        'student_neglected_or_delinquent_program_associations' as association_type,
        'Title I' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        participation_status,
        last_modified_at
    from staging.stg_edfi__student_neglected_or_delinquent_program_associations
    union all
    select
        'student_section_504_program_associations' as association_type,
        '504' as association_group,
        student_program_key as natural_key,
        program_key,
        student_key,
        student_xyear_key,
        source_id,
        school_year,
        api_id,
        student_unique_id,
        education_organization_id,
        program_education_organization_id,
        program_name,
        program_type,
        program_type_namespace,
        begin_date,
        end_date,
        reason_exited,
        served_outside_of_regular_session,
        program_participation_statuses,
        cast(null as json) as participation_status,
        last_modified_at
    from staging.stg_edfi__student_section_504_program_associations
),

special_education as (
    select * from staging.stg_edfi__student_special_education_program_associations
),

language_instruction as (
    select * from staging.stg_edfi__student_language_instruction_program_associations
),

title_i as (
    select * from staging.stg_edfi__student_title_i_part_a_program_associations
),

food_service as (
    select * from staging.stg_edfi__student_school_food_service_program_associations
),

homeless as (
    select * from staging.stg_edfi__student_homeless_program_associations
),

migrant as (
    select * from staging.stg_edfi__student_migrant_education_program_associations
),

cte as (
    select * from staging.stg_edfi__student_cte_program_associations
),

neglected_or_delinquent as (
    select * from staging.stg_edfi__student_neglected_or_delinquent_program_associations
),

section_504 as (
    select * from staging.stg_edfi__student_section_504_program_associations
),

services as (
    select * from marts.fct_student_program_service
),

leas as (
    select * from marts.dim_lea
),

schools as (
    select * from marts.dim_school
),

school_years as (
    select * from marts.dim_school_year
),

-- The kinds share their key: where two report the same, the one that says more holds.
associations as (
    select
        *,
        coalesce(
            natural_key,
            to_hex(md5(concat(source_id, '\u001f', cast(school_year as string), '\u001f', api_id)))
        ) as student_program_key
    from reported
    where true
    qualify row_number() over (
        partition by coalesce(natural_key, concat(source_id, cast(school_year as string), api_id))
        order by if(association_group is null, 1, 0), last_modified_at desc, api_id, association_type
    ) = 1
),

program_groups as (
    select codes.source_id, codes.namespace, codes.code, map.program_group
    from (
        select distinct source_id, coalesce(program_type_namespace, '*') as namespace, program_type as code
        from associations
    ) as codes
    join ref.program_types as map
        on map.source_id in (codes.source_id, '*')
        and map.namespace in (codes.namespace, '*')
        and lower(map.code) = lower(trim(codes.code))
    where true
    qualify row_number() over (
        partition by codes.source_id, codes.namespace, codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

statuses as (
    select associations.student_program_key, item
    from associations
    cross join unnest(json_query_array(associations.program_participation_statuses)) as item
    union all
    select student_program_key, participation_status as item
    from associations
    where participation_status is not null
),

newest_statuses as (
    select
        student_program_key,
        regexp_extract(json_value(item, '$.participationStatusDescriptor'), r'[^#]*$') as participation_status
    from statuses
    where json_value(item, '$.participationStatusDescriptor') is not null
    qualify row_number() over (
        partition by student_program_key
        order by
            coalesce(json_value(item, '$.statusBeginDate'), '') desc,
            json_value(item, '$.participationStatusDescriptor')
    ) = 1
),

service_lists as (
    select student_program_key, array_agg(distinct service order by service) as services
    from services
    group by student_program_key
),

meal_codes as (
    select distinct source_id, coalesce(service_namespace, '*') as namespace, service as code
    from services
    where association_type = 'student_school_food_service_program_associations'
),

mapped_meals as (
    select meal_codes.source_id, meal_codes.namespace, meal_codes.code, map.meal_eligibility
    from meal_codes
    join ref.meal_eligibility as map
        on map.source_id in (meal_codes.source_id, '*')
        and map.namespace in (meal_codes.namespace, '*')
        and lower(map.code) = lower(trim(meal_codes.code))
    where true
    qualify row_number() over (
        partition by meal_codes.source_id, meal_codes.namespace, meal_codes.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

meals as (
    select
        services.student_program_key,
        case min(case mapped_meals.meal_eligibility when 'Free' then 1 when 'Reduced' then 2 when 'Paid' then 3 end)
            when 1 then 'Free'
            when 2 then 'Reduced'
            when 3 then 'Paid'
        end as meal_eligibility
    from services
    join mapped_meals
        on mapped_meals.source_id = services.source_id
        and mapped_meals.namespace = coalesce(services.service_namespace, '*')
        and mapped_meals.code = services.service
    group by services.student_program_key
),

disabilities as (
    select
        special_education.source_id,
        special_education.school_year,
        special_education.api_id,
        regexp_extract(json_value(item, '$.disabilityDescriptor'), r'[^#]*$') as disability
    from special_education
    cross join unnest(json_query_array(special_education.disabilities)) as item
    where json_value(item, '$.disabilityDescriptor') is not null
    qualify row_number() over (
        partition by special_education.source_id, special_education.school_year, special_education.api_id
        order by
            coalesce(safe_cast(json_value(item, '$.orderOfDisability') as int64), 1000000),
            json_value(item, '$.disabilityDescriptor')
    ) = 1
),

english_assessments as (
    select
        language_instruction.source_id,
        language_instruction.school_year,
        language_instruction.api_id,
        regexp_extract(json_value(item, '$.proficiencyDescriptor'), r'[^#]*$') as proficiency,
        regexp_extract(json_value(item, '$.progressDescriptor'), r'[^#]*$') as progress,
        regexp_extract(json_value(item, '$.participationDescriptor'), r'[^#]*$') as participation,
        regexp_extract(json_value(item, '$.monitoredDescriptor'), r'[^#]*$') as monitored
    from language_instruction
    cross join unnest(
        json_query_array(language_instruction.english_language_proficiency_assessments)
    ) as item with offset as position
    where true
    qualify row_number() over (
        partition by
            language_instruction.source_id,
            language_instruction.school_year,
            language_instruction.api_id
        order by
            coalesce(safe_cast(json_value(item, '$.schoolYearTypeReference.schoolYear') as int64), 0) desc,
            position
    ) = 1
),

-- The programs of data standards 3 and 4; from 5 on only their services are left.
cte_programs as (
    select
        cte.source_id,
        cte.school_year,
        cte.api_id,
        1 as priority,
        position,
        lax_bool(json_query(item, '$.primaryCTEProgramIndicator')) as is_primary,
        regexp_extract(json_value(item, '$.careerPathwayDescriptor'), r'[^#]*$') as career_pathway,
        json_value(item, '$.cipCode') as cip_code,
        lax_bool(json_query(item, '$.cteProgramCompletionIndicator')) as is_completed
    from cte
    cross join unnest(json_query_array(cte.cte_programs)) as item with offset as position
    union all
    select
        cte.source_id,
        cte.school_year,
        cte.api_id,
        2 as priority,
        position,
        lax_bool(json_query(item, '$.primaryIndicator')) as is_primary,
        cast(null as string) as career_pathway,
        json_value(item, '$.cipCode') as cip_code,
        cast(null as bool) as is_completed
    from cte
    cross join unnest(json_query_array(cte.cte_program_services)) as item with offset as position
),

primary_cte_programs as (
    select
        source_id,
        school_year,
        api_id,
        career_pathway,
        cip_code,
        countif(is_completed) over (partition by source_id, school_year, api_id) > 0 as is_completed,
        countif(is_completed is not null) over (partition by source_id, school_year, api_id) > 0 as says_if_completed
    from cte_programs
    where true
    qualify row_number() over (
        partition by source_id, school_year, api_id
        order by priority, if(is_primary, 0, 1), if(cip_code is null, 1, 0), position
    ) = 1
),

final as (
    select
        associations.student_program_key,
        associations.program_key,
        associations.student_key,
        associations.student_xyear_key,
        schools.school_key,
        coalesce(leas.lea_key, schools.lea_key) as lea_key,
        associations.source_id,
        associations.school_year,
        associations.student_unique_id,
        associations.education_organization_id,
        associations.program_education_organization_id,
        associations.program_name,
        associations.program_type,
        associations.program_type_namespace,
        coalesce(associations.association_group, program_groups.program_group, 'Other') as program_group,
        associations.association_type,
        associations.begin_date,
        associations.end_date,
        coalesce(
            school_years.is_current
            and coalesce(associations.begin_date <= school_years.as_of_date, true)
            and coalesce(associations.end_date >= school_years.as_of_date, true)
            and coalesce(special_education.special_education_exit_date >= school_years.as_of_date, true),
            false
        ) as is_active,
        associations.reason_exited,
        associations.served_outside_of_regular_session as is_served_outside_regular_session,
        newest_statuses.participation_status,
        coalesce(service_lists.services, cast([] as array<string>)) as services,
        special_education.idea_eligibility as is_idea_eligible,
        disabilities.disability as primary_disability,
        special_education.special_education_setting as educational_environment,
        special_education.special_education_hours_per_week,
        special_education.school_hours_per_week,
        special_education.iep_begin_date,
        special_education.iep_end_date,
        special_education.iep_last_review_date,
        coalesce(
            special_education.iep_review_due_date,
            date_add(least(special_education.iep_last_review_date, date '9998-12-31'), interval 1 year)
        ) as iep_review_due_date,
        special_education.iep_last_evaluation_date as last_evaluation_date,
        special_education.iep_evaluation_due_date as evaluation_due_date,
        special_education.medically_fragile as is_medically_fragile,
        special_education.multiply_disabled as is_multiply_disabled,
        special_education.special_education_exit_date,
        special_education.special_education_exit_reason,
        language_instruction.english_learner_participation as is_english_learner_participant,
        language_instruction.dosage,
        english_assessments.proficiency as english_proficiency,
        english_assessments.progress as english_progress,
        english_assessments.participation as english_participation,
        english_assessments.monitored as english_monitored,
        title_i.title_i_part_a_participant as title_i_participation,
        if(food_service.direct_certification, 'Free', meals.meal_eligibility) as meal_eligibility,
        food_service.direct_certification as is_directly_certified,
        homeless.homeless_primary_nighttime_residence as nighttime_residence,
        homeless.homeless_unaccompanied_youth as is_unaccompanied_youth,
        homeless.awaiting_foster_care as is_awaiting_foster_care,
        migrant.priority_for_services as has_priority_for_services,
        migrant.last_qualifying_move,
        migrant.qualifying_arrival_date,
        migrant.eligibility_expiration_date,
        migrant.state_residency_date,
        primary_cte_programs.career_pathway,
        primary_cte_programs.cip_code,
        if(primary_cte_programs.says_if_completed, primary_cte_programs.is_completed, null) as is_cte_completer,
        cte.private_cte_program as is_private_cte_program,
        cte.non_traditional_gender_status as is_non_traditional_gender,
        cte.technical_skills_assessment,
        neglected_or_delinquent.neglected_or_delinquent_program,
        neglected_or_delinquent.ela_progress_level as ela_progress,
        neglected_or_delinquent.mathematics_progress_level as mathematics_progress,
        section_504.section504_disability as section_504_disability,
        section_504.section504_eligibility as is_section_504_eligible,
        section_504.section504_meeting_date as section_504_meeting_date,
        section_504.accommodation_plan as has_accommodation_plan,
        associations.last_modified_at
    from associations
    left join leas
        on leas.source_id = associations.source_id
        and leas.lea_id = associations.education_organization_id
    left join schools
        on schools.source_id = associations.source_id
        and schools.school_year = associations.school_year
        and schools.school_id = associations.education_organization_id
    left join school_years
        on school_years.source_id = associations.source_id
        and school_years.school_year = associations.school_year
    left join program_groups
        on program_groups.source_id = associations.source_id
        and program_groups.namespace = coalesce(associations.program_type_namespace, '*')
        and program_groups.code = associations.program_type
    left join newest_statuses on newest_statuses.student_program_key = associations.student_program_key
    left join service_lists on service_lists.student_program_key = associations.student_program_key
    left join meals on meals.student_program_key = associations.student_program_key
    left join special_education
        on special_education.source_id = associations.source_id
        and special_education.school_year = associations.school_year
        and special_education.api_id = associations.api_id
    left join disabilities
        on disabilities.source_id = associations.source_id
        and disabilities.school_year = associations.school_year
        and disabilities.api_id = associations.api_id
    left join language_instruction
        on language_instruction.source_id = associations.source_id
        and language_instruction.school_year = associations.school_year
        and language_instruction.api_id = associations.api_id
    left join english_assessments
        on english_assessments.source_id = associations.source_id
        and english_assessments.school_year = associations.school_year
        and english_assessments.api_id = associations.api_id
    left join title_i
        on title_i.source_id = associations.source_id
        and title_i.school_year = associations.school_year
        and title_i.api_id = associations.api_id
    left join food_service
        on food_service.source_id = associations.source_id
        and food_service.school_year = associations.school_year
        and food_service.api_id = associations.api_id
    left join homeless
        on homeless.source_id = associations.source_id
        and homeless.school_year = associations.school_year
        and homeless.api_id = associations.api_id
    left join migrant
        on migrant.source_id = associations.source_id
        and migrant.school_year = associations.school_year
        and migrant.api_id = associations.api_id
    left join cte
        on cte.source_id = associations.source_id
        and cte.school_year = associations.school_year
        and cte.api_id = associations.api_id
    left join primary_cte_programs
        on primary_cte_programs.source_id = associations.source_id
        and primary_cte_programs.school_year = associations.school_year
        and primary_cte_programs.api_id = associations.api_id
    left join neglected_or_delinquent
        on neglected_or_delinquent.source_id = associations.source_id
        and neglected_or_delinquent.school_year = associations.school_year
        and neglected_or_delinquent.api_id = associations.api_id
    left join section_504
        on section_504.source_id = associations.source_id
        and section_504.school_year = associations.school_year
        and section_504.api_id = associations.api_id
)

select * from final
