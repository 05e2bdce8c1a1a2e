import { createHash } from "node:crypto";

/** A business id as the partner API has them: the same for the same thing, whenever it is asked for. */
export function bid(kind: string, ...parts: readonly string[]): string {
  const hex = createHash("md5")
    .update([kind, ...parts].join("\u001f"))
    .digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
