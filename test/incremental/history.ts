import type { ChangeInput, Sandbox } from "../../sandbox/sandbox.ts";
import type { Luck } from "../simulation/luck.ts";
import { firstRecords, type Resource, years } from "./districts.ts";

type Record_ = Readonly<Record<string, unknown>> & { readonly id: string };
type Kind = "insert" | "update" | "delete" | "recreate" | "change key" | "commit late";

const everywhere: readonly Kind[] = [
  "insert",
  "insert",
  "update",
  "update",
  "update",
  "delete",
  "recreate",
  "commit late",
];

/** The sandbox follows key changes of what may change its key in Ed-Fi. */
const kindsOf = (resource: Resource): readonly Kind[] =>
  resource === "studentSchoolAssociations" ? [...everywhere, "change key"] : everywhere;

/** What marts show of a resource, and values that they take differently. */
const edits: Readonly<Record<Resource, (luck: Luck) => Record<string, unknown>>> = {
  localEducationAgencies: (luck) => ({ nameOfInstitution: `District ${luck.below(100)}` }),
  schools: (luck) => ({ nameOfInstitution: luck.chance(0.2) ? null : `School ${luck.below(100)}` }),
  students: (luck) => ({
    firstName: `Name ${luck.below(100)}`,
    birthDate: luck.one(["2003-02-01", "unknown", "2001-01-31"]),
  }),
  studentSchoolAssociations: (luck) => ({
    exitWithdrawDate: luck.one([null, "2011-01-14", "2009-01-01"]),
    entryGradeLevelDescriptor: `uri://ed-fi.org/GradeLevelDescriptor#${luck.one(["First grade", "Second grade", "Twelfth"])}`,
  }),
  studentEducationOrganizationAssociations: (luck) => ({ hispanicLatinoEthnicity: luck.one([true, false, null]) }),
  calendars: (luck) => ({
    calendarTypeDescriptor: `uri://ed-fi.org/CalendarTypeDescriptor#${luck.one(["Student Specific", "School"])}`,
  }),
  calendarDates: (luck) => ({
    calendarEvents: [
      {
        calendarEventDescriptor: `uri://ed-fi.org/CalendarEventDescriptor#${luck.one(["Holiday", "Instructional day", "Own"])}`,
      },
    ],
  }),
};

/** Another record like one that is there, under a key of its own. */
function like(resource: Resource, record: Record_, luck: Luck, number: number): Record<string, unknown> {
  const { id: _, _etag, _lastModifiedDate, ...rest } = record;
  const day = (month: string) => `2011-${month}-${String(1 + luck.below(28)).padStart(2, "0")}`;
  switch (resource) {
    case "localEducationAgencies":
      return { ...rest, localEducationAgencyId: 900_000 + number };
    case "schools":
      return { ...rest, schoolId: 800_000 + number };
    case "students":
      return { ...rest, studentUniqueId: `new-${number}` };
    case "studentSchoolAssociations":
      return { ...rest, entryDate: `${day("03").slice(0, 8)}${String((number % 28) + 1).padStart(2, "0")}` };
    case "studentEducationOrganizationAssociations":
      return { ...rest, studentReference: { studentUniqueId: `new-${number}` } };
    case "calendars":
      return { ...rest, calendarCode: `C${number}` };
    case "calendarDates":
      return { ...rest, date: `20${12 + (number % 60)}-05-01` };
  }
}

interface Promised {
  readonly year: number;
  readonly name: string;
}

/** A random history of one district: it knows which rows there are, and changes the sandbox that serves them. */
export class History {
  readonly #sandbox: Sandbox;
  readonly #luck: Luck;
  readonly #rows = new Map<string, Record_[]>();
  readonly #promised: Promised[] = [];
  readonly #resources: readonly Resource[];
  #count = 0;

  /** @param folder where the sandbox has its first records from */
  constructor(sandbox: Sandbox, folder: string, resources: readonly Resource[], luck: Luck) {
    this.#sandbox = sandbox;
    this.#luck = luck;
    this.#resources = resources;
    for (const resource of resources) {
      for (const year of years) this.#rows.set(`${year} ${resource}`, firstRecords(folder, resource));
    }
  }

  /** Makes one change somewhere. @returns what, for people */
  async change(): Promise<string> {
    const year = this.#luck.one(years);
    const resource = this.#luck.one(this.#resources);
    const kind = this.#luck.one(kindsOf(resource));
    if (kind === "commit late") return this.#promise(year);
    return this.#make(year, resource, kind);
  }

  /** Ends every transaction that is open, and moves the newest version of each year, so that what came late is looked for. */
  async settle(): Promise<void> {
    const resource = this.#resources.at(-1) ?? "schools";
    while (this.#promised.length > 0) await this.#make(this.#promised[0]?.year ?? 0, resource, "insert");
    for (const year of years) await this.#make(year, resource, "insert");
  }

  /** Takes a version that a later change of this year will have: its row appears below versions that were read already. */
  async #promise(year: number): Promise<string> {
    this.#count += 1;
    const name = `open-${this.#count}`;
    await this.#sandbox.apply({ op: "reserve", name }, year);
    this.#promised.push({ year, name });
    return `${year}: a transaction begins`;
  }

  async #make(year: number, resource: Resource, kind: Kind): Promise<string> {
    const rows = this.#rows.get(`${year} ${resource}`) ?? [];
    const row = rows.length > 1 || kind === "insert" || kind === "update" ? this.#luck.one(rows) : undefined;
    const change = row && this.#changeOf(resource, kind, row);
    if (!row || !change) return `${year}: nothing`;
    const late = this.#promised.findIndex((promised) => promised.year === year);
    const reserved = late >= 0 && (change.op === "insert" || change.op === "update" || change.op === "delete");
    const [promised] = reserved ? this.#promised.splice(late, 1) : [];
    const [result] = await this.#sandbox.apply({ ...change, ...(promised && { reserved: promised.name }) }, year);
    if (change.op === "delete") rows.splice(rows.indexOf(row), 1);
    if (change.op === "insert") rows.push({ ...(change.record as object), id: result?.id ?? "" });
    if (change.op === "recreate") rows.splice(rows.indexOf(row), 1, { ...row, id: result?.id ?? "" });
    return `${year}: ${kind} in ${resource}${promised ? ", late" : ""}`;
  }

  #changeOf(resource: Resource, kind: Kind, row: Record_): ChangeInput | undefined {
    this.#count += 1;
    const id = row.id;
    switch (kind) {
      case "insert":
        return { op: "insert", resource, record: like(resource, row, this.#luck, this.#count) };
      case "update":
        return { op: "update", resource, id, set: edits[resource](this.#luck) };
      case "delete":
        return { op: "delete", resource, id };
      case "recreate":
        return { op: "recreate", resource, id };
      case "change key":
        if (resource !== "studentSchoolAssociations") return undefined;
        return {
          op: "keyChange",
          resource,
          id,
          newKey: { entryDate: `2010-0${1 + this.#luck.below(9)}-${10 + (this.#count % 18)}` },
        };
      default:
        return undefined;
    }
  }
}
