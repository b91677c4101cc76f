import { moment } from "../../terminal/moments.ts";
import { visible } from "../../terminal/visible.ts";
import type { Claims } from "./json-web-token.ts";

const TIMES = ["exp", "iat", "nbf", "auth_time"];

const USES: Readonly<Record<string, string>> = {
  id: "an ID token: tells an application who signed in",
  access: "an access token: for calls in the user's name",
};

/** What claims mean, as Cognito's documentation of its tokens says. */
const MEANINGS: Readonly<Record<string, string>> = {
  sub: "the user, by an id that never changes",
  iss: "the user pool that issued it",
  aud: "the app client that it is for",
  client_id: "the app client that it is for",
  token_use: "what it is for",
  exp: "no longer good after",
  iat: "issued",
  nbf: "not good before",
  auth_time: "when the user signed in; refreshes keep it",
  jti: "this token",
  origin_jti: "the sign-in that it comes from; revoking the refresh token ends every token with it",
  event_id: "the sign-in, as logs and triggers name it",
  scope: "what it may be used for",
  username: "the user, by the pool's name",
  "cognito:username": "the user, by the pool's name",
  "cognito:groups": "the groups of the user, best first",
  "cognito:roles": "IAM roles of the groups",
  "cognito:preferred_role": "IAM role of the best group",
  device_key: "the device that the user signed in with",
  email_verified: "whether the user has shown to own the address",
  phone_number_verified: "whether the user has shown to own the number",
  version: "version of the token's format",
};

function words(name: string, value: unknown, now: number): string {
  if (TIMES.includes(name) && typeof value === "number") return moment(value, now);
  if (name === "token_use" && typeof value === "string") return USES[value] ?? value;
  if (name === "scope" && typeof value === "string") return value.split(" ").join(", ");
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A line for each claim: name, value in words, meaning. Control characters are shown and not sent to a terminal. */
export function claimLines(claims: Claims, now: number): string[] {
  const width = Math.max(0, ...Object.keys(claims).map((name) => name.length));
  return Object.entries(claims).map(([name, value]) => {
    const meaning = Object.hasOwn(MEANINGS, name) ? `  — ${MEANINGS[name]}` : "";
    return visible(`${name.padEnd(width)}  ${words(name, value, now)}${meaning}`);
  });
}
