import { checkedLogConfigurations } from "../../domain/log-delivery/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const setLogDeliveryConfiguration: OperationHandler<"SetLogDeliveryConfiguration"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  const configurations = checkedLogConfigurations(pool, input.LogConfigurations);
  await context.services.store.logDeliveryConfigurations.put(pool.key, configurations);
  return {
    LogDeliveryConfiguration: { UserPoolId: pool.id, LogConfigurations: [...configurations] },
  };
};
