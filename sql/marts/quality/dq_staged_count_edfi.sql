/* model
description: >-
  One row per source, endpoint and school year of the connector edfi: how many records are live in staging.
  dq_staged_count has those of all connectors. Generated: sql/generate-staging.ts.
materialize: table
key: [source_id, endpoint, school_year]
columns:
  source_id: {type: STRING, description: The configured source.}
  endpoint: {type: STRING, description: The endpoint.}
  school_year:
    type: INT64
    description: School year (the year in which it ends) of the ODS; 0 of a source without years.
  row_count: {type: INT64, description: Live records.}
  last_modified_at:
    type: TIMESTAMP
    description: When the newest of them was changed; where the source does not tell, when it was read.
tests:
  - not_null: [row_count]
*/
with records as (
    select source_id, school_year, last_modified_at, 'assessments' as endpoint
    from staging.stg_edfi__assessments
    union all
    select source_id, school_year, last_modified_at, 'bell_schedules' as endpoint
    from staging.stg_edfi__bell_schedules
    union all
    select source_id, school_year, last_modified_at, 'calendar_dates' as endpoint
    from staging.stg_edfi__calendar_dates
    union all
    select source_id, school_year, last_modified_at, 'calendars' as endpoint
    from staging.stg_edfi__calendars
    union all
    select source_id, school_year, last_modified_at, 'class_periods' as endpoint
    from staging.stg_edfi__class_periods
    union all
    select source_id, school_year, last_modified_at, 'cohort_type_descriptors' as endpoint
    from staging.stg_edfi__cohort_type_descriptors
    union all
    select source_id, school_year, last_modified_at, 'cohorts' as endpoint
    from staging.stg_edfi__cohorts
    union all
    select source_id, school_year, last_modified_at, 'contacts' as endpoint
    from staging.stg_edfi__contacts
    union all
    select source_id, school_year, last_modified_at, 'course_offerings' as endpoint
    from staging.stg_edfi__course_offerings
    union all
    select source_id, school_year, last_modified_at, 'course_transcripts' as endpoint
    from staging.stg_edfi__course_transcripts
    union all
    select source_id, school_year, last_modified_at, 'courses' as endpoint
    from staging.stg_edfi__courses
    union all
    select source_id, school_year, last_modified_at, 'disability_descriptors' as endpoint
    from staging.stg_edfi__disability_descriptors
    union all
    select source_id, school_year, last_modified_at, 'discipline_actions' as endpoint
    from staging.stg_edfi__discipline_actions
    union all
    select source_id, school_year, last_modified_at, 'discipline_incidents' as endpoint
    from staging.stg_edfi__discipline_incidents
    union all
    select source_id, school_year, last_modified_at, 'education_service_centers' as endpoint
    from staging.stg_edfi__education_service_centers
    union all
    select source_id, school_year, last_modified_at, 'gradebook_entries' as endpoint
    from staging.stg_edfi__gradebook_entries
    union all
    select source_id, school_year, last_modified_at, 'grades' as endpoint
    from staging.stg_edfi__grades
    union all
    select source_id, school_year, last_modified_at, 'grading_period_descriptors' as endpoint
    from staging.stg_edfi__grading_period_descriptors
    union all
    select source_id, school_year, last_modified_at, 'grading_periods' as endpoint
    from staging.stg_edfi__grading_periods
    union all
    select source_id, school_year, last_modified_at, 'graduation_plans' as endpoint
    from staging.stg_edfi__graduation_plans
    union all
    select source_id, school_year, last_modified_at, 'language_descriptors' as endpoint
    from staging.stg_edfi__language_descriptors
    union all
    select source_id, school_year, last_modified_at, 'language_use_descriptors' as endpoint
    from staging.stg_edfi__language_use_descriptors
    union all
    select source_id, school_year, last_modified_at, 'lmsx_assignment_submissions' as endpoint
    from staging.stg_edfi__lmsx_assignment_submissions
    union all
    select source_id, school_year, last_modified_at, 'lmsx_assignments' as endpoint
    from staging.stg_edfi__lmsx_assignments
    union all
    select source_id, school_year, last_modified_at, 'local_education_agencies' as endpoint
    from staging.stg_edfi__local_education_agencies
    union all
    select source_id, school_year, last_modified_at, 'locations' as endpoint
    from staging.stg_edfi__locations
    union all
    select source_id, school_year, last_modified_at, 'objective_assessments' as endpoint
    from staging.stg_edfi__objective_assessments
    union all
    select source_id, school_year, last_modified_at, 'parents' as endpoint
    from staging.stg_edfi__parents
    union all
    select source_id, school_year, last_modified_at, 'people' as endpoint
    from staging.stg_edfi__people
    union all
    select source_id, school_year, last_modified_at, 'programs' as endpoint
    from staging.stg_edfi__programs
    union all
    select source_id, school_year, last_modified_at, 'race_descriptors' as endpoint
    from staging.stg_edfi__race_descriptors
    union all
    select source_id, school_year, last_modified_at, 'school_year_types' as endpoint
    from staging.stg_edfi__school_year_types
    union all
    select source_id, school_year, last_modified_at, 'schools' as endpoint
    from staging.stg_edfi__schools
    union all
    select source_id, school_year, last_modified_at, 'section_attendance_taken_events' as endpoint
    from staging.stg_edfi__section_attendance_taken_events
    union all
    select source_id, school_year, last_modified_at, 'sections' as endpoint
    from staging.stg_edfi__sections
    union all
    select source_id, school_year, last_modified_at, 'sessions' as endpoint
    from staging.stg_edfi__sessions
    union all
    select source_id, school_year, last_modified_at, 'staff_cohort_associations' as endpoint
    from staging.stg_edfi__staff_cohort_associations
    union all
    select source_id, school_year, last_modified_at, 'staff_demographics' as endpoint
    from staging.stg_edfi__staff_demographics
    union all
    select source_id, school_year, last_modified_at, 'staff_directories' as endpoint
    from staging.stg_edfi__staff_directories
    union all
    select source_id, school_year, last_modified_at, 'staff_discipline_incident_associations' as endpoint
    from staging.stg_edfi__staff_discipline_incident_associations
    union all
    select source_id, school_year, last_modified_at, 'staff_education_organization_assignment_associations' as endpoint
    from staging.stg_edfi__staff_education_organization_assignment_associations
    union all
    select source_id, school_year, last_modified_at, 'staff_education_organization_employment_associations' as endpoint
    from staging.stg_edfi__staff_education_organization_employment_associations
    union all
    select source_id, school_year, last_modified_at, 'staff_identification_codes' as endpoint
    from staging.stg_edfi__staff_identification_codes
    union all
    select source_id, school_year, last_modified_at, 'staff_school_associations' as endpoint
    from staging.stg_edfi__staff_school_associations
    union all
    select source_id, school_year, last_modified_at, 'staff_section_associations' as endpoint
    from staging.stg_edfi__staff_section_associations
    union all
    select source_id, school_year, last_modified_at, 'staffs' as endpoint
    from staging.stg_edfi__staffs
    union all
    select source_id, school_year, last_modified_at, 'state_education_agencies' as endpoint
    from staging.stg_edfi__state_education_agencies
    union all
    select source_id, school_year, last_modified_at, 'student_academic_records' as endpoint
    from staging.stg_edfi__student_academic_records
    union all
    select source_id, school_year, last_modified_at, 'student_assessments' as endpoint
    from staging.stg_edfi__student_assessments
    union all
    select source_id, school_year, last_modified_at, 'student_cohort_associations' as endpoint
    from staging.stg_edfi__student_cohort_associations
    union all
    select source_id, school_year, last_modified_at, 'student_contact_associations' as endpoint
    from staging.stg_edfi__student_contact_associations
    union all
    select source_id, school_year, last_modified_at, 'student_cte_program_associations' as endpoint
    from staging.stg_edfi__student_cte_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_demographics' as endpoint
    from staging.stg_edfi__student_demographics
    union all
    select source_id, school_year, last_modified_at, 'student_directories' as endpoint
    from staging.stg_edfi__student_directories
    union all
    select source_id, school_year, last_modified_at, 'student_discipline_incident_associations' as endpoint
    from staging.stg_edfi__student_discipline_incident_associations
    union all
    select source_id, school_year, last_modified_at, 'student_discipline_incident_behavior_associations' as endpoint
    from staging.stg_edfi__student_discipline_incident_behavior_associations
    union all
    select source_id, school_year, last_modified_at, 'student_discipline_incident_non_offender_associations' as endpoint
    from staging.stg_edfi__student_discipline_incident_non_offender_associations
    union all
    select source_id, school_year, last_modified_at, 'student_education_organization_associations' as endpoint
    from staging.stg_edfi__student_education_organization_associations
    union all
    select source_id, school_year, last_modified_at, 'student_gradebook_entries' as endpoint
    from staging.stg_edfi__student_gradebook_entries
    union all
    select source_id, school_year, last_modified_at, 'student_homeless_program_associations' as endpoint
    from staging.stg_edfi__student_homeless_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_identification_codes' as endpoint
    from staging.stg_edfi__student_identification_codes
    union all
    select source_id, school_year, last_modified_at, 'student_language_instruction_program_associations' as endpoint
    from staging.stg_edfi__student_language_instruction_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_migrant_education_program_associations' as endpoint
    from staging.stg_edfi__student_migrant_education_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_neglected_or_delinquent_program_associations' as endpoint
    from staging.stg_edfi__student_neglected_or_delinquent_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_parent_associations' as endpoint
    from staging.stg_edfi__student_parent_associations
    union all
    select source_id, school_year, last_modified_at, 'student_program_associations' as endpoint
    from staging.stg_edfi__student_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_school_associations' as endpoint
    from staging.stg_edfi__student_school_associations
    union all
    select source_id, school_year, last_modified_at, 'student_school_attendance_events' as endpoint
    from staging.stg_edfi__student_school_attendance_events
    union all
    select source_id, school_year, last_modified_at, 'student_school_food_service_program_associations' as endpoint
    from staging.stg_edfi__student_school_food_service_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_section_504_program_associations' as endpoint
    from staging.stg_edfi__student_section_504_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_section_associations' as endpoint
    from staging.stg_edfi__student_section_associations
    union all
    select source_id, school_year, last_modified_at, 'student_section_attendance_events' as endpoint
    from staging.stg_edfi__student_section_attendance_events
    union all
    select source_id, school_year, last_modified_at, 'student_special_education_program_associations' as endpoint
    from staging.stg_edfi__student_special_education_program_associations
    union all
    select source_id, school_year, last_modified_at, 'student_title_i_part_a_program_associations' as endpoint
    from staging.stg_edfi__student_title_i_part_a_program_associations
    union all
    select source_id, school_year, last_modified_at, 'students' as endpoint
    from staging.stg_edfi__students
    union all
    select source_id, school_year, last_modified_at, 'survey_question_responses' as endpoint
    from staging.stg_edfi__survey_question_responses
    union all
    select source_id, school_year, last_modified_at, 'survey_questions' as endpoint
    from staging.stg_edfi__survey_questions
    union all
    select source_id, school_year, last_modified_at, 'survey_responses' as endpoint
    from staging.stg_edfi__survey_responses
    union all
    select source_id, school_year, last_modified_at, 'survey_sections' as endpoint
    from staging.stg_edfi__survey_sections
    union all
    select source_id, school_year, last_modified_at, 'surveys' as endpoint
    from staging.stg_edfi__surveys
),

final as (
    select
        source_id,
        endpoint,
        school_year,
        count(*) as row_count,
        max(last_modified_at) as last_modified_at
    from records
    group by source_id, endpoint, school_year
)

select * from final
