import { operationFacts } from "../../api/operation.ts";
import { accessDenied } from "../../domain/errors.ts";
import { type Authority, type Origin, requireOperationAllowed } from "../../domain/iam/index.ts";
import type { Services } from "../../domain/services.ts";
import type { Clock } from "../../runtime/clock.ts";
import { developmentRefusal } from "../development-caller.ts";
import { type Authenticator, regionNamed } from "./authenticate.ts";
import type { WireRequest } from "./wire.ts";

export interface SignedAuthenticatorOptions {
  readonly authority: Authority;
  readonly store: Services["store"];
  /** For `aws:CurrentTime`. */
  readonly clock: Clock;
  /** Region and account of public operations, which are not signed. */
  readonly region: string;
  readonly accountId: string;
  /** Whether callers reach the server by TLS. */
  readonly secureTransport: boolean;
  /** In development mode the conditions of that mode hold beside the signature; null in production. */
  readonly development: { readonly boundToLoopback: boolean } | null;
}

/** Where a call comes from, for conditions of policies. */
export const originOf = (
  request: WireRequest,
  region: string,
  { clock, secureTransport }: Pick<SignedAuthenticatorOptions, "clock" | "secureTransport">,
): Origin => ({
  region,
  now: clock.now(),
  sourceIp: request.sourceAddress ?? undefined,
  userAgent: request.headers["user-agent"],
  referer: request.headers.referer,
  secureTransport,
});

/** @throws AccessDeniedException when development mode does not let the request in, whoever signed it */
export function requireDevelopmentCaller(
  request: WireRequest,
  development: SignedAuthenticatorOptions["development"],
): void {
  const refusal = development && developmentRefusal(request, development);
  if (refusal) throw accessDenied(refusal);
}

/** Signed operations are for callers whose signature is right and whose policies allow them. */
export function signedAuthenticator(options: SignedAuthenticatorOptions): Authenticator {
  const { authority, store, region, accountId, development } = options;
  return {
    async authenticate(operation, request) {
      if (operationFacts[operation].auth !== "sigv4")
        return { region: regionNamed(request) ?? region, accountId };
      requireDevelopmentCaller(request, development);
      const proven = await authority.prove(request, "cognito-idp");
      return { ...proven, accountId: proven.principal.accountId };
    },
    async authorize(operation, input, caller, request) {
      if (caller.principal)
        await requireOperationAllowed(
          store,
          caller.principal,
          operation,
          input,
          originOf(request, caller.region, options),
        );
    },
  };
}
