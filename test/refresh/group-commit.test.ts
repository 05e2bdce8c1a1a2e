import { expect, test } from "@jest/globals";
import { groupCommit } from "../../shared/refresh/group-commit.ts";

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("commits what came while a commit ran in one go, and in order", async () => {
  const groups: number[][] = [];
  const commit = groupCommit<number>(async (items) => {
    groups.push([...items]);
    await soon();
  }, 3);
  await Promise.all([1, 2, 3, 4, 5].map(commit));
  await commit(6);
  expect(groups).toEqual([[1], [2, 3, 4], [5], [6]]);
});

test("tells those of a group, and no others, that its commit failed, and goes on", async () => {
  const commit = groupCommit<number>(async (items) => {
    await soon();
    if (items.includes(2)) throw new Error("no");
  }, 2);
  const results = await Promise.allSettled([1, 2, 3, 4].map(commit));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
});
