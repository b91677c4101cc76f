import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getLogDeliveryConfiguration: OperationHandler<"GetLogDeliveryConfiguration"> = async (
  input,
  context,
) => {
  const pool = await namedPool(context, input.UserPoolId);
  const configurations = await context.services.store.logDeliveryConfigurations.find(pool.key);
  return {
    LogDeliveryConfiguration: { UserPoolId: pool.id, LogConfigurations: [...configurations] },
  };
};
