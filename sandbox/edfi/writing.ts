import type { Reply, Request } from "../http/reply.ts";
import { isObject, type JsonObject, type JsonValue, parseLossless, parseRecord } from "../json/lossless.ts";
import { normalId } from "../store/base-rows.ts";
import type { ChangeDesk } from "../store/change-desk.ts";
import { ChangeError, type ChangeResult } from "../store/changes.ts";
import { identityOf, type OpenResource, type Row, rowById, rowByKey } from "../store/open-resource.ts";
import { referrerOf, unresolvedReference } from "../store/references-between.ts";
import type { YearData } from "../store/year-data.ts";
import { type ClaimSet, checkAccess } from "./access.ts";
import { checkRecord } from "./authorization.ts";
import { knownMembers } from "./member-rules.ts";
import { membersOf } from "./members.ts";
import { keyUpdatable } from "./natural-keys.ts";
import * as problems from "./problems.ts";
import { visibilityOf } from "./reach.ts";
import { invalidValues } from "./validation.ts";

/** What a write is made with. */
export interface Writing {
  readonly desk: ChangeDesk;
  readonly data: YearData;
  readonly claimSet: ClaimSet;
  /** POST refuses an `id` in any casing, and PUT wants the one of the path in the body. */
  readonly strictIds: boolean;
  /** The data standard that the API says it has: it decides what a record must hold. */
  readonly standard: number;
}

/** Records whose creation needs no relationship, since it is what makes one. */
const opensAccess: ReadonlySet<string> = new Set([
  "students",
  "staffs",
  "contacts",
  "parents",
  "studentSchoolAssociations",
  "staffEducationOrganizationAssignmentAssociations",
  "staffEducationOrganizationEmploymentAssociations",
  "studentContactAssociations",
  "studentParentAssociations",
]);

/** Answers `POST /{resource}`: a new record, or the whole of an old one with the same natural key. */
export async function post(writing: Writing, name: string, request: Request): Promise<Reply> {
  const { data, desk, claimSet } = writing;
  const record = known(writing, name, await readRecord(request, writing.strictIds));
  const check = async () => {
    const resource = await data.open(name);
    const key = identityOf(resource, record).text;
    const exists = key !== undefined && rowByKey(resource, key) !== undefined;
    checkAccess(claimSet, name, exists ? "Update" : "Create");
    await checkWritten(writing, resource, record);
  };
  const change = { op: "upsert" as const, resource: name, record: JSON.stringify(record) };
  const result = await made(desk.apply([change], data.year, check));
  const item = await itemHeaders(data, name, request.path, result);
  return { status: result.created === true ? 201 : 200, headers: item, body: "" };
}

/** Answers `PUT /{resource}/{id}`: the whole record anew. Its natural key may change for the few resources that allow it. */
export async function put(writing: Writing, name: string, id: string, request: Request): Promise<Reply> {
  const { data, desk, claimSet } = writing;
  const { id: own, ...sent } = await readRecord(request, writing.strictIds);
  const record = known(writing, name, sent);
  if (writing.strictIds && (typeof own !== "string" || normalId(own) !== normalId(id))) {
    throw problems.badBody("Request body id must match the id in the url.");
  }
  const check = async () => {
    checkAccess(claimSet, name, "Update");
    const resource = await data.open(name);
    const row = await rowToWrite(writing, resource, id, request);
    const isSameKey = identityOf(resource, record).text === identityOf(resource, parseRecord(row.text)).text;
    if (!isSameKey && resource.key !== undefined && !keyUpdatable.has(name)) {
      throw problems.keyChangeNotSupported(name);
    }
    await checkWritten(writing, resource, record);
  };
  const change = { op: "replace" as const, resource: name, id, record: JSON.stringify(record) };
  const result = await made(desk.apply([change], data.year, check));
  const path = request.path.slice(0, request.path.lastIndexOf("/"));
  return { status: 204, headers: await itemHeaders(data, name, path, result), body: "" };
}

