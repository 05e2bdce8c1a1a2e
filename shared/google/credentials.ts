import { type AuthClient, GoogleAuth, OAuth2Client } from "google-auth-library";

/** Credentials of whoever calls; Google's clients take them. */
export type Credentials = AuthClient;

const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

/**
 * The caller's Application Default Credentials (a file that gcloud wrote or that GOOGLE_APPLICATION_CREDENTIALS names, or the identity of the
 * machine), or undefined when there are none.
 * @throws what the library says of a file that it cannot read
 */
export async function applicationDefaultCredentials(): Promise<Credentials | undefined> {
  try {
    return await new GoogleAuth({ scopes }).getClient();
  } catch (error) {
    if (error instanceof Error && /could not load the default credentials/i.test(error.message)) return undefined;
    throw error;
  }
}

/** Credentials that are one access token, good for as long as it is. */
export function credentialsFromToken(token: string): Credentials {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
}
