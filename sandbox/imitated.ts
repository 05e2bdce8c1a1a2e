/** An imitated API as `rollcall sandbox` serves it. */
export interface ImitatedApi {
  readonly url: string;
  /** The fields of the JSON secret that a source needs to read it. */
  readonly secret: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Credentials that `rollcall sandbox` accepts. They open nothing but sample data. */
const isamsSecret = { client_id: "sandbox", client_secret: "sandbox-secret" };
const canvasSecret = { token: "sandbox-token" };
const nweaSecret = { user: "sandbox", password: "sandbox-password", key: "sandbox-key", secret: "sandbox-secret" };

/** The APIs beside Ed-Fi's, by connector: each starts one with its sample data on a port of loopback. Only that one is loaded. */
export const imitatedApis: Readonly<Record<string, (port: number) => Promise<ImitatedApi>>> = {
  isams: async (port) => {
    const { startIsams } = await import("./isams/isams.ts");
    const client = { clientId: isamsSecret.client_id, clientSecret: isamsSecret.client_secret };
    return { ...(await startIsams({ port, ...client })), secret: isamsSecret };
  },
  canvas: async (port) => {
    const { startCanvas } = await import("./canvas/canvas.ts");
    return { ...(await startCanvas({ port, ...canvasSecret })), secret: canvasSecret };
  },
  nwea: async (port) => {
    const { startNwea } = await import("./nwea/nwea.ts");
    return { ...(await startNwea({ port, ...nweaSecret })), secret: nweaSecret };
  },
  forms: async (port) => {
    const { startForms } = await import("./forms/forms.ts");
    const api = await startForms({ port });
    return { ...api, secret: { client_email: api.clientEmail, private_key: api.privateKey } };
  },
};
