import { secretHashMatches } from "../../clients/index.ts";
import {
  invalidParameter,
  missingRequiredParameter,
  refreshSecretHashMismatch,
  secretHashParameterMissing,
} from "../../errors.ts";
import { authenticateRefreshToken, refreshTokens } from "../../tokens/index.ts";
import type { Flow } from "../flow.ts";

/** REFRESH_TOKEN_AUTH: no username is sent, so SECRET_HASH is over the user's own username. */
export const refreshToken: Flow = {
  kind: "by-token",
  async begin(services, { pool, client, sourceIp, userAgent, parameters, call }) {
    const { REFRESH_TOKEN: token, SECRET_HASH: hash, DEVICE_KEY: deviceKey } = parameters;
    if (!token) throw missingRequiredParameter("REFRESH_TOKEN");
    if (client.settings.RefreshTokenRotation?.Feature === "ENABLED")
      throw invalidParameter(
        "REFRESH_TOKEN_AUTH is not supported when refresh token rotation is enabled; use GetTokensFromRefreshToken.",
      );
    if (client.secrets.length > 0 && !hash) throw secretHashParameterMissing(client.id);
    const bearer = await authenticateRefreshToken(services, { pool, client }, { token, deviceKey });
    if (
      client.secrets.length > 0 &&
      !secretHashMatches(services, pool, client, hash ?? "", [bearer.user.username])
    )
      throw refreshSecretHashMismatch(client.id);
    // Of the calls that begin a sign-in only this one hands its metadata on to PreTokenGeneration.
    const { awsSdkVersion, validationData: clientMetadata } = call;
    const place = { pool, client, sourceIp, userAgent };
    const result = await refreshTokens(services, place, bearer, { awsSdkVersion, clientMetadata });
    return { kind: "tokens", result };
  },
};
