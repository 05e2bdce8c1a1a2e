import { expect, test } from "@jest/globals";
import { ConflictError } from "../../shared/errors.ts";
import {
  checkpointSchema,
  createCheckpoint,
  newCheckpoint,
  takeUpCheckpoint,
} from "../../shared/extract/checkpoint.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const name = "checkpoints/d1/students/2011/r1.json";
const run = { runId: "r1", mode: "full", acceptShrink: false } as const;

test("changes that come while a save is on its way are saved together, in their order", async () => {
  const store = fakeObjectStore();
  let writes = 0;
  const counting: ObjectStore = {
    ...store,
    write: (...args) => {
      writes += 1;
      return store.write(...args);
    },
  };
  const keeper = await createCheckpoint(counting, name, newCheckpoint(run, new Date(0)));
  const saved = [1, 2, 3, 4].map((number) =>
    keeper.save((state) => {
      state.reason += ` ${number}`;
    }),
  );
  await saved[0];
  expect(writes).toBe(2);
  await Promise.all(saved);
  expect(checkpointSchema.parse(JSON.parse(store.objects.get(name)?.body ?? "")).reason).toBe("asked 1 2 3 4");
  await keeper.save((state) => {
    state.hop = 7;
  });
  expect(writes).toBe(3);
});

test("a save that fails fails every change that it holds, and no later one is taken for saved", async () => {
  const store = fakeObjectStore();
  const zombie = await createCheckpoint(store, name, newCheckpoint(run, new Date(0)));
  await takeUpCheckpoint(store, name, 0);
  const change = (): Promise<void> =>
    zombie.save((state) => {
      state.hop += 1;
    });
  const [first, second] = [change(), change()];
  await expect(first).rejects.toThrow(ConflictError);
  await expect(second).rejects.toThrow(ConflictError);
  await expect(change()).rejects.toThrow(ConflictError);
  expect(checkpointSchema.parse(JSON.parse(store.objects.get(name)?.body ?? "")).hop).toBe(0);
});
