/** The code of a failed system call, such as ENOENT; undefined for any other error. Errors of Node itself need not be instances of our Error. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
