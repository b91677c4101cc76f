import { requireClientOf } from "../../domain/clients/index.ts";
import { checkedRiskSettings, configuredClient } from "../../domain/threat-protection/index.ts";
import type { OperationHandler } from "../operation.ts";
import { riskConfigurationType } from "../wire/risk-configuration-type.ts";
import { watchedPool } from "./watched-pool.ts";

export const setRiskConfiguration: OperationHandler<"SetRiskConfiguration"> = async (input, context) => {
  const { store, clock } = context.services;
  const pool = await watchedPool(context, input.UserPoolId);
  const clientId = configuredClient(input.ClientId);
  if (clientId !== null) await requireClientOf(store, pool, clientId);
  const stored = { settings: checkedRiskSettings(input), modifiedAt: clock.now() };
  await store.riskConfigurations.put(pool.key, clientId, stored);
  return { RiskConfiguration: riskConfigurationType(pool, clientId, stored) };
};
