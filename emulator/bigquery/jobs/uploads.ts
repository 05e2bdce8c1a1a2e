import { randomUUID } from "node:crypto";
import { appendFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readSource } from "../load/source-file.ts";
import { invalid, notFound } from "../wire/errors.ts";
import type { ApiRequest } from "../wire/http.ts";
import { ApiAnswer, parseObject } from "../wire/http.ts";
import type { JobsApi } from "./jobs-api.ts";

/** Uploads that were begun and never ended are dropped when there are more. */
const sessionsMax = 100;

interface Session {
  readonly path: string;
  readonly job: Readonly<Record<string, unknown>>;
}

/** Load jobs whose file comes with the request: in one piece (multipart), or in many (resumable). */
export class Uploads {
  readonly #jobs: JobsApi;
  readonly #folder: string;
  readonly #sessions = new Map<string, Session>();

  constructor(jobs: JobsApi, folder: string) {
    this.#jobs = jobs;
    this.#folder = folder;
  }

  async handle(request: ApiRequest): Promise<unknown> {
    const session = request.query.get("upload_id");
    if (session !== null) return await this.#continue(session, request);
    const type = request.query.get("uploadType");
    if (type === "multipart") return await this.#multipart(request);
    if (type === "resumable") return await this.#begin(request);
    throw invalid(`Unknown uploadType: ${type}`);
  }

  async #multipart(request: ApiRequest): Promise<unknown> {
    const [metadata, media] = partsOf(request);
    if (metadata === undefined || media === undefined)
      throw invalid("A multipart upload has two parts: the job, and its data.");
    const path = join(this.#folder, `upload-${randomUUID()}`);
    await appendFile(path, media);
    return await this.#load({ path, job: parseObject(metadata) });
  }

  async #begin(request: ApiRequest): Promise<unknown> {
    const id = randomUUID();
    const path = join(this.#folder, `upload-${id}`);
    await appendFile(path, "");
    this.#sessions.set(id, { path, job: parseObject(request.bytes) });
    const [oldest] = this.#sessions.entries();
    if (this.#sessions.size > sessionsMax && oldest !== undefined) {
      this.#sessions.delete(oldest[0]);
      await rm(oldest[1].path, { force: true });
    }
    return new ApiAnswer(200, { location: `${request.origin}${request.path}?uploadType=resumable&upload_id=${id}` });
  }

  async #continue(id: string, request: ApiRequest): Promise<unknown> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw notFound(`Upload ${id}`);
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers["content-range"] ?? "");
    const { size } = await stat(session.path);
    if (range?.[1] !== undefined && Number(range[1]) !== size)
      throw invalid(`The upload has ${size} bytes; the range begins at ${range[1]}.`);
    await appendFile(session.path, request.bytes);
    const received = size + request.bytes.length;
    const total = range === null ? received : range[3] === "*" ? undefined : Number(range[3]);
    if (received !== total) {
      return new ApiAnswer(308, received === 0 ? {} : { range: `bytes=0-${received - 1}` });
    }
    this.#sessions.delete(id);
    return await this.#load(session);
  }

  /** Runs the load. The file is kept until the job is done, which may be after this answer. */
  async #load({ path, job }: Session): Promise<unknown> {
    const uploaded = await readSource("(uploaded file)", path);
    const release = () => rm(path, { force: true });
    try {
      return await this.#jobs.insert(job, { uploaded, release });
    } catch (error) {
      await release();
      throw error;
    }
  }
}

/** Splits a multipart/related body into the contents of its parts. @throws BigQueryError (invalid) */
function partsOf(request: ApiRequest): Buffer[] {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(request.headers["content-type"] ?? "");
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) throw invalid("A multipart upload must name its boundary.");
  const body = request.bytes;
  const parts: Buffer[] = [];
  let from = body.indexOf(`--${name}`);
  while (from !== -1 && parts.length < 2) {
    const start = from + name.length + 2;
    const to = body.indexOf(`\n--${name}`, start);
    if (to === -1) break;
    parts.push(contentOf(body.subarray(start, body[to - 1] === 0x0d ? to - 1 : to)));
    from = to + 1;
  }
  return parts;
}

/** What follows the empty line after a part's headers. */
function contentOf(part: Buffer): Buffer {
  const ends = ["\r\n\r\n", "\n\n"].map((end) => ({ at: part.indexOf(end), length: end.length }));
  const [end] = ends.filter(({ at }) => at !== -1).sort((left, right) => left.at - right.at);
  return end === undefined ? Buffer.alloc(0) : part.subarray(end.at + end.length);
}
