import { totpCode } from "../../../src/crypto/totp.ts";
import { apiOf } from "../../support/api.ts";
import { fromBase32 } from "../../support/base32.ts";
import { makeUser } from "../../support/builders.ts";
import { encodedData } from "../../support/threat.ts";
import { VirtualAuthenticator } from "../../support/virtual-authenticator.ts";
import type { World } from "../../support/world.ts";
import { address, PASSWORD, type Walk } from "./step.ts";

const TOTP_STEP_MS = 30_000;

/** A walk that has not begun. */
export function newWalk(world: World): Walk {
  const api = apiOf(world);
  const values = new Map<string, string>();
  const walk: Walk = {
    api,
    passkey: new VirtualAuthenticator(),
    get UserPoolId() {
      return walk.kept("UserPoolId");
    },
    get ClientId() {
      return walk.kept("ClientId");
    },
    keep(name, value) {
      if (value === undefined) throw new Error(`There is no ${name}`);
      values.set(name, value);
    },
    kept(name) {
      const value = values.get(name);
      if (value === undefined) throw new Error(`No step kept ${name}`);
      return value;
    },
    async user(username, more = {}) {
      const attributes = { email: address(username), email_verified: "true", ...more };
      await makeUser(api, walk.UserPoolId, username, { password: PASSWORD, attributes });
    },
    async signIn(username) {
      const { AuthenticationResult, ChallengeName } = await api("InitiateAuth", {
        ClientId: walk.ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD },
      });
      if (!AuthenticationResult) throw new Error(`No tokens but ${ChallengeName}`);
      return AuthenticationResult;
    },
    token: async (username) => (await walk.signIn(username)).AccessToken ?? "",
    async signInFrom(username, IpAddress, device) {
      await api("AdminInitiateAuth", {
        UserPoolId: walk.UserPoolId,
        ClientId: walk.ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD },
        ContextData: {
          IpAddress,
          ServerName: "example.com",
          ServerPath: "/sign-in",
          HttpHeaders: [],
          EncodedData: encodedData({ DeviceId: device }),
        },
      });
    },
    code: async (to) => (await world.lastMessage(to)).code,
    totp: (secret = "") =>
      totpCode(fromBase32(secret), Math.floor(world.server.services.clock.now() / TOTP_STEP_MS)),
    advanceSeconds: (seconds) => world.advanceSeconds(seconds),
  };
  return walk;
}
