import { feedbackTokenInvalid } from "../../domain/errors.ts";
import { giveFeedback, requireFeedbackToken } from "../../domain/threat-protection/index.ts";
import { findUser } from "../../domain/users/index.ts";
import type { OperationHandler } from "../operation.ts";
import { watchedPool } from "./watched-pool.ts";

/** The token of the mail stands for the user. A name that no user has is answered like a wrong token: the operation is public. */
export const updateAuthEventFeedback: OperationHandler<"UpdateAuthEventFeedback"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await watchedPool(context, input.UserPoolId);
  const user = await findUser(services.store.users, pool, input.Username);
  if (!user) throw feedbackTokenInvalid();
  requireFeedbackToken(services, pool, user, input.EventId, input.FeedbackToken);
  const feedback = { value: input.FeedbackValue, provider: "User" } as const;
  await giveFeedback(services, pool, user, input.EventId, feedback);
  return {};
};
