import { editText } from "../json/edit.ts";
import type { Stamp } from "./stamp.ts";
import type { YearData } from "./year-data.ts";

/** What a change is made with. */
export interface Writer {
  readonly data: YearData;
  /** The change version of the change itself: the next one, or the reserved one that the change names. */
  version(): bigint;
  stamp(): Stamp;
  newId(): string;
  /** Whether records that follow a changed key take a change version of their own, as they do from ODS/API 7.3 on. */
  readonly cascadeTakesVersions: boolean;
}

/** A record's text with the server's own members as of now. */
export function stamped(text: string, { etag, lastModified }: Stamp): string {
  const withEtag = editText(text, ["_etag"], () => JSON.stringify(etag));
  return editText(withEtag, ["_lastModifiedDate"], () => JSON.stringify(lastModified));
}
