import type { Flow as FlowName } from "../../clients/index.ts";
import type { Flow } from "../flow.ts";
import { refreshToken } from "./refresh-token.ts";
import { userAuth } from "./user-auth.ts";
import { userPassword } from "./user-password.ts";
import { userSrp } from "./user-srp.ts";

/** One line per flow; null for one that this version does not have yet, which is refused in clear words. */
export const flows: Readonly<Record<FlowName, Flow | null>> = {
  USER_PASSWORD_AUTH: userPassword,
  ADMIN_USER_PASSWORD_AUTH: userPassword,
  REFRESH_TOKEN_AUTH: refreshToken,
  USER_SRP_AUTH: userSrp,
  USER_AUTH: userAuth,
  CUSTOM_AUTH: null,
};
