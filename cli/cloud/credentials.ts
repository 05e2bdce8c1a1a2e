import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { processVariables } from "../../shared/config/environment.ts";
import {
  applicationDefaultCredentials,
  type Credentials,
  credentialsFromToken,
} from "../../shared/google/credentials.ts";
import { CommandError, exitCodes } from "../exit.ts";

const logIn = "gcloud auth application-default login";

/** What gcloud gives as a token of the person who logged in there; undefined when it is not there or nobody did. */
async function gcloudToken(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("gcloud", ["auth", "print-access-token", "--quiet"], {
      timeout: 30_000,
      env: processVariables(),
    });
    return stdout.trim() || undefined;
  } catch {
    // Not installed, or nobody has logged in: either way there is no token, which is what the caller is told.
    return undefined;
  }
}

async function applicationDefault(): Promise<Credentials | undefined> {
  let found: Credentials | undefined;
  try {
    found = await applicationDefaultCredentials();
    // Asked for now, so that expired credentials are told as such and not as the failure of the first service.
    await found?.getAccessToken();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `Your Application Default Credentials are of no use (${said}). If they have expired: ${logIn}. Else look at GOOGLE_APPLICATION_CREDENTIALS and the network.`,
      exitCodes.usage,
    );
  }
  return found;
}

/** The caller's own credentials: Application Default Credentials, else those of gcloud. @throws CommandError saying how to get some */
export async function callersCredentials(): Promise<Credentials> {
  const found = await applicationDefault();
  if (found) return found;
  const token = await gcloudToken();
  if (token) return credentialsFromToken(token);
  throw new CommandError(
    `There are no credentials for Google Cloud on this machine. Log in: ${logIn}`,
    exitCodes.usage,
  );
}
