import { randomBytes } from "node:crypto";
import { describeKey, keyText, keyUpdatable, keyValues } from "../edfi/natural-keys.ts";
import { editText, mergeText, parsePath, withIdFirst } from "../json/edit.ts";
import { canonical, isObject, type JsonObject, type JsonValue, parseLossless, parseRecord } from "../json/lossless.ts";
import { normalId } from "./base-rows.ts";
import { cascade, type Dependents, dependentsOf } from "./cascade.ts";
import { ChangeError, type ChangeResult, type RecordChange } from "./changes.ts";
import { relinked } from "./links.ts";
import { identityOf, type OpenResource, type Row, rowById, rowByKey } from "./open-resource.ts";
import { stamped, type Writer } from "./writer.ts";

/** A new id as the ODS makes them. */
export function randomId(): string {
  return randomBytes(16).toString("hex");
}

/**
 * Makes one change to a year's data. Reads everything it needs first and then changes it in one go, so that no request sees half of it.
 * Throws a ChangeError for an unknown resource or record, an existing key, or a key that may not change.
 */
export async function applyChange(writer: Writer, change: RecordChange): Promise<ChangeResult> {
  const { data } = writer;
  if (!data.has(change.resource)) {
    throw new ChangeError(404, `There is no resource '${change.resource}' in school year ${data.year}.`);
  }
  const resource = await data.open(change.resource);
  const done = { op: change.op, year: data.year, resource: change.resource };
  switch (change.op) {
    case "insert":
      return { ...done, ...insert(writer, resource, textOf(change.record), change.id) };
    case "update": {
      const row = find(resource, change);
      const text = await relinked(data, row.text, patched(row.text, ownMembersKept(change.set)));
      return { ...done, ...update(writer, resource, row, text) };
    }
    case "upsert":
      return { ...done, ...upsert(writer, resource, textOf(change.record), change.newId) };
    case "replace": {
      const row = find(resource, { id: change.id });
      const text = replaced(row, textOf(change.record));
      const dependents = isSameKey(resource, row.text, text) ? undefined : await dependentsOf(data, change.resource);
      return { ...done, ...replace(writer, resource, row, text, dependents) };
    }
    case "delete":
      return { ...done, ...remove(writer, resource, find(resource, change)) };
    case "recreate":
      return { ...done, ...recreate(writer, resource, find(resource, change), change) };
    case "keyChange": {
      const row = find(resource, change);
      const text = await relinked(data, row.text, withKey(resource, row, change.newKey as JsonObject));
      const dependents = await dependentsOf(data, change.resource);
      return { ...done, ...changeKey(writer, resource, row, text, dependents) };
    }
  }
}

function insert(writer: Writer, resource: OpenResource, text: string, wantedId: string | undefined) {
  const record = parseRecord(text);
  const own = typeof record.id === "string" ? record.id : undefined;
  const id = wantedId ?? own ?? writer.newId();
  if (rowById(resource, id) !== undefined) {
    throw new ChangeError(409, `${resource.name} has a record with the id ${id} already.`);
  }
  const { values, text: key } = identityOf(resource, record);
  if (resource.key !== undefined && key === undefined) {
    const missing = Object.entries(resource.key).filter(([, path]) => keyValues(record, { path }) === undefined);
    throw new ChangeError(400, `The record lacks ${missing.map(([, path]) => path).join(", ")} of its natural key.`);
  }
  if (key !== undefined && rowByKey(resource, key) !== undefined) {
    throw new ChangeError(409, `${resource.name} has a record with ${describeKey(values)} already.`);
  }
  const version = writer.version();
  const bare = own === id ? text : editText(text, ["id"], () => undefined);
  const withId = own === id ? text : withIdFirst(bare, id);
  resource.overlay.add(resource.rows.count, { id, text: stamped(withId, writer.stamp()), version, keyText: key });
  return { id, changeVersion: version };
}

function upsert(writer: Writer, resource: OpenResource, text: string, newId: string | undefined) {
  const key = identityOf(resource, parseRecord(text)).text;
  const row = key === undefined ? undefined : rowByKey(resource, key);
  return row === undefined
    ? { ...insert(writer, resource, text, newId), created: true }
    : { ...update(writer, resource, row, replaced(row, text)), created: false };
}

