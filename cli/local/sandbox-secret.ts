import { processVariables, setVariables } from "../../shared/config/environment.ts";

/** Key and secret that the sandbox accepts. They open nothing but sample data. */
export const sandboxCredentials = { key: "sandbox", secret: "sandbox-secret" } as const;

/** Makes the secret "sandbox" of sources.example.yaml known, unless the person has set another. */
export function offerSandboxSecret(): void {
  if (processVariables().ROLLCALL_SECRET_SANDBOX !== undefined) return;
  setVariables({ ROLLCALL_SECRET_SANDBOX: JSON.stringify(sandboxCredentials) });
}
