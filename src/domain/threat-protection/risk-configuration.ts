import type { NotifyConfigurationType, SetRiskConfigurationRequest } from "../../api/generated/shapes.ts";
import { invalidParameter, userPoolAddOnNotEnabled } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import { isAddressRange } from "./address-ranges.ts";
import type { RiskSettings } from "./ports.ts";

/** What a pool does about threats: nothing, looks on, or acts. */
export type ProtectionMode = "OFF" | "AUDIT" | "ENFORCED";

export const protectionMode = (pool: UserPool): ProtectionMode =>
  pool.settings.UserPoolAddOns?.AdvancedSecurityMode ?? "OFF";

/** Custom sign-ins are watched over only where the pool says so for them. */
export const customAuthMode = (pool: UserPool): ProtectionMode =>
  protectionMode(pool) === "OFF"
    ? "OFF"
    : (pool.settings.UserPoolAddOns?.AdvancedSecurityAdditionalFlows?.CustomAuthMode ?? "OFF");

/** @throws UserPoolAddOnNotEnabledException */
export function requireProtection(pool: UserPool): void {
  if (protectionMode(pool) === "OFF") throw userPoolAddOnNotEnabled();
}

/** In place of a client's id: the configuration of the pool. */
const ALL_CLIENTS = "ALL";

/** The client that a configuration is for; null for the pool's own. */
export const configuredClient = (clientId: string | undefined): string | null =>
  clientId === undefined || clientId === ALL_CLIENTS ? null : clientId;

/** `ana@example.com` or `Ana <ana@example.com>`, on one line. */
const SENDER = /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/;

function checkNotify(notify: NotifyConfigurationType): void {
  if (!/^arn:[\w-]+:ses:/.test(notify.SourceArn))
    throw invalidParameter("SourceArn of NotifyConfiguration must be the ARN of an Amazon SES identity.");
  for (const [name, sender] of [["From", notify.From] as const, ["ReplyTo", notify.ReplyTo] as const])
    if (sender !== undefined && !SENDER.test(sender))
      throw invalidParameter(`${name} of NotifyConfiguration must be an email address.`);
}

/**
 * What SetRiskConfiguration stores: what is omitted is not set any more.
 * @throws InvalidParameterException
 */
export function checkedRiskSettings(input: SetRiskConfigurationRequest): RiskSettings {
  const {
    CompromisedCredentialsRiskConfiguration: compromised,
    AccountTakeoverRiskConfiguration: takeover,
    RiskExceptionConfiguration: exceptions,
  } = input;
  if (takeover) {
    const { NotifyConfiguration: notify, Actions: actions } = takeover;
    if (notify) checkNotify(notify);
    const notifies = [actions.LowAction, actions.MediumAction, actions.HighAction].some(
      (action) => action?.Notify,
    );
    if (notifies && !notify)
      throw invalidParameter("NotifyConfiguration is required when an action notifies users.");
  }
  for (const range of [...(exceptions?.BlockedIPRangeList ?? []), ...(exceptions?.SkippedIPRangeList ?? [])])
    if (!isAddressRange(range)) throw invalidParameter(`Invalid IP range given: ${range}`);
  return {
    ...(compromised ? { CompromisedCredentialsRiskConfiguration: compromised } : {}),
    ...(takeover ? { AccountTakeoverRiskConfiguration: takeover } : {}),
    ...(exceptions ? { RiskExceptionConfiguration: exceptions } : {}),
  };
}

/** What counts for a client: each of its own settings in place of the pool's. */
export const effectiveRisk = ({
  pool,
  client,
}: {
  readonly pool: RiskSettings | null;
  readonly client: RiskSettings | null;
}): RiskSettings => ({ ...pool, ...client });

/** The events at which a known password is looked for; all of them unless the filter names some. */
export type CompromisedEvent = "SIGN_IN" | "PASSWORD_CHANGE" | "SIGN_UP";

export const blocksCompromised = (risk: RiskSettings, event: CompromisedEvent): boolean => {
  const { CompromisedCredentialsRiskConfiguration: settings } = risk;
  return settings?.Actions.EventAction === "BLOCK" && watchesCompromised(risk, event);
};

export const watchesCompromised = (
  { CompromisedCredentialsRiskConfiguration: settings }: RiskSettings,
  event: CompromisedEvent,
): boolean =>
  settings !== undefined && (!settings.EventFilter?.length || settings.EventFilter.includes(event));
