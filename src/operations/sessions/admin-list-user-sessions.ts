import { pagePosition } from "../../domain/paging/page-token.ts";
import { userSessions } from "../../domain/tokens/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { sessionDescription } from "../wire/session-description.ts";

/** All sessions are one page, so that any token for another is none of ours. */
export const adminListUserSessions: OperationHandler<"AdminListUserSessions"> = async (input, context) => {
  const { services } = context;
  const { pool, user } = await namedUser(context, input);
  pagePosition(services, ["AdminListUserSessions"], input.NextToken);
  const sessions = await userSessions(services, pool, user);
  return { Sessions: sessions.map((one) => sessionDescription(one, null)) };
};
