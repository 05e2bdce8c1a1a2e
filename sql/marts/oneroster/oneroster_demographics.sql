/* model
description: >-
  The file demographics.csv of OneRoster 1.1: the students of users.csv.
materialize: view
key: [sourcedId]
columns:
  source_id: {type: STRING, description: The configured source; no column of OneRoster. A file is of one source.}
  sourcedId: {type: STRING, description: student_xyear_key of the student.}
  status: {type: STRING, description: "Always NULL, as a bulk file has it."}
  dateLastModified: {type: TIMESTAMP, description: "Always NULL, as a bulk file has it."}
  birthDate: {type: DATE, description: Day of birth., pii: true}
  sex: {type: STRING, description: male or female; NULL for others.}
  americanIndianOrAlaskaNative:
    type: BOOL
    description: "Whether of this race, alone or with others; NULL where no race is reported."
  asian: {type: BOOL, description: The same.}
  blackOrAfricanAmerican: {type: BOOL, description: The same.}
  nativeHawaiianOrOtherPacificIslander: {type: BOOL, description: The same.}
  white: {type: BOOL, description: The same.}
  demographicRaceTwoOrMoreRaces: {type: BOOL, description: Whether of several races; NULL where no race is reported.}
  hispanicOrLatinoEthnicity: {type: BOOL, description: Whether Hispanic or Latino; NULL if not reported.}
  countryOfBirthCode: {type: STRING, description: Always NULL.}
  stateOfBirthAbbreviation: {type: STRING, description: Always NULL.}
  cityOfBirth: {type: STRING, description: Always NULL.}
  publicSchoolResidenceStatus: {type: STRING, description: Always NULL.}
tests:
  - not_null: [source_id]
*/
with users as (
    select * from marts.oneroster_users where role = 'student'
),

students as (
    select students.*
    from marts.dim_student as students
    join marts.dim_school_year as years
        on years.source_id = students.source_id
        and years.school_year = students.school_year
    where years.is_current
),

races as (
    select
        student_key,
        countif(race_group = 'American Indian or Alaska Native') > 0 as is_american_indian,
        countif(race_group = 'Asian') > 0 as is_asian,
        countif(race_group = 'Black or African American') > 0 as is_black,
        countif(race_group = 'Native Hawaiian or Other Pacific Islander') > 0 as is_pacific,
        countif(race_group = 'White') > 0 as is_white,
        count(*) > 1 as has_several
    from marts.bridge_student_race
    where is_race
    group by student_key
),

final as (
    select
        users.source_id,
        users.sourcedId,
        cast(null as string) as status,
        cast(null as timestamp) as dateLastModified,
        students.birth_date as birthDate,
        case lower(trim(students.gender)) when 'male' then 'male' when 'female' then 'female' end as sex,
        races.is_american_indian as americanIndianOrAlaskaNative,
        races.is_asian as asian,
        races.is_black as blackOrAfricanAmerican,
        races.is_pacific as nativeHawaiianOrOtherPacificIslander,
        races.is_white as white,
        races.has_several as demographicRaceTwoOrMoreRaces,
        students.is_hispanic as hispanicOrLatinoEthnicity,
        cast(null as string) as countryOfBirthCode,
        cast(null as string) as stateOfBirthAbbreviation,
        cast(null as string) as cityOfBirth,
        cast(null as string) as publicSchoolResidenceStatus
    from users
    join students on students.student_xyear_key = users.sourcedId
    left join races on races.student_key = students.student_key
)

select * from final
