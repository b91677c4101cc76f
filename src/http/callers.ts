import type { Authority, ProvenCaller } from "../domain/iam/index.ts";
import type { Tracing } from "../runtime/tracing.ts";
import { type Authenticator, developmentAuthenticator, regionNamed } from "./aws-json/authenticate.ts";
import {
  requireDevelopmentCaller,
  type SignedAuthenticatorOptions,
  signedAuthenticator,
} from "./aws-json/signed-authenticator.ts";
import type { WireRequest } from "./aws-json/wire.ts";

/** Who may call: the two services of one address ask the same. */
export interface Callers {
  /** For the user-pool API. */
  readonly authenticator: Authenticator;
  /** For the other services of this address, whose every call is signed. @param service as signatures name it @throws ServiceError */
  readonly prove: (request: WireRequest, service: string) => Promise<ProvenCaller>;
}

/** Callers prove themselves by their signature; in development mode its own conditions hold beside it. */
export const provenCallers = (options: SignedAuthenticatorOptions): Callers => ({
  authenticator: signedAuthenticator(options),
  async prove(request, service) {
    requireDevelopmentCaller(request, options.development);
    return options.authority.prove(request, service);
  },
});

/** Development mode as it is by default: programs on this machine, with any credentials. */
export function trustedCallers(options: {
  readonly authority: Authority;
  readonly region: string;
  readonly accountId: string;
  readonly boundToLoopback: boolean;
}): Callers {
  return {
    authenticator: developmentAuthenticator(options),
    async prove(request) {
      requireDevelopmentCaller(request, options);
      return {
        principal: options.authority.fixedPrincipal(),
        region: regionNamed(request) ?? options.region,
      };
    },
  };
}

/** The same callers; a trace is told the region that a call was signed for, once the signature was found right. */
export const tracedCallers = ({ authenticator, prove }: Callers, tracing: Tracing): Callers => ({
  authenticator: {
    ...authenticator,
    async authenticate(operation, request) {
      const caller = await authenticator.authenticate(operation, request);
      if (caller.principal) tracing.note({ region: caller.region });
      return caller;
    },
  },
  async prove(request, service) {
    const caller = await prove(request, service);
    tracing.note({ region: caller.region });
    return caller;
  },
});
