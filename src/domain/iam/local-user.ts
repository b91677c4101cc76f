import type { Instant } from "../../runtime/clock.ts";
import type { FixedAccessKey } from "./authority.ts";
import type { PrincipalKey } from "./principal.ts";

const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/** Who calls in development mode: a user who may do everything, with a pair of credentials that everybody knows. */
export const localUser = (accountId: string): FixedAccessKey => ({
  id: "local",
  secret: "local",
  principal: {
    key: -1 as PrincipalKey,
    accountId,
    kind: "user",
    name: "local",
    uniqueId: "AIDALOCALLOCALLOCAL0",
    policies: [{ name: "AdministratorAccess", document: EVERYTHING }],
    trustPolicy: null,
    maxSessionSeconds: 3600,
    createdAt: 0 as Instant,
    modifiedAt: 0 as Instant,
  },
});
