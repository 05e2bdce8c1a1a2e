import { type FileHandle, open } from "node:fs/promises";

/** Makes the names in a folder (a rename, a new file) survive a power cut. Windows cannot flush folders and needs no such step. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes every byte at the position, whatever number of calls that takes. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error("The file system took no bytes.");
    written += bytesWritten;
  }
}
