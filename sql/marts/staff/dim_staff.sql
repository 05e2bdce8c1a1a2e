/* model
description: One row per staff member and school year.
materialize: table
key: [staff_key]
cluster: [source_id, school_year]
columns:
  staff_key: {type: STRING, description: "Key of the row: source_id, school_year, staff_unique_id."}
  staff_xyear_key: {type: STRING, description: "Key of the staff member across years: source_id, staff_unique_id."}
  source_id: {type: STRING, description: The configured source.}
  school_year: {type: INT64, description: School year (the year in which it ends).}
  staff_unique_id: {type: STRING, description: The staff member's id.}
  first_name: {type: STRING, description: First name., pii: true}
  middle_name: {type: STRING, description: Middle name., pii: true}
  last_name: {type: STRING, description: Last name., pii: true}
  display_name: {type: STRING, description: "Last name, first name.", pii: true}
  email:
    type: STRING
    description: >-
      One address in lower case: that for work, else of the organization, else another; the first of the alphabet if
      there are several.
    pii: true
  gender: {type: STRING, description: Sex as reported.}
  is_hispanic: {type: BOOL, description: Whether Hispanic or Latino; NULL if not reported.}
  races: {type: ARRAY<STRING>, description: Race codes in alphabetical order.}
  race_ethnicity: {type: STRING, description: Roll-up of federal reports.}
  highest_education: {type: STRING, description: Highest completed level of education.}
  years_teaching_experience: {type: NUMERIC, description: Years of teaching before the current one.}
  hire_date: {type: DATE, description: Day of hire of the employment in force; of the last one if none is.}
  employment_end_date: {type: DATE, description: Last day of that employment.}
  employment_status: {type: STRING, description: Status of that employment.}
  primary_classification:
    type: STRING
    description: >-
      Classification of the assignment in force (of the last one if none is) that comes first by its order, then the
      latest begin.
  is_teacher: {type: BOOL, description: Whether assigned as a teacher or to a section in this year.}
  is_active:
    type: BOOL
    description: >-
      Whether at work on as_of_date in the current school year. Who has employments is, when one is in force; else any
      assignment, section or school in force tells.
  is_latest: {type: BOOL, description: Whether this is the newest year that has the staff member.}
  last_modified_at: {type: TIMESTAMP, description: When the row was last changed.}
*/
with staffs as (
    select *
    from staging.stg_edfi__staffs
    where staff_key is not null
    qualify row_number() over (partition by staff_key order by last_modified_at desc, api_id) = 1
),

-- From data standard 6 on, demographics and addresses are resources of their own.
demographics as (
    select *
    from staging.stg_edfi__staff_demographics
    where staff_key is not null
    qualify row_number() over (
        partition by staff_key order by last_modified_at desc, education_organization_id, api_id
    ) = 1
),

directories as (
    select * from staging.stg_edfi__staff_directories
),

employments as (
    select * from staging.stg_edfi__staff_education_organization_employment_associations
),

assignments as (
    select * from staging.stg_edfi__staff_education_organization_assignment_associations
),

-- What a copied ODS has of an earlier year's work is no work of this one.
staff_schools as (
    select *
    from staging.stg_edfi__staff_school_associations
    where coalesce(school_year in (0, reported_school_year), true)
),

staff_sections as (
    select *
    from staging.stg_edfi__staff_section_associations
    where coalesce(school_year in (0, reported_school_year), true)
),

school_years as (
    select * from marts.dim_school_year
),

people as (
    select
        staffs.staff_key,
        staffs.source_id,
        coalesce(demographics.hispanic_latino_ethnicity, staffs.hispanic_latino_ethnicity) as is_hispanic,
        coalesce(demographics.sex, staffs.sex) as sex,
        coalesce(demographics.races, staffs.races) as races,
        school_years.as_of_date,
        coalesce(school_years.is_current, false) as is_current_year
    from staffs
    left join demographics on demographics.staff_key = staffs.staff_key
    left join school_years
        on school_years.source_id = staffs.source_id
        and school_years.school_year = staffs.school_year
),

mail_lists as (
    select staff_key, electronic_mails from staffs
    union all
    select staff_key, electronic_mails from directories where staff_key is not null
),

mails as (
    select
        mail_lists.staff_key,
        lower(trim(json_value(item, '$.electronicMailAddress'))) as email,
        lower(regexp_extract(json_value(item, '$.electronicMailTypeDescriptor'), r'[^#]*$')) as mail_type
    from mail_lists
    cross join unnest(json_query_array(mail_lists.electronic_mails)) as item
),

one_mail as (
    select *
    from mails
    where email != ''
    qualify row_number() over (
        partition by staff_key
        order by
            case mail_type
                when 'work' then 1
                when 'organization' then 2
                when 'other' then 3
                when 'home/personal' then 5
                else 4
            end,
            email
    ) = 1
),

