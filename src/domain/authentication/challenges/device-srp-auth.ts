import { missingRequiredParameter, sessionInvalid } from "../../errors.ts";
import type { Challenge } from "../challenge.ts";
import { requireClaimed } from "../device-claim.ts";
import { requirePublicA } from "../srp-exchange.ts";

/** The remembered device that the client says to be begins to prove itself: its A in, DEVICE_PASSWORD_VERIFIER out. */
export const deviceSrpAuth: Challenge = {
  name: "DEVICE_SRP_AUTH",
  guessable: false,

  async issue({ user }, _repositories, _send, _nonce, { device }) {
    return { parameters: { USERNAME: user.username, DEVICE_KEY: device?.key ?? "" }, secret: null };
  },

  async verify({ user }, signIn, responses) {
    const { DEVICE_KEY: deviceKey, SRP_A: publicA } = responses;
    if (!deviceKey) throw missingRequiredParameter("DEVICE_KEY");
    if (!publicA) throw missingRequiredParameter("SRP_A");
    const { key } = requireClaimed(signIn, deviceKey);
    return {
      kind: "proved",
      proof: null,
      device: { key, publicA: requirePublicA(publicA) },
      async apply(repositories) {
        const current = await repositories.users.lock(user.key);
        if (!current) throw sessionInvalid();
        return current;
      },
    };
  },
};
