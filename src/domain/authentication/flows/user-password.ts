import { requireSecretHash } from "../../clients/index.ts";
import { missingRequiredParameter } from "../../errors.ts";
import { findUser, NOBODY } from "../../users/index.ts";
import { claimAtStart } from "../device-claim.ts";
import type { Flow } from "../flow.ts";
import { provePasswordFactor } from "../password-factor.ts";
import { checkPassword } from "../password-proof.ts";

/** USER_PASSWORD_AUTH, and ADMIN_USER_PASSWORD_AUTH, which differs only in who may ask. */
export const userPassword: Flow = {
  async begin(services, { pool, client, sourceIp, parameters }) {
    const { USERNAME: name, PASSWORD: password } = parameters;
    if (!name) throw missingRequiredParameter("USERNAME");
    if (!password) throw missingRequiredParameter("PASSWORD");
    const hash = { hash: parameters.SECRET_HASH, source: "SECRET_HASH" } as const;
    requireSecretHash(services, pool, client, hash, [name]);
    const user = await findUser(services.store.users, pool, name);
    const stored = await services.store.passwords.find(user?.key ?? NOBODY);
    const claimed = { user, name, stored };
    const place = { pool, client, sourceIp };
    return provePasswordFactor(services, place, claimed, claimAtStart(parameters.DEVICE_KEY), () =>
      checkPassword(services, pool, claimed, password),
    );
  },
};
