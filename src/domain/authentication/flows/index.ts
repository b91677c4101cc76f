import type { Flow as FlowName } from "../../clients/index.ts";
import type { Flow } from "../flow.ts";
import { customAuth } from "./custom-auth.ts";
import { refreshToken } from "./refresh-token.ts";
import { userAuth } from "./user-auth.ts";
import { userPassword } from "./user-password.ts";
import { userSrp } from "./user-srp.ts";

/** One line per flow. */
export const flows: Readonly<Record<FlowName, Flow>> = {
  USER_PASSWORD_AUTH: userPassword,
  ADMIN_USER_PASSWORD_AUTH: userPassword,
  REFRESH_TOKEN_AUTH: refreshToken,
  USER_SRP_AUTH: userSrp,
  USER_AUTH: userAuth,
  CUSTOM_AUTH: customAuth,
};
