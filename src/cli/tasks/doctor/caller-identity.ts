import { signedHeaders } from "../../../crypto/sigv4-signature.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import { findCredentials } from "../../connection/credentials.ts";

const TIMEOUT_MS = 10_000;
const BODY = "Action=GetCallerIdentity&Version=2011-06-15";

/** Whose credentials these are, as the Security Token Service says; or why it does not. */
export type CallerIdentity =
  | { readonly kind: "none" }
  | { readonly kind: "known"; readonly arn: string; readonly accessKeyId: string }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly accessKeyId: string;
    };

/** @param amazon Amazon's own service is asked, and not the endpoint */
export async function callerIdentity(
  { endpoint, region, local }: Connection,
  profile: string | undefined,
  amazon: boolean,
): Promise<CallerIdentity> {
  const credentials = await findCredentials(profile, local);
  if (!credentials) return { kind: "none" };
  const { accessKeyId } = credentials;
  const url = amazon ? new URL(`https://sts.${region}.amazonaws.com/`) : new URL("/", endpoint);
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const at = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const signed = signedHeaders({ url, headers, body: BODY }, credentials, { region, service: "sts", at });
  const response = await fetch(url, {
    method: "POST",
    headers: signed,
    body: BODY,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const xml = await response.text();
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  const arn = element("Arn");
  if (response.ok && arn !== undefined) return { kind: "known", arn, accessKeyId };
  const code = element("Code") ?? String(response.status);
  return { kind: "refused", code, message: element("Message") ?? "no reason given", accessKeyId };
}
