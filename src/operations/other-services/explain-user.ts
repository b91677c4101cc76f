import { requirePool } from "../../domain/clients/index.ts";
import { explainUser as explained } from "../../domain/explanation/index.ts";
import type { ServiceOperation } from "./operation.ts";

/**
 * Why a user can or cannot sign in: their status and how they got it, what the next sign-in does step by step for each client and
 * flow, what stands against it, and the commands that move them on. `Username` may be any of the user's names.
 */
export const explainUser: ServiceOperation = {
  name: "ExplainUser",
  service: "cognate",
  auditedAs: null,
  input: {
    UserPoolId: { type: "string", required: true },
    Username: { type: "string", required: true },
    ClientId: { type: "string" },
  },
  async invoke({ UserPoolId, Username, ClientId }, context) {
    const { services } = context;
    const pool = await requirePool(services.store, context, String(UserPoolId));
    const clientId = typeof ClientId === "string" ? ClientId : undefined;
    return { ...(await explained(services, pool, String(Username), clientId)) };
  },
};
