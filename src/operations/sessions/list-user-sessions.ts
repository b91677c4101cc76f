import { pagePosition } from "../../domain/paging/page-token.ts";
import { authenticateAccessToken, userSessions } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";
import { sessionDescription } from "../wire/session-description.ts";

/** All sessions are one page, so that any token for another is none of ours. */
export const listUserSessions: OperationHandler<"ListUserSessions"> = async (input, { services }) => {
  const { pool, user, session } = await authenticateAccessToken(services, input.AccessToken);
  pagePosition(services, ["ListUserSessions"], input.NextToken);
  const sessions = await userSessions(services, pool, user);
  return { Sessions: sessions.map((one) => sessionDescription(one, session)) };
};
