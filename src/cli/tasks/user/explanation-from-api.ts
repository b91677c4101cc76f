import type { UserPoolClientType } from "../../../api/generated/shapes.ts";
import {
  type ExplainedClient,
  type ExplainedPool,
  type Explanation,
  explain,
  type Situation,
} from "../../../domain/explanation/index.ts";
import { temporaryPasswordValidityMs } from "../../../domain/user-pools/index.ts";
import type { MfaFactor } from "../../../domain/users/index.ts";
import { after, type Instant, SECOND, systemClock } from "../../../runtime/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import type { FoundPool } from "../../connection/pools.ts";

const NO_HISTORY =
  "How the user got there: the user-pool API keeps no history; AWS CloudTrail has the calls of administrators.";
const NO_LOCK = "Whether too many wrong passwords lock the user now: the API does not say.";
const NO_PASSWORD =
  "Whether the user has a password, and whether SRP can prove it: the API does not say; one is assumed.";
const NO_DEVICE = "Whether a remembered device of the user stands for the second factor.";
const NO_PASSKEY = "Whether the user has a passkey.";

const instant = (seconds: unknown): Instant => (Number(seconds ?? 0) * SECOND) as Instant;

/** A temporary password was set at the last change or before: it has expired surely once that is long enough ago. */
function temporaryPassword(pool: ExplainedPool, modifiedAt: Instant, now: Instant) {
  const validity = temporaryPasswordValidityMs(pool.settings.Policies?.PasswordPolicy ?? {});
  const latest = after(modifiedAt, validity);
  return latest <= now ? latest : null;
}

async function describedPool({ call, region }: Connection, { Id, Name }: FoundPool): Promise<ExplainedPool> {
  const { UserPool: described = {} } = await call("DescribeUserPool", { UserPoolId: Id });
  const { MfaConfiguration, ...mfa } = await call("GetUserPoolMfaConfig", { UserPoolId: Id });
  const { Domain, CustomDomain } = described;
  return {
    id: Id,
    region,
    settings: { ...described, Name, ...(MfaConfiguration ? { MfaConfiguration } : {}) },
    mfa,
    domains: {
      ...(Domain === undefined ? {} : { Domain }),
      ...(CustomDomain === undefined ? {} : { CustomDomain }),
    },
  };
}

async function describedClients(
  { call }: Connection,
  UserPoolId: string,
  ids: readonly string[],
): Promise<ExplainedClient[]> {
  const clients: ExplainedClient[] = [];
  for (const id of ids) {
    const { UserPoolClient } = await call("DescribeUserPoolClient", { UserPoolId, ClientId: id });
    const { ClientSecret, ClientName = id, ...settings }: UserPoolClientType = UserPoolClient ?? {};
    clients.push({ id, settings: { ...settings, ClientName }, hasSecret: ClientSecret !== undefined });
  }
  return clients;
}

/**
 * What ExplainUser would say, as far as the user-pool API shows it: for Amazon Cognito, which has no such operation. What it cannot
 * know is among the unknowns.
 * @throws Refusal, Unreachable
 */
export async function explanationFromApi(
  connection: Connection,
  found: FoundPool,
  Username: string,
  clientIds: readonly string[],
): Promise<Explanation> {
  const user = await connection.call("AdminGetUser", { UserPoolId: found.Id, Username });
  const pool = await describedPool(connection, found);
  const clients = await describedClients(connection, found.Id, clientIds);
  const now = systemClock.now();
  const modifiedAt = instant(user.UserLastModifiedDate);
  const status = user.UserStatus ?? "UNKNOWN";
  const given = (user.UserAttributes ?? []).map(({ Name, Value = "" }) => [Name, Value] as const);
  const { sub, ...attributes } = Object.fromEntries(given) as Record<string, string>;
  const isTemporary = status === "FORCE_CHANGE_PASSWORD";
  const until = isTemporary ? temporaryPassword(pool, modifiedAt, now) : null;
  const situation: Situation = {
    now,
    pool,
    user: {
      username: user.Username,
      status,
      enabled: user.Enabled ?? true,
      attributes,
      mfa: {
        enabled: (user.UserMFASettingList ?? []) as MfaFactor[],
        preferred: (user.PreferredMfaSetting as MfaFactor | undefined) ?? null,
      },
      createdAt: instant(user.UserCreateDate),
      modifiedAt,
    },
    password: status === "EXTERNAL_PROVIDER" ? null : { temporaryUntil: until, srp: true },
    lockedUntil: null,
    passkey: false,
    rememberedDevice: false,
  };
  const firstFactors = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  const unknowns = [
    NO_HISTORY,
    NO_LOCK,
    ...(status === "EXTERNAL_PROVIDER" ? [] : [NO_PASSWORD]),
    ...(isTemporary && until === null
      ? ["Whether the temporary password has expired: when it was set is not shown, only the last change."]
      : []),
    ...(firstFactors.includes("WEB_AUTHN") ? [NO_PASSKEY] : []),
    ...(pool.settings.DeviceConfiguration?.ChallengeRequiredOnNewDevice ? [NO_DEVICE] : []),
  ];
  return { ...explain(situation, clients, unknowns), ...(sub === undefined ? {} : { Sub: sub }) };
}
