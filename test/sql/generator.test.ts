import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { columnsOf } from "../../sql/generator/columns.ts";
import { keyExpression } from "../../sql/generator/keys.ts";
import { stagingModel } from "../../sql/generator/model.ts";
import { columnName, snakeCase } from "../../sql/generator/names.ts";
import type { Property, Resource } from "../../sql/generator/openapi.ts";
import { renderModel } from "../../sql/generator/render.ts";
import { parseModel } from "../models/harness/model.ts";

const root = join(import.meta.dirname, "../..");

function scalar(type = "string", format?: string): Property {
  return { kind: "scalar", type, ...(format !== undefined && { format }), description: "A member.", isIdentity: false };
}

function reference(entity: string, ...members: string[]): Property {
  const type = (name: string): string => (/Id$|Year$/.test(name) && !name.endsWith("UniqueId") ? "integer" : "string");
  return { kind: "reference", entity, properties: new Map(members.map((name) => [name, scalar(type(name))])) };
}

function resource(properties: Readonly<Record<string, Property>>, ...parameters: string[]): Resource {
  return { description: "A thing.", properties: new Map(Object.entries(properties)), parameters: new Set(parameters) };
}

function expressions(endpoint: string, of: Resource): Record<string, string> {
  return Object.fromEntries(columnsOf(endpoint, of).columns.map(({ name, expression }) => [name, expression]));
}

describe("a name", () => {
  test("is in snake case, abbreviations as one word", () => {
    expect(
      ["studentCTEProgramAssociations", "titleIPartAParticipant", "courseGPAApplicability", "URL"].map(snakeCase),
    ).toEqual(["student_cte_program_associations", "title_i_part_a_participant", "course_gpa_applicability", "url"]);
  });

  test("of a code is without Descriptor, and a record's own year is not that of the ODS", () => {
    expect(["entryTypeDescriptor", "Descriptor", "schoolYear"].map(columnName)).toEqual([
      "entry_type",
      "descriptor",
      "reported_school_year",
    ]);
  });
});

