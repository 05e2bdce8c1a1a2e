import { randomBytes } from "node:crypto";
import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import { badToken } from "./replies.ts";

/** Who may call. */
export interface CanvasClient {
  /** A token from a user's settings; it has no end. */
  readonly token: string;
  /** A developer key, and what it has been granted. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly tokenSeconds: number;
}

/** Gives out tokens for the refresh token and knows which are good. */
export interface CanvasTokens {
  issue(request: Request): Promise<Reply>;
  /** The token of a request. Throws the 401 that means the token. */
  check(request: Request): string;
  expireAll(): void;
  reset(): void;
}

/** Tokens of one client. */
export function canvasTokens(client: CanvasClient, now: () => number): CanvasTokens {
  const expiries = new Map<string, number>();
  const reset = () => {
    expiries.clear();
    expiries.set(client.token, Infinity);
  };
  reset();
  const issue = async (request: Request): Promise<Reply> => {
    const form = new URLSearchParams(await request.body());
    const isClient = form.get("client_id") === client.clientId && form.get("client_secret") === client.clientSecret;
    if (!isClient) {
      return jsonReply(401, { error: "invalid_client", error_description: "unknown client" });
    }
    if (form.get("grant_type") !== "refresh_token" || form.get("refresh_token") !== client.refreshToken) {
      return jsonReply(400, { error: "invalid_grant", error_description: "refresh_token not found" });
    }
    const token = `1~${randomBytes(32).toString("base64url")}`;
    expiries.set(token, now() + client.tokenSeconds * 1000);
    return jsonReply(200, {
      access_token: token,
      token_type: "Bearer",
      user: { id: 1, name: "Rollcall" },
      expires_in: client.tokenSeconds,
    });
  };
  const check = (request: Request): string => {
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined || (expiries.get(token) ?? 0) <= now()) {
      throw badToken(token !== undefined);
    }
    return token;
  };
  return { issue, check, expireAll: () => expiries.clear(), reset };
}
