import { expect, test } from "@jest/globals";
import { simple, statusOf, storageFixture } from "./fixture.ts";

test("a bucket is created once, listed, changed and deleted when it is empty", async () => {
  await using fixture = await storageFixture();
  const { storage } = fixture;
  await storage.createBucket("control", { location: "europe-west1", labels: { team: "data" } });
  expect(await statusOf(storage.createBucket("control"))).toBe(409);
  const [buckets] = await storage.getBuckets();
  expect(buckets.map(({ name }) => name)).toEqual(["control", "landing"]);
  const control = storage.bucket("control");
  await control.setLabels({ kind: "state" });
  const [metadata] = await control.getMetadata();
  expect(metadata).toMatchObject({
    location: "europe-west1",
    metageneration: "2",
    labels: { team: "data", kind: "state" },
  });
  await control.file("f").save("x", simple());
  expect(await statusOf(control.delete())).toBe(409);
  await control.file("f").delete();
  await control.delete();
  expect((await control.exists())[0]).toBe(false);
  expect(await statusOf(control.getMetadata())).toBe(404);
});

test.each(["ab", "UPPER", "under..dots", "-dash", "192.168.1.1", "x".repeat(64), "a/b", ".."])(
  "the name %s is refused",
  async (name) => {
    await using fixture = await storageFixture();
    const answer = await fixture.fetch("/storage/v1/b", { method: "POST", body: JSON.stringify({ name }) });
    expect(answer.status).toBe(400);
  },
);

test("a bucket is changed only if its metageneration is the expected one", async () => {
  await using fixture = await storageFixture();
  const patch = (query: string) =>
    fixture.fetch(`/storage/v1/b/landing?${query}`, { method: "PATCH", body: '{"labels":{"a":"b"}}' });
  expect((await patch("ifMetagenerationMatch=2")).status).toBe(412);
  expect((await patch("ifMetagenerationMatch=1")).status).toBe(200);
});

test("buckets and their settings are there after a restart", async () => {
  await using first = await storageFixture();
  await first.bucket.setLabels({ kept: "yes" });
  await first.storage.createBucket("gone-bucket");
  await first.storage.bucket("gone-bucket").delete();
  await using second = await first.restart();
  const [buckets] = await second.storage.getBuckets();
  expect(buckets.map(({ name, metadata }) => [name, metadata.labels])).toEqual([["landing", { kept: "yes" }]]);
});

test("an upload that ends after its bucket was deleted makes no object, and does not disturb a restart", async () => {
  await using first = await storageFixture();
  const started = await first.fetch("/upload/storage/v1/b/landing/o?uploadType=resumable&name=f", { method: "POST" });
  const [deleted, uploaded] = await Promise.all([
    statusOf(first.bucket.delete()),
    fetch(started.headers.get("location") ?? "", { method: "PUT", body: "x" }).then(({ status }) => status),
  ]);
  expect([
    [undefined, 404],
    [409, 200],
  ]).toContainEqual([deleted, uploaded]);
  await using second = await first.restart();
  expect((await second.bucket.exists())[0]).toBe(deleted === 409);
});
