import { requireClientOf } from "../../domain/clients/index.ts";
import { configuredClient } from "../../domain/threat-protection/index.ts";
import type { OperationHandler } from "../operation.ts";
import { riskConfigurationType } from "../wire/risk-configuration-type.ts";
import { watchedPool } from "./watched-pool.ts";

/** What was set for exactly this pool or client: a client without settings of its own does not show the pool's. */
export const describeRiskConfiguration: OperationHandler<"DescribeRiskConfiguration"> = async (
  input,
  context,
) => {
  const { store } = context.services;
  const pool = await watchedPool(context, input.UserPoolId);
  const clientId = configuredClient(input.ClientId);
  if (clientId !== null) await requireClientOf(store, pool, clientId);
  const stored = await store.riskConfigurations.find(pool.key, clientId);
  return { RiskConfiguration: riskConfigurationType(pool, clientId, stored) };
};
