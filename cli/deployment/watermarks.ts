import { readJson } from "../../shared/control/json-object.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type Watermark, watermarkSchema } from "../../shared/control/watermark.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";

/** How far each endpoint is loaded, in order of name. */
export async function readWatermarks(control: ObjectStore): Promise<Watermark[]> {
  const watermarks: Watermark[] = [];
  for await (const object of control.list(objectNames.watermarks)) {
    const { value } = await readJson(control, object.name, watermarkSchema);
    if (value) watermarks.push(value);
  }
  return watermarks;
}
