import type { AuthFlowType } from "../../../api/generated/shapes.ts";

/** A way to begin a sign-in. */
export interface FlowFacts {
  readonly authFlow: AuthFlowType;
  /** Settings of a client that allow it, newer and older. */
  readonly allowedBy: readonly string[];
  /** Begun and answered by the operations for administrators. */
  readonly admin: boolean;
  readonly sends: { readonly password?: true; readonly srp?: true };
}

/** By the words of --flow, the one preferred where a client allows several first. */
export const FLOWS = {
  srp: {
    authFlow: "USER_SRP_AUTH",
    allowedBy: ["ALLOW_USER_SRP_AUTH"],
    admin: false,
    sends: { srp: true },
  },
  password: {
    authFlow: "USER_PASSWORD_AUTH",
    allowedBy: ["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"],
    admin: false,
    sends: { password: true },
  },
  "user-auth": { authFlow: "USER_AUTH", allowedBy: ["ALLOW_USER_AUTH"], admin: false, sends: {} },
  "admin-password": {
    authFlow: "ADMIN_USER_PASSWORD_AUTH",
    allowedBy: ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"],
    admin: true,
    sends: { password: true },
  },
  custom: {
    authFlow: "CUSTOM_AUTH",
    allowedBy: ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"],
    admin: false,
    sends: {},
  },
  "custom-srp": {
    authFlow: "CUSTOM_AUTH",
    allowedBy: ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"],
    admin: false,
    sends: { srp: true },
  },
} as const satisfies Record<string, FlowFacts>;

export type FlowName = keyof typeof FLOWS;

export const FLOW_NAMES = Object.keys(FLOWS) as readonly FlowName[];

/** The flows that a client allows; all where that is not known. */
export const allowedFlows = (settings: readonly string[] | null): readonly FlowName[] =>
  settings === null
    ? FLOW_NAMES
    : FLOW_NAMES.filter((name) => FLOWS[name].allowedBy.some((setting) => settings.includes(setting)));
