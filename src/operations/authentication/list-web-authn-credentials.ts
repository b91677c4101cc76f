import { page, pagePosition, pageSize, pageToken } from "../../domain/paging/page-token.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";
import { webAuthnCredentialDescription } from "../wire/web-authn-credential.ts";

const MOST = 20;

interface Position {
  readonly createdAt: Instant;
  readonly id: string;
}

/** In the order of registration. A user has at most 20 passkeys, so a page is cut from the whole list. */
export const listWebAuthnCredentials: OperationHandler<"ListWebAuthnCredentials"> = async (
  input,
  context,
) => {
  const { services } = context;
  const { pool, user } = await tokenHolder(context, input.AccessToken);
  const scope = ["ListWebAuthnCredentials", pool.id, user.key];
  const limit = pageSize(input.MaxResults, MOST);
  const after = pagePosition<Position>(services, scope, input.NextToken);
  const credentials = await services.store.webAuthnCredentials.ofUser(user.key);
  const rest = credentials.filter(
    ({ createdAt, id }) =>
      !after || createdAt > after.createdAt || (createdAt === after.createdAt && id > after.id),
  );
  const { items, last } = page(rest, limit);
  return {
    Credentials: items.map(webAuthnCredentialDescription),
    ...(last ? { NextToken: pageToken(services, scope, { createdAt: last.createdAt, id: last.id }) } : {}),
  };
};