function replace(writer: Writer, resource: OpenResource, row: Row, text: string, dependents: Dependents | undefined) {
  if (dependents === undefined) {
    return update(writer, resource, row, text);
  }
  if (!keyUpdatable.has(resource.name)) {
    throw new ChangeError(400, `Identifying values for the ${resource.name} resource cannot be changed.`);
  }
  return changeKey(writer, resource, row, text, dependents);
}

function isSameKey(resource: OpenResource, before: string, after: string): boolean {
  const [one, other] = [before, after].map((text) => identityOf(resource, parseRecord(text)).text);
  return one === other;
}

// The new text with the old one's id and marks of the server, or the old text when nothing in it is different.
function replaced(row: Row, text: string): string {
  const { id: _id, _etag: etag, _lastModifiedDate: modified, ...before } = parseRecord(row.text);
  const { id: _newId, _etag: _newEtag, _lastModifiedDate: _newModified, ...after } = parseRecord(text);
  if (canonical(withoutLinks(before)) === canonical(after)) {
    return row.text;
  }
  let bare = text;
  for (const name of ["id", "_etag", "_lastModifiedDate"]) {
    bare = editText(bare, [name], () => undefined);
  }
  const marks: JsonObject = { ...(etag ? { _etag: etag } : {}), ...(modified ? { _lastModifiedDate: modified } : {}) };
  return mergeText(withIdFirst(bare, row.id), marks);
}

function withoutLinks(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.map(withoutLinks);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([name, member]) => (name === "link" ? [] : [[name, withoutLinks(member)]])),
      )
    : value;
}

function update(writer: Writer, resource: OpenResource, row: Row, text: string) {
  if (text === row.text) {
    return { id: row.id, changeVersion: null };
  }
  const before = identityOf(resource, parseRecord(row.text));
  const after = identityOf(resource, parseRecord(text));
  if (before.text !== after.text) {
    throw new ChangeError(400, `An update cannot change the natural key of ${resource.name}: use keyChange.`);
  }
  const version = writer.version();
  resource.overlay.put(row.ordinal, { id: row.id, text: stamped(text, writer.stamp()), version, keyText: after.text });
  return { id: row.id, changeVersion: version };
}

function remove(writer: Writer, resource: OpenResource, row: Row) {
  const { values, text } = identityOf(resource, parseRecord(row.text));
  const version = writer.version();
  resource.overlay.remove(row.ordinal, { id: row.id, version, keyValues: values, keyText: text });
  return { id: row.id, changeVersion: version };
}

function recreate(
  writer: Writer,
  resource: OpenResource,
  row: Row,
  change: { set: JsonRecord; newId?: string | undefined },
) {
  const text = patched(row.text, ownMembersKept(change.set));
  const [before, after] = [row.text, text].map((each) => identityOf(resource, parseRecord(each)).text);
  if (before !== after) {
    throw new ChangeError(400, "A recreated record has the natural key of the one before it.");
  }
  if (change.newId !== undefined && rowById(resource, change.newId) !== undefined) {
    throw new ChangeError(409, `${resource.name} has a record with the id ${change.newId} already.`);
  }
  const deleted = remove(writer, resource, row);
  const id = change.newId ?? writer.newId();
  const created = insert(
    writer,
    resource,
    editText(text, ["id"], () => JSON.stringify(id)),
    id,
  );
  return { ...created, trackedVersion: deleted.changeVersion };
}

function changeKey(writer: Writer, resource: OpenResource, row: Row, text: string, dependents: Dependents) {
  const before = identityOf(resource, parseRecord(row.text));
  const after = identityOf(resource, parseRecord(text));
  if (before.text === after.text) {
    return { id: row.id, changeVersion: null };
  }
  if (after.text !== undefined && rowByKey(resource, after.text) !== undefined) {
    throw new ChangeError(409, `${resource.name} has a record with ${describeKey(after.values)} already.`);
  }
  const version = writer.version();
  resource.overlay.put(row.ordinal, { id: row.id, text: stamped(text, writer.stamp()), version, keyText: after.text });
  const trackedVersion = writer.data.next();
  const tracked = { id: row.id, version: trackedVersion, oldKeyValues: before.values, newKeyValues: after.values };
  resource.overlay.recordKeyChange(tracked);
  const cascaded = cascade(writer, resource.name, [{ old: before.values, new: after.values }], dependents);
  return { id: row.id, changeVersion: version, trackedVersion, cascaded };
}

