import {
  canonicalRequest,
  SIGV4_ALGORITHM,
  scopeText,
  sha256Hex,
  signatureOf,
  signingKey,
  stringToSign,
} from "./sigv4.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request to sign: POST, without a query. */
export interface SignableRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** AWS Signature Version 4: the headers of the request with those that sign it. @param at e.g. `20250107T080509Z` */
export function signedHeaders(
  request: SignableRequest,
  credentials: AwsCredentials,
  scope: { readonly region: string; readonly service: string; readonly at: string },
): Record<string, string> {
  const { region, service, at } = scope;
  const place = { day: at.slice(0, 8), region, service };
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-date": at,
    ...(credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {}),
  };
  const signed = Object.entries({ ...headers, host: request.url.host })
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = canonicalRequest({
    method: "POST",
    path: request.url.pathname,
    query: "",
    headers: signed,
    payloadHash: sha256Hex(request.body),
  });
  const key = signingKey(credentials.secretAccessKey, place);
  const signature = signatureOf(key, stringToSign(at, place, canonical)).toString("hex");
  const names = signed.map(([name]) => name).join(";");
  return {
    ...headers,
    authorization: `${SIGV4_ALGORITHM} Credential=${credentials.accessKeyId}/${scopeText(place)}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
