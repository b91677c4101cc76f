import type { ServiceModel } from "./service-model.ts";

/** The services by their words; each is loaded when it is asked for. */
export const SERVICES: Readonly<Record<string, () => Promise<ServiceModel>>> = {
  "cognito-idp": async () => (await import("./user-pool-service.ts")).userPoolService,
  sts: async () => (await import("./security-token-service.ts")).securityTokenService,
};
