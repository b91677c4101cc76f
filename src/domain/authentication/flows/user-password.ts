import { missingRequiredParameter } from "../../errors.ts";
import { NOBODY } from "../../users/index.ts";
import { claimAtStart } from "../device-claim.ts";
import type { Flow } from "../flow.ts";
import { provePasswordFactor } from "../password-factor.ts";
import { checkPassword, requireRoomToHash } from "../password-proof.ts";

/** USER_PASSWORD_AUTH, and ADMIN_USER_PASSWORD_AUTH, which differs only in who may ask. */
export const userPassword: Flow = {
  kind: "named",
  migratesBy: "PASSWORD",
  check({ parameters, pool }, services) {
    if (!parameters.PASSWORD) throw missingRequiredParameter("PASSWORD");
    requireRoomToHash(services, pool);
  },
  async begin(services, request) {
    const { pool, user, name, parameters } = request;
    const stored = await services.store.passwords.find(user?.key ?? NOBODY);
    const claimed = { user, name, stored, password: parameters.PASSWORD };
    return provePasswordFactor(services, request, claimed, claimAtStart(parameters.DEVICE_KEY), () =>
      checkPassword(services, pool, claimed, parameters.PASSWORD ?? ""),
    );
  },
};
