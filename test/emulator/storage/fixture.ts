import { type Bucket, Storage } from "@google-cloud/storage";
import { type StorageOptions, type StorageServer, startStorage } from "../../../emulator/storage/server.ts";
import { temporaryFolder } from "../temporary-folder.ts";

export const projectId = "test-project";

export interface Fixture extends AsyncDisposable {
  readonly folder: string;
  readonly server: StorageServer;
  readonly storage: Storage;
  readonly bucket: Bucket;
  /** A request as no client library would send it. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Closes the server and starts it again on the same folder. */
  restart(): Promise<Fixture>;
}

/** A server with the bucket `landing`, and the real client. */
export async function storageFixture(options: Partial<StorageOptions> = {}): Promise<Fixture> {
  const folder = await temporaryFolder();
  const fixture = await openFixture(folder.path, options, () => folder[Symbol.asyncDispose]());
  await fixture.bucket.create();
  return fixture;
}

async function openFixture(
  folder: string,
  options: Partial<StorageOptions>,
  remove: () => Promise<void>,
): Promise<Fixture> {
  const server = await startStorage({ folder, projectId, ...options });
  const storage = new Storage({ projectId, apiEndpoint: server.url, retryOptions: { maxRetries: 0 } });
  let isOpen = true;
  return {
    folder,
    server,
    storage,
    bucket: storage.bucket("landing"),
    fetch: (path, init) => fetch(`${server.url}${path}`, init),
    restart: async () => {
      isOpen = false;
      await server.close();
      return openFixture(folder, options, remove);
    },
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      await server.close();
      await remove();
    },
  };
}

/** The status of a failed call; the client gives it as `code` on simple requests and as `status` on resumable uploads. */
export async function statusOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { code, status } = error as { code?: number; status?: number };
    return code ?? status;
  }
}

/** Options for an upload in one request. The client writes into the options it is given, so each call has its own. */
export const simple = () => ({ resumable: false });