/** Answers `DELETE /{resource}/{id}`. */
export async function remove(writing: Writing, name: string, id: string, request: Request): Promise<Reply> {
  const { data, desk, claimSet } = writing;
  const check = async () => {
    checkAccess(claimSet, name, "Delete");
    const resource = await data.open(name);
    const row = await rowToWrite(writing, resource, id, request);
    const referrer = await referrerOf(data, name, identityOf(resource, parseRecord(row.text)).values);
    if (referrer !== undefined) {
      throw problems.dependentExists(referrer);
    }
  };
  await made(desk.apply([{ op: "delete", resource: name, id }], data.year, check));
  return { status: 204, headers: {}, body: "" };
}

async function rowToWrite(writing: Writing, resource: OpenResource, id: string, request: Request): Promise<Row> {
  const row = rowById(resource, id);
  if (row === undefined) {
    throw problems.itemNotFound();
  }
  const record = parseRecord(row.text);
  checkRecord(await visibilityOf(writing.data, writing.claimSet, resource, "written"), record, writing.claimSet);
  const wanted = request.headers["if-match"]?.replaceAll('"', "");
  if (wanted !== undefined && wanted !== record._etag) {
    throw problems.optimisticLockFailed();
  }
  return row;
}

function known({ standard }: Writing, name: string, record: JsonObject): JsonObject {
  const members = membersOf(name, standard);
  return members === undefined ? record : knownMembers(record, members);
}

async function checkWritten(writing: Writing, resource: OpenResource, record: JsonObject): Promise<void> {
  const { data, claimSet, standard } = writing;
  const invalid = await invalidValues(data, resource, record, membersOf(resource.name, standard));
  if (Object.keys(invalid).length > 0) {
    throw problems.invalidData(invalid);
  }
  const visibility = await visibilityOf(data, claimSet, resource, "written");
  if (visibility !== undefined) {
    const own = opensAccess.has(resource.name) ? { ...visibility, stranger: () => undefined } : visibility;
    checkRecord(own, record, claimSet);
  }
  const missing = await unresolvedReference(data, record);
  if (missing !== undefined) {
    throw problems.unresolvedReference(missing);
  }
}

// What the server writes itself, and what was taken along from a read, is not taken from a client.
async function readRecord(request: Request, strictIds: boolean): Promise<JsonObject> {
  if (!(request.headers["content-type"] ?? "").includes("json")) {
    throw problems.unsupportedMediaType();
  }
  let value: JsonValue;
  try {
    value = parseLossless(await request.body());
  } catch {
    throw problems.badBody("The request body is not valid JSON.");
  }
  if (!isObject(value)) {
    throw problems.badBody("The request body must be a JSON object.");
  }
  const isPost = request.method === "POST";
  if (isPost && Object.keys(value).some((name) => name === "id" || (strictIds && name.toLowerCase() === "id"))) {
    throw problems.badBody(
      "Resource identifiers cannot be assigned by the client. The 'id' property should not be included in the request body.",
    );
  }
  const own = ["_etag", "_lastModifiedDate"];
  const kept = Object.entries(value).filter(([name, member]) => !own.includes(name) && member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutLinks(member)]));
}

function withoutLinks(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(withoutLinks);
  }
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([name]) => name !== "link");
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutLinks(member)]));
}

async function made(applied: Promise<ChangeResult[]>): Promise<ChangeResult> {
  try {
    const [result] = await applied;
    if (result === undefined) {
      throw new Error("A change without a result.");
    }
    return result;
  } catch (error) {
    throw error instanceof ChangeError && error.status === 409 ? problems.nonUniqueIdentity(error.message) : error;
  }
}

async function itemHeaders(data: YearData, name: string, path: string, { id = "" }: ChangeResult) {
  const row = rowById(await data.open(name), id);
  const etag = row && parseRecord(row.text)._etag;
  return { Location: `${path}/${id}`, ...(typeof etag === "string" ? { ETag: `"${etag}"` } : {}) };
}
