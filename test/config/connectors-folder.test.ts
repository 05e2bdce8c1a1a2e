import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { connectorFilesIn, readConnectors } from "../../shared/config/connectors-folder.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { scratchFolder } from "../scratch-folder.ts";

const clubs = `connector: clubs
secret: [key]
auth: { type: bearer, token: key }
request: { url: "{url}/{path}" }
records: { at: $ }
paging: { type: single }
endpoints: { clubs: { path: clubs, key: [$.id] } }
`;

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder("rollcall-connectors");
  mkdirSync(join(folder, "custom"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("a school's own files are read beside the shipped ones, and may add endpoints to them", () => {
  const folder = folderOf({
    "clubs.yaml": clubs,
    "custom/README.md": "# Ours",
    "custom/lunches.yaml": clubs.replace("connector: clubs", "connector: lunches"),
    "custom/more-clubs.yaml":
      "extends: clubs\nendpoints: { members: { path: 'clubs/{club}/members', key: [$.id], parents: { club: { endpoint: clubs, key: $.id } } } }\n",
  });
  expect(connectorFilesIn(folder)).toEqual([
    "clubs.yaml",
    join("custom", "lunches.yaml"),
    join("custom", "more-clubs.yaml"),
  ]);
  const connectors = readConnectors(folder);
  expect([...connectors.keys()]).toEqual(["clubs", "lunches"]);
  expect(Object.keys(connectors.get("clubs")?.endpoints ?? {})).toEqual(["clubs", "members"]);
  expect(Object.keys(connectors.get("lunches")?.endpoints ?? {})).toEqual(["clubs"]);
});

test("every mistake of every file is told at once", () => {
  const folder = folderOf({
    "clubs.yaml": clubs,
    "custom/a.yaml": clubs,
    "custom/b.yaml": "extends: choirs\nendpoints: {}\n",
    "custom/c.yaml": "extends: clubs\nsecret: [other]\nendpoints: { clubs: { path: ours, key: [$.id] } }\n",
    "custom/d.yaml": "extends: clubs\nendpoints: { teams: { path: teams } }\n",
  });
  let message = "";
  try {
    readConnectors(folder);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/a.yaml has a mistake:\n.*there is a connector "clubs" already; .*write extends: clubs/);
  expect(message).toMatch(/extends: there is no connector "choirs"/);
  expect(message).toMatch(
    /secret: a file that extends a connector has endpoints only\n.*endpoints.clubs: clubs has it already/,
  );
  expect(message).toMatch(/endpoints.teams.key/);
});

test("a school's own models lie in folders as the shipped ones, and cannot take their names", () => {
  const text =
    "/* model\ndescription: One.\nkey: [id]\ncolumns:\n  id: {type: INT64, description: Id.}\n*/\nselect 1 as id\n";
  const names = catalogueOf([
    { path: "marts/core/dim_one.sql", text },
    { path: "custom/marts/dim_two.sql", text },
  ]).map(({ name }) => name);
  expect(names).toEqual(["marts.dim_one", "marts.dim_two"]);
  expect(() =>
    catalogueOf([
      { path: "marts/core/dim_one.sql", text },
      { path: "custom/marts/dim_one.sql", text },
    ]),
  ).toThrow(/is already marts.dim_one/);
  expect(() => catalogueOf([{ path: "custom/dim_one.sql", text }])).toThrow(/a model lies in/);
});
