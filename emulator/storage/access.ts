import type { IncomingMessage } from "node:http";
import { StorageError } from "./errors.ts";

const loopback = /^(127(\.\d+){3}|\[::1\]|localhost|[a-z0-9._-]+\.localhost)$/i;

/**
 * A web page must not reach school data through the browser of whoever runs this: not by a host name that it lets resolve to this machine,
 * and not by a request across origins.
 * @throws StorageError 403
 */
export function refuseStrangers({ headers }: IncomingMessage): void {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  const origin = headers.origin === undefined ? undefined : URL.parse(headers.origin)?.hostname;
  if (loopback.test(host) && (headers.origin === undefined || loopback.test(origin ?? ""))) return;
  throw new StorageError(403, "forbidden", "The emulator answers only requests from and to this machine itself.");
}
