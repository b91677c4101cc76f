import type { AuthFlowType, ExplicitAuthFlowsType } from "../../api/generated/shapes.ts";
import { flowNotEnabled, invalidParameter } from "../errors.ts";
import type { ClientSettings } from "./client.ts";

/** What a client without ExplicitAuthFlows may do. */
const DEFAULT_FLOWS: readonly ExplicitAuthFlowsType[] = [
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_CUSTOM_AUTH",
];

/** A flow under its one name: REFRESH_TOKEN and ADMIN_NO_SRP_AUTH are older names of two others. */
export type Flow = Exclude<AuthFlowType, "REFRESH_TOKEN" | "ADMIN_NO_SRP_AUTH">;

export function canonicalFlow(flow: AuthFlowType): Flow {
  if (flow === "REFRESH_TOKEN") return "REFRESH_TOKEN_AUTH";
  if (flow === "ADMIN_NO_SRP_AUTH") return "ADMIN_USER_PASSWORD_AUTH";
  return flow;
}

/** Per flow: its permission, the older permission's name if any, and the refusal. */
const PERMISSIONS: Record<
  Flow,
  { allow: ExplicitAuthFlowsType; legacy?: ExplicitAuthFlowsType; refusal: string }
> = {
  USER_PASSWORD_AUTH: {
    allow: "ALLOW_USER_PASSWORD_AUTH",
    legacy: "USER_PASSWORD_AUTH",
    refusal: "USER_PASSWORD_AUTH flow not enabled for this client",
  },
  ADMIN_USER_PASSWORD_AUTH: {
    allow: "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    legacy: "ADMIN_NO_SRP_AUTH",
    refusal: "Auth flow not enabled for this client",
  },
  USER_SRP_AUTH: { allow: "ALLOW_USER_SRP_AUTH", refusal: "USER_SRP_AUTH is not enabled for the client." },
  CUSTOM_AUTH: { allow: "ALLOW_CUSTOM_AUTH", refusal: "CUSTOM_AUTH is not enabled for the client." },
  USER_AUTH: { allow: "ALLOW_USER_AUTH", refusal: "USER_AUTH flow not enabled for this client" },
  REFRESH_TOKEN_AUTH: {
    allow: "ALLOW_REFRESH_TOKEN_AUTH",
    refusal: "REFRESH_TOKEN_AUTH flow not enabled for this client",
  },
};

const isLegacyName = (flow: ExplicitAuthFlowsType): boolean => !flow.startsWith("ALLOW_");

/** Whether the client may use the flow. */
export function allowsFlow(settings: ClientSettings, flow: Flow): boolean {
  const given = settings.ExplicitAuthFlows;
  const { allow, legacy } = PERMISSIONS[flow];
  if (!given?.length) return DEFAULT_FLOWS.includes(allow);
  if (!given.some(isLegacyName)) return given.includes(allow);
  if (given.includes("CUSTOM_AUTH_FLOW_ONLY")) return flow === "CUSTOM_AUTH" || flow === "REFRESH_TOKEN_AUTH";
  return legacy ? given.includes(legacy) : DEFAULT_FLOWS.includes(allow);
}

/** @throws InvalidParameterException in the words of the flow */
export function requireFlow(settings: ClientSettings, flow: Flow): void {
  if (!allowsFlow(settings, flow)) throw flowNotEnabled(PERMISSIONS[flow].refusal);
}

/** Tokens for programs, by GetClientToken: a flow of its own that no person signs in by. */
const CLIENT_TOKENS: ExplicitAuthFlowsType = "ALLOW_CLIENT_TOKEN_AUTH";

/** @throws InvalidParameterException */
export function requireClientTokenFlow({ ExplicitAuthFlows }: ClientSettings): void {
  if (!ExplicitAuthFlows?.includes(CLIENT_TOKENS))
    throw flowNotEnabled("CLIENT_TOKEN_AUTH flow not enabled for this client");
}

/** @throws InvalidParameterException when old and new names are mixed, or tokens for programs with anything else or without a secret */
export function checkExplicitAuthFlows(flows: readonly ExplicitAuthFlowsType[], hasSecret: boolean): void {
  if (flows.includes(CLIENT_TOKENS)) {
    if (flows.some((flow) => flow !== CLIENT_TOKENS))
      throw invalidParameter("ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.");
    if (!hasSecret)
      throw invalidParameter(
        "ALLOW_CLIENT_TOKEN_AUTH can only be used by a client that has a client secret.",
      );
  }
  if (flows.some(isLegacyName) && !flows.every(isLegacyName))
    throw invalidParameter("Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.");
}
