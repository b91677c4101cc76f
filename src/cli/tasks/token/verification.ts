import { importPublicKey, type RsaPublicJwk, verifyRs256 } from "../../../crypto/signing-key.ts";
import { type Instant, SECOND } from "../../../runtime/clock.ts";
import type { JsonWebToken } from "./json-web-token.ts";

/** What a check of a token found wrong, by the exit status that says so. */
export const FAILURE_STATUS = { signature: 3, time: 4, claims: 5 } as const;

export interface Failure {
  readonly check: keyof typeof FAILURE_STATUS;
  readonly message: string;
}

/** The keys and the issuer that a pool publishes. */
export interface Publication {
  readonly issuer: string;
  readonly keys: readonly (RsaPublicJwk & { readonly kid?: string })[];
}

/** What the token must be for besides being good. */
export interface Expectation {
  readonly clientId?: string | undefined;
  readonly use?: string | undefined;
}

/** A pool's published key as Cognito's documentation says tokens are to be verified with it. */
function signatureFailure({ header, signed, signature }: JsonWebToken, { keys }: Publication): string | null {
  // The header says which key, never which algorithm: that would be the forger's choice.
  if (header.alg !== "RS256")
    return `it is signed by ${String(header.alg)}, and the pool signs by RS256 only`;
  const key = keys.find(({ kid }) => kid === header.kid);
  if (!key) return `the pool has no key ${String(header.kid)}`;
  return verifyRs256(importPublicKey(key), signed, signature) ? null : "the signature is not the pool's";
}

/** All that is wrong with a token; where the signature is wrong, nothing else counts. */
export function failuresOf(
  token: JsonWebToken,
  published: Publication,
  { clientId, use }: Expectation,
  now: Instant,
): Failure[] {
  const forged = signatureFailure(token, published);
  if (forged !== null) return [{ check: "signature", message: forged }];
  const { iss, token_use, aud, client_id, exp, nbf } = token.claims;
  const failures: Failure[] = [];
  const wrong = (check: Failure["check"], message: string) => failures.push({ check, message });
  if (iss !== published.issuer) wrong("claims", `it is issued by ${String(iss)}, not by ${published.issuer}`);
  if (token_use !== "id" && token_use !== "access")
    wrong("claims", "it is neither an ID nor an access token");
  else if (use !== undefined && token_use !== use)
    wrong(
      "claims",
      `it is an ${token_use === "id" ? "ID" : "access"} token, not an ${use === "id" ? "ID" : use} token`,
    );
  const client = token_use === "id" ? aud : client_id;
  if (clientId !== undefined && client !== clientId)
    wrong("claims", `it is for the client ${String(client)}, not for ${clientId}`);
  if (typeof exp !== "number" || exp * SECOND <= now) wrong("time", "it has expired");
  if (typeof nbf === "number" && nbf * SECOND > now) wrong("time", "it is not good yet");
  return failures;
}
