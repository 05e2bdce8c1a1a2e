import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { isByYear, selectByYear } from "../../shared/refresh/by-year.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { openDistrict } from "../models/district/district.ts";
import "./patience.ts";

const models = readCatalogue(join(import.meta.dirname, "..", "..", "sql")).filter(isByYear);

test("staging models are the same by year as whole, on the sample of two districts and three years", async () => {
  const instances = [2009, 2010, 2011].flatMap((year) => ["d1", "d2"].map((source) => ({ source, year })));
  const district = await openDistrict("2011-03-15", { instances, studentsEnding: "77" });
  try {
    const kept = { source_id: "d1", school_year: 2009 };
    const changed = instances.slice(1).map(({ source, year }) => ({ source_id: source, school_year: year }));
    const unequal: string[] = [];
    let rowCount = 0;
    for (const model of models) {
      await district.build([model.name]);
      const byYear = selectByYear(model, { kept: [kept], changed });
      const columns = district.models.get(model.name)?.columns ?? [];
      const [parts, whole] = [
        await district.warehouse.select(byYear, columns),
        await district.warehouse.select(`select * from ${model.name}`, columns),
      ].map((rows) => rows.map((row) => JSON.stringify(row)).sort());
      if (parts?.join("\n") !== whole?.join("\n")) unequal.push(model.name);
      rowCount += parts?.length ?? 0;
    }
    expect(unequal).toEqual([]);
    expect(rowCount).toBeGreaterThan(1000);
  } finally {
    district.warehouse.close();
  }
});
