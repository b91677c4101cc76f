import { type Client, clientSecretMatches } from "../clients/index.ts";
import { clientUnauthorized, tokenRevocationOff, tokenTypeNotSupported } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import { openRefreshToken } from "./refresh-token.ts";

/** Three parts: a signed token, of which only access and ID tokens exist. */
const SIGNED_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * RevokeToken: ends the refresh token and every access token of the same sign-in. Succeeds for one that is revoked already or
 * was never issued.
 * @throws UnauthorizedException, UnsupportedOperationException, UnsupportedTokenTypeException
 */
export async function revokeToken(
  services: Pick<Services, "store" | "clock" | "keyEncryptionKey">,
  pool: UserPool,
  client: Client,
  input: { readonly Token: string; readonly ClientSecret?: string | undefined },
): Promise<void> {
  if (client.secrets.length > 0 && !clientSecretMatches(services, pool, client, input.ClientSecret ?? ""))
    throw clientUnauthorized("Invalid client secret");
  if (!(client.settings.EnableTokenRevocation ?? true)) throw tokenRevocationOff();
  if (SIGNED_TOKEN.test(input.Token)) throw tokenTypeNotSupported();
  const content = openRefreshToken(services.keyEncryptionKey, pool, client.id, input.Token);
  const found = content && (await services.store.refreshSessions.findWithUser(content.sessionId));
  // The first and the newest token of a rotating family stand for all of it; one in between stands for nothing any more.
  if (found && (content.counter === 0 || content.counter === found.session.counter))
    await services.store.transaction(({ refreshSessions }) =>
      refreshSessions.revoke(content.sessionId, services.clock.now()),
    );
}