races as (
    select distinct
        people.staff_key,
        people.source_id,
        coalesce(regexp_extract(json_value(item, '$.raceDescriptor'), r'^(.*)#'), '*') as namespace,
        regexp_extract(json_value(item, '$.raceDescriptor'), r'[^#]*$') as code
    from people
    cross join unnest(json_query_array(people.races)) as item
),

mapped_races as (
    select races.staff_key, races.code, map.race, coalesce(map.is_race, true) as is_race
    from races
    left join ref.race as map
        on map.source_id in (races.source_id, '*')
        and map.namespace in (races.namespace, '*')
        and lower(map.code) = lower(trim(races.code))
    where races.code is not null
    qualify row_number() over (
        partition by races.staff_key, races.code
        order by if(map.source_id = '*', 1, 0), if(map.namespace = '*', 1, 0)
    ) = 1
),

race_lists as (
    select
        staff_key,
        array_agg(code order by code) as races,
        -- Two codes of one race are one race; a code that is not mapped is a race of its own.
        count(distinct if(is_race, coalesce(race, code), null)) as race_count,
        min(if(is_race, race, null)) as race
    from mapped_races
    group by staff_key
),

employment_states as (
    select
        employments.staff_key,
        employments.hire_date,
        employments.end_date,
        employments.employment_status,
        coalesce(
            (employments.hire_date is null or employments.hire_date <= people.as_of_date)
            and (employments.end_date is null or employments.end_date >= people.as_of_date),
            false
        ) as is_in_force,
        employments.api_id
    from employments
    join people on people.staff_key = employments.staff_key
),

one_employment as (
    select *
    from employment_states
    where true
    qualify row_number() over (
        partition by staff_key
        order by if(is_in_force, 0, 1), hire_date desc, coalesce(end_date, date '9999-12-31') desc, api_id
    ) = 1
),

assignment_states as (
    select
        assignments.staff_key,
        assignments.staff_classification,
        assignments.order_of_assignment,
        assignments.begin_date,
        coalesce(
            (assignments.begin_date is null or assignments.begin_date <= people.as_of_date)
            and (assignments.end_date is null or assignments.end_date >= people.as_of_date),
            false
        ) as is_in_force
    from assignments
    join people on people.staff_key = assignments.staff_key
),

one_assignment as (
    select *
    from assignment_states
    where true
    qualify row_number() over (
        partition by staff_key
        order by
            if(is_in_force, 0, 1),
            coalesce(order_of_assignment, 1000000),
            begin_date desc,
            staff_classification
    ) = 1
),

work as (
    select
        staff_key,
        is_in_force as is_at_work,
        lower(trim(staff_classification)) = 'teacher' as is_teaching
    from assignment_states
    union all
    select
        staff_sections.staff_key,
        coalesce(
            (staff_sections.begin_date is null or staff_sections.begin_date <= people.as_of_date)
            and (staff_sections.end_date is null or staff_sections.end_date >= people.as_of_date),
            false
        ) as is_at_work,
        true as is_teaching
    from staff_sections
    join people on people.staff_key = staff_sections.staff_key
    union all
    select staff_key, true as is_at_work, false as is_teaching
    from staff_schools
    where staff_key is not null
),

work_by_staff as (
    select
        staff_key,
        countif(is_at_work) > 0 as is_at_work,
        countif(is_teaching) > 0 as is_teacher
    from work
    group by staff_key
),

final as (
    select
        staffs.staff_key,
        staffs.staff_xyear_key,
        staffs.source_id,
        staffs.school_year,
        staffs.staff_unique_id,
        staffs.first_name,
        staffs.middle_name,
        staffs.last_surname as last_name,
        nullif(array_to_string([staffs.last_surname, staffs.first_name], ', '), '') as display_name,
        one_mail.email,
        people.sex as gender,
        people.is_hispanic,
        coalesce(race_lists.races, cast([] as array<string>)) as races,
        case
            when people.is_hispanic then 'Hispanic or Latino'
            when race_lists.race_count > 1 then 'Two or more races'
            else coalesce(race_lists.race, 'Unknown')
        end as race_ethnicity,
        staffs.highest_completed_level_of_education as highest_education,
        staffs.years_of_prior_teaching_experience as years_teaching_experience,
        one_employment.hire_date,
        one_employment.end_date as employment_end_date,
        one_employment.employment_status,
        one_assignment.staff_classification as primary_classification,
        coalesce(work_by_staff.is_teacher, false) as is_teacher,
        people.is_current_year
        and coalesce(one_employment.is_in_force, work_by_staff.is_at_work, false) as is_active,
        staffs.school_year = max(staffs.school_year) over (partition by staffs.staff_xyear_key) as is_latest,
        staffs.last_modified_at
    from staffs
    join people on people.staff_key = staffs.staff_key
    left join one_mail on one_mail.staff_key = staffs.staff_key
    left join race_lists on race_lists.staff_key = staffs.staff_key
    left join one_employment on one_employment.staff_key = staffs.staff_key
    left join one_assignment on one_assignment.staff_key = staffs.staff_key
    left join work_by_staff on work_by_staff.staff_key = staffs.staff_key
)

select * from final
