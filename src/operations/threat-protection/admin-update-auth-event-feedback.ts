import { giveFeedback } from "../../domain/threat-protection/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { watchedPool } from "./watched-pool.ts";

export const adminUpdateAuthEventFeedback: OperationHandler<"AdminUpdateAuthEventFeedback"> = async (
  input,
  context,
) => {
  await watchedPool(context, input.UserPoolId);
  const { pool, user } = await namedUser(context, input);
  const feedback = { value: input.FeedbackValue, provider: "Admin" } as const;
  await giveFeedback(context.services, pool, user, input.EventId, feedback);
  return {};
};
