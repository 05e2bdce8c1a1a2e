import { PermanentError } from "../../errors.ts";
import { type CsvBatch, type CsvRules, readCsv } from "./csv.ts";
import { readZip, type ZipLimits } from "./zip.ts";

export interface ZipOfCsvRules extends CsvRules {
  /** What the file inside may be called; case and folders do not count. */
  readonly files: readonly string[];
  readonly limits?: ZipLimits;
}

/** The zip is whole and has no such file. */
export class FileNotInZip extends PermanentError {}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).toLowerCase();

/**
 * Reads the records of one CSV file in a zip as the zip comes, in constant memory. Files before it are passed over; what comes after it is
 * not read.
 * @throws RetryableError when the zip was cut short, FileNotInZip, PermanentError for what cannot be read or is not trusted
 */
export async function* readZipOfCsv(source: AsyncIterable<Uint8Array>, rules: ZipOfCsvRules): AsyncGenerator<CsvBatch> {
  const wanted = rules.files.map((name) => name.toLowerCase());
  const seen: string[] = [];
  for await (const { name, content } of readZip(source, rules.limits)) {
    if (!wanted.includes(fileName(name))) {
      seen.push(name);
      continue;
    }
    yield* readCsv(content, rules);
    return;
  }
  const found = seen.slice(0, 20).join(", ") || "nothing";
  throw new FileNotInZip(`The zip of the source has no ${rules.files.join(" or ")}. It has ${found}`);
}
