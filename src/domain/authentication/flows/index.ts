import type { Flow as FlowName } from "../../clients/index.ts";
import type { Flow } from "../flow.ts";
import { refreshToken } from "./refresh-token.ts";
import { userPassword } from "./user-password.ts";

/** One line per flow; null for one that this version does not have yet, which is refused in clear words. */
export const flows: Readonly<Record<FlowName, Flow | null>> = {
  USER_PASSWORD_AUTH: userPassword,
  ADMIN_USER_PASSWORD_AUTH: userPassword,
  REFRESH_TOKEN_AUTH: refreshToken,
  USER_SRP_AUTH: null,
  USER_AUTH: null,
  CUSTOM_AUTH: null,
};
