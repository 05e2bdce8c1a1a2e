/** A list that iSAMS serves. */
export interface Collection {
  /** Its path below `/api/`; what it leaves open is the parent. */
  readonly path: RegExp;
  readonly resource: string;
  /** The name of the list in the body, after the endpoint. */
  readonly list: string;
  readonly isPaged: boolean;
  /** Members by which the sandbox finds a record, and which the API does not have. */
  readonly hidden: readonly string[];
  /** The member that says whose record it is, and the resource and member of those it may belong to. */
  readonly parent?: { readonly member: string; readonly resource: string; readonly key: string };
}

const paged = (path: RegExp, resource: string, list: string, hidden: readonly string[] = []): Collection => {
  return { path, resource, list, isPaged: true, hidden };
};
const whole = (path: RegExp, resource: string, hidden: readonly string[] = []): Collection => {
  return { path, resource, list: resource, isPaged: false, hidden };
};

/** Every list, as public clients read them. */
export const collections: readonly Collection[] = [
  paged(/^students$/, "students", "students"),
  paged(/^admissions\/applicants\/students$/, "applicants", "students", ["id"]),
  paged(/^alumni$/, "alumni", "alumni", ["id"]),
  paged(/^humanresources\/employees$/, "employees", "employees"),
  whole(/^school\/terms$/, "terms"),
  whole(/^school\/yeargroups$/, "yearGroups", ["id"]),
  {
    ...whole(/^school\/yeargroups\/(-?\d+)\/divisions$/, "divisions", ["ncYear"]),
    parent: { member: "ncYear", resource: "yearGroups", key: "ncYear" },
  },
  whole(/^school\/houses$/, "houses"),
  whole(/^billing\/invoicing\/cycles$/, "billingCycles"),
  whole(/^teaching\/subjects$/, "subjects"),
  whole(/^teaching\/sets$/, "sets"),
  {
    ...whole(/^teaching\/sets\/(\d+)\/setList$/, "setMembers", ["setId"]),
    list: "students",
    parent: { member: "setId", resource: "sets", key: "id" },
  },
  whole(/^registration\/absencecodes$/, "absenceCodes"),
  whole(/^registration\/presentcodes$/, "presentCodes"),
  whole(/^registration\/periods$/, "registrationPeriods"),
];