// A record's text with another natural key; what `newKey` does not name stays.
function withKey(resource: OpenResource, row: Row, newKey: JsonObject): string {
  const paths = resource.key;
  if (paths === undefined || !keyUpdatable.has(resource.name)) {
    throw new ChangeError(400, `Identifying values for the ${resource.name} resource cannot be changed.`);
  }
  const unknown = Object.keys(newKey).filter((name) => !(name in paths));
  if (unknown.length > 0) {
    const names = Object.keys(paths).join(", ");
    throw new ChangeError(400, `${unknown.join(", ")}: not of the natural key, which is ${names}.`);
  }
  let text = row.text;
  for (const [name, value] of Object.entries(newKey)) {
    text = editText(text, (paths[name] ?? name).split("."), () => JSON.stringify(value));
  }
  return text;
}

function ownMembersKept(set: JsonRecord): JsonObject {
  const own = ["id", "_etag", "_lastModifiedDate"].filter((name) => name in set || `$.${name}` in set);
  if (own.length > 0) {
    throw new ChangeError(400, `${own.join(", ")}: the server's own, which no change can set.`);
  }
  return set as JsonObject;
}

type JsonRecord = Readonly<Record<string, unknown>>;

function find(resource: OpenResource, { id, key }: { id?: string | undefined; key?: JsonRecord | undefined }): Row {
  if ((id === undefined) === (key === undefined)) {
    throw new ChangeError(400, `Say which record of ${resource.name}: by id or by key.`);
  }
  const row = id === undefined ? findByKey(resource, key as JsonObject) : rowById(resource, id);
  if (row === undefined) {
    const wanted = id === undefined ? describeKey(key as JsonObject) : `the id ${normalId(id)}`;
    throw new ChangeError(404, `${resource.name} has no record with ${wanted}.`);
  }
  return row;
}

function findByKey(resource: OpenResource, key: JsonObject): Row | undefined {
  const paths = resource.key;
  const names = Object.keys(paths ?? {});
  const unknown = Object.keys(key).filter((name) => !names.includes(name));
  if (paths === undefined || unknown.length > 0 || names.some((name) => !(name in key))) {
    throw new ChangeError(
      400,
      `The natural key of ${resource.name} is ${names.join(", ") || "unknown: name the record by id"}.`,
    );
  }
  return rowByKey(resource, keyText(key));
}

function patched(text: string, set: JsonObject): string {
  let result = text;
  const merge: JsonObject = {};
  for (const [name, value] of Object.entries(set)) {
    if (!name.startsWith("$")) {
      merge[name] = value;
      continue;
    }
    try {
      result = setAt(result, name, value);
    } catch (error) {
      throw new ChangeError(400, error instanceof Error ? error.message : String(error));
    }
  }
  return mergeText(result, merge);
}

function setAt(text: string, path: string, value: JsonValue): string {
  const steps = parsePath(path);
  return editText(text, steps, (old) => {
    if (value === null) {
      return undefined;
    }
    // Merging a one-member object gives the comparison for free: an equal value keeps its characters.
    const name = "value";
    return old === undefined
      ? JSON.stringify(value)
      : unwrapped(mergeText(`{"${name}":${old}}`, { [name]: value }), name);
  });
}

function unwrapped(text: string, name: string): string {
  return text.slice(name.length + 4, -1);
}

function textOf(record: JsonRecord | string): string {
  const text = typeof record === "string" ? record.trim() : JSON.stringify(record);
  let value: JsonValue;
  try {
    value = parseLossless(text);
  } catch {
    throw new ChangeError(400, "The record is not JSON.");
  }
  if (!isObject(value)) {
    throw new ChangeError(400, "A record must be a JSON object.");
  }
  return text;
}
