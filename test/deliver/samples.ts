import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import type { PayloadRow } from "./memory-payloads.ts";

export const schoolYear = 2026;
export const nwea = "uri://www.nwea.org/map/Assessment";

/** The collections of the pipeline that these tests deliver. */
export const resources = {
  methods: "/ed-fi/assessmentReportingMethodDescriptors",
  assessments: "/ed-fi/assessments",
  objectives: "/ed-fi/objectiveAssessments",
  results: "/ed-fi/studentAssessments",
} as const;

export type ResourceName = keyof typeof resources;

function snake(resource: string): string {
  return resource
    .slice(resource.lastIndexOf("/") + 1)
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

export function tableOf(name: ResourceName): string {
  return `delivery.map__${snake(resources[name])}`;
}

const header = (resource: string): string => `/* model
description: Payloads of ${resource}.
deliver: {pipeline: map, resource: ${resource}}
key: [source_id, school_year, record_key]
columns: {source_id: {type: STRING}, school_year: {type: INT64}, record_key: {type: STRING}, payload: {type: JSON}, changed_at: {type: TIMESTAMP}}
*/
select 'x' as source_id`;

export const models = catalogueOf(
  Object.values(resources).map((resource) => ({
    path: `delivery/map/map__${snake(resource)}.sql`,
    text: header(resource),
  })),
);

export const method = (codeValue: string, more: object = {}) => ({
  namespace: "uri://www.nwea.org/map/AssessmentReportingMethodDescriptor",
  codeValue,
  shortDescription: codeValue,
  ...more,
});
export const assessment = (assessmentIdentifier: string, more: object = {}) => ({
  assessmentIdentifier,
  namespace: nwea,
  assessmentTitle: assessmentIdentifier,
  academicSubjects: [{ academicSubjectDescriptor: "uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics" }],
  ...more,
});
export const objective = (identificationCode: string, parent?: string, more: object = {}) => ({
  identificationCode,
  assessmentReference: { assessmentIdentifier: "Math", namespace: nwea },
  ...(parent === undefined
    ? {}
    : {
        parentObjectiveAssessmentReference: {
          assessmentIdentifier: "Math",
          identificationCode: parent,
          namespace: nwea,
        },
      }),
  ...more,
});
export const result = (studentAssessmentIdentifier: string, more: object = {}) => ({
  studentAssessmentIdentifier,
  assessmentReference: { assessmentIdentifier: "Math", namespace: nwea },
  studentReference: { studentUniqueId: "s1" },
  administrationDate: "2025-09-10T14:05:00Z",
  schoolYearTypeReference: undefined,
  ...more,
});

/** A payload under a key, or under its own natural one. */
export function row(recordKey: string, payload: unknown, changedAt?: string): PayloadRow {
  return { schoolYear, recordKey, payload, ...(changedAt === undefined ? {} : { changedAt }) };
}
