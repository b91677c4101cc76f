import { createHmac } from "node:crypto";

/** SECRET_HASH = base64(HMAC-SHA256(client secret, username ‖ client id)). */
export function secretHash(clientSecret: string, username: string, clientId: string): string {
  return createHmac("sha256", clientSecret).update(username).update(clientId).digest("base64");
}