describe("a column", () => {
  test("is cast so that a value that cannot be read becomes null", () => {
    const found = columnsOf(
      "things",
      resource({
        n: scalar("integer"),
        x: scalar("number"),
        d: scalar("string", "date"),
        t: scalar("string", "date-time"),
        incidentTime: scalar(),
        b: scalar("boolean"),
      }),
    );
    expect(found.columns.map(({ type }) => type)).toEqual(["INT64", "NUMERIC", "DATE", "TIMESTAMP", "TIME", "BOOL"]);
    for (const { expression } of found.columns) expect(expression).toMatch(/^(safe_cast|lax_bool)\(/);
  });

  test("of a reference has the flattened name of the API: plain, with the role, or with the entity", () => {
    const found = expressions(
      "things",
      resource(
        {
          schoolReference: reference("school", "schoolId"),
          responsibilitySchoolReference: reference("school", "schoolId"),
          programReference: reference("program", "educationOrganizationId", "programName"),
          classOfSchoolYearTypeReference: reference("schoolYearType", "schoolYear"),
        },
        "schoolId",
        "responsibilitySchoolId",
        "programEducationOrganizationId",
        "programName",
        "classOfSchoolYear",
      ),
    );
    expect(Object.keys(found)).toEqual([
      "school_id",
      "responsibility_school_id",
      "program_education_organization_id",
      "program_name",
      "class_of_school_year",
    ]);
    expect(found.responsibility_school_id).toBe(
      "safe_cast(json_value(data, '$.responsibilitySchoolReference.schoolId') as int64)",
    );
  });

  test("that two references share takes the first that is there", () => {
    const { school_id: found } = expressions(
      "things",
      resource(
        {
          schoolReference: reference("school", "schoolId"),
          sessionReference: reference("session", "schoolId", "sessionName"),
        },
        "schoolId",
        "sessionName",
      ),
    );
    expect(found).toBe(
      "safe_cast(coalesce(json_value(data, '$.schoolReference.schoolId'), json_value(data, '$.sessionReference.schoolId')) as int64)",
    );
  });

  test("of a parent is that of a contact, whichever name the data standard uses", () => {
    const found = expressions(
      "things",
      resource(
        {
          contactReference: reference("contact", "contactUniqueId"),
          parentReference: reference("parent", "parentUniqueId"),
        },
        "contactUniqueId",
      ),
    );
    expect(found).toEqual({
      contact_unique_id:
        "coalesce(json_value(data, '$.contactReference.contactUniqueId'), json_value(data, '$.parentReference.parentUniqueId'))",
    });
  });

  test("is marked as personal where it names a person, and an address is so only of persons", () => {
    const of = resource({ firstName: scalar(), addresses: { kind: "list", description: "Where." }, code: scalar() });
    const personal = (endpoint: string): boolean[] =>
      columnsOf(endpoint, of).columns.map(({ isPersonal }) => isPersonal);
    expect(personal("students")).toEqual([true, false, true]);
    expect(personal("schools")).toEqual([true, false, false]);
  });
});

describe("a key", () => {
  test("is null when a part is, and separates its parts", () => {
    expect(keyExpression(true, [["a"], ["b", "c"]])).toBe(
      [
        "to_hex(md5(concat(",
        "    lower(trim(cast(source_id as string))),",
        "    '\\u001f', lower(trim(cast(school_year as string))),",
        "    '\\u001f', lower(trim(cast(a as string))),",
        "    '\\u001f', lower(trim(coalesce(cast(b as string), cast(c as string))))",
        ")))",
      ].join("\n"),
    );
  });

  test("that a record has in common with its parent is there once, under its own name", () => {
    const endpoint = { name: "parts", path: "ed-fi/parts", key: [["$.identificationCode"]] };
    const members = ["assessmentIdentifier", "namespace"];
    const of = resource(
      {
        identificationCode: scalar(),
        assessmentReference: reference("assessment", ...members),
        parentObjectiveAssessmentReference: reference("objectiveAssessment", ...members, "identificationCode"),
      },
      ...members,
      "identificationCode",
      "parentIdentificationCode",
    );
    expect(stagingModel(endpoint, of).keys.map(({ name }) => name)).toEqual([
      "part_key",
      "assessment_key",
      "parent_objective_assessment_key",
    ]);
  });

  test("that connectors/edfi.yaml spells wrong is refused with the endpoint and the path", () => {
    const endpoint = { name: "things", path: "ed-fi/things", key: [["$.thingID"]] };
    expect(() => stagingModel(endpoint, resource({ thingId: scalar() }))).toThrow(/things: .*\$\.thingID/);
  });
});

describe("a model as text", () => {
  const endpoint = { name: "things", path: "ed-fi/things", key: [["$.thingId"]] };

  test("reads back with a header, even when the API's words are YAML", () => {
    const description = 'An unordered collection of things. What: {a}, "b", # c and [d] */ - e.g., long. More.';
    const text = renderModel(
      stagingModel(endpoint, { ...resource({ thingId: scalar(), list: { kind: "list", description } }), description }),
    );
    const { refresh, inputs, columns } = parseModel("staging/edfi/stg_edfi__things.sql", text);
    expect(inputs).toEqual(["current_edfi.things"]);
    expect(columns.map(({ name }) => name)).toEqual([
      "thing_key",
      "source_id",
      "school_year",
      "api_id",
      "thing_id",
      "list",
      "extensions",
      "last_modified_at",
    ]);
    expect(refresh.header.columns.find(({ name }) => name === "list")?.description).toBe(
      'What: {a}, "b", # c and [d] * / - e.g., long.',
    );
  });

  test("has no line longer than 120 columns", () => {
    const member = "a".repeat(60);
    const description = "word ".repeat(80);
    const text = renderModel(
      stagingModel(endpoint, {
        ...resource({
          thingId: scalar(),
          [`${member}Descriptor`]: { ...scalar(), description } as Property,
          firstReference: reference("school", "schoolId"),
        }),
        description,
      }),
    );
    expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });
});

test("the committed staging models are what the generator writes", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "sql/generate-staging.ts"), "--check"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
}, 60_000);
