import { generateKeyPairSync, type KeyObject, randomBytes, verify } from "node:crypto";
import * as z from "zod";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";

/** A service account: its address and its private key in PEM. */
export interface ServiceAccount {
  readonly clientEmail: string;
  readonly privateKey: string;
}

/** Gives tokens for signed assertions, and knows which are good. */
export interface AccountTokens {
  issue(request: Request): Promise<Reply>;
  isGood(request: Request): boolean;
  expireAll(): void;
}

const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string().optional(),
  scope: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const refused = (error: string, description: string): Reply =>
  jsonReply(400, { error, error_description: description });

/** A new account with the public half of its key. */
export function newAccount(): { readonly account: ServiceAccount; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { account: { clientEmail: "rollcall@sandbox.iam.gserviceaccount.com", privateKey: pem }, publicKey };
}

/** Tokens of one account. Assertions must be signed by it, meant for this server, of an hour at most, and ask for the scopes there are. */
export function accountTokens(
  account: ServiceAccount,
  publicKey: KeyObject,
  { tokenSeconds, now }: { readonly tokenSeconds: number; readonly now: () => number },
): AccountTokens {
  const expiries = new Map<string, number>();
  const whyNot = (assertion: string, audience: string): Reply | undefined => {
    const [head = "", body = "", signature = ""] = assertion.split(".");
    const signed = Buffer.from(signature, "base64url");
    if (!verify("RSA-SHA256", Buffer.from(`${head}.${body}`), publicKey, signed)) {
      return refused("invalid_grant", "Invalid JWT Signature.");
    }
    const claims = claimsSchema.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
    const seconds = now() / 1000;
    if (claims.iss !== account.clientEmail) return refused("invalid_grant", "Invalid grant: account not found");
    if (claims.aud !== audience) return refused("invalid_grant", "Invalid JWT: Failed audience check.");
    if (claims.exp - claims.iat > 3600 || claims.iat > seconds + 60 || claims.exp <= seconds) {
      return refused("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)");
    }
    const scopes = claims.scope.split(" ");
    const isKnown = scopes.every((scope) => scope.startsWith("https://www.googleapis.com/auth/"));
    return isKnown ? undefined : refused("invalid_scope", "Some requested scopes were invalid.");
  };
  const issue = async (request: Request): Promise<Reply> => {
    const form = new URLSearchParams(await request.body());
    if (form.get("grant_type") !== grantType) {
      return refused("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
    }
    const refusal = whyNot(form.get("assertion") ?? "", `${request.origin}${request.path}`);
    if (refusal) return refusal;
    const token = `ya29.${randomBytes(32).toString("base64url")}`;
    expiries.set(token, now() + tokenSeconds * 1000);
    return jsonReply(200, { access_token: token, expires_in: tokenSeconds - 1, token_type: "Bearer" });
  };
  const isGood = ({ headers }: Request): boolean => {
    const token = /^bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    return (expiries.get(token) ?? 0) > now();
  };
  return { issue, isGood, expireAll: () => expiries.clear() };
}
