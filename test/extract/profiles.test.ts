import { describe, expect, test } from "@jest/globals";
import { objectNames } from "../../shared/control/place.ts";
import { deliver, district, message, watermark, worldOf } from "./district.ts";

const place = { source: "d1", endpoint: "students", schoolYear: 2011 };

describe("extract reads each version of the API unchanged", () => {
  test.each(["ods-5.3", "ods-6.1", "ods-7.1", "ods-7.3", "dms-8"] as const)(
    "%s, in full and what changed",
    async (profile) => {
      const sandbox = await district(7, { profile, maxPageSize: 3 });
      try {
        const world = worldOf(sandbox);
        expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 7 });
        const [full] = world.manifests();
        world.control.put(objectNames.watermark(place), watermark("students", full?.window.to ?? null, 7));
        const record = { studentUniqueId: "new", firstName: "A", lastSurname: "B" };
        await sandbox.apply({ op: "insert", resource: "students", record });
        const from = { messageId: "2", publishedAt: new Date() };
        expect(await deliver(world, message("students"), { from })).toMatchObject({ status: "complete" });
        const delta = world.manifests().find(({ mode }) => mode === "delta");
        const read = delta ? world.lines(delta).map(({ data }) => data.studentUniqueId) : [];
        expect(read).toContain("new");
      } finally {
        await sandbox.close();
      }
    },
  );
});
