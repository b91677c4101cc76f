import { featureUnavailableInTier, tierChangeNotAllowed } from "../errors.ts";
import { namesAcrLevels } from "./assurance-levels.ts";
import type { UserPool, UserPoolSettings } from "./user-pool.ts";

type Tier = NonNullable<UserPoolSettings["UserPoolTier"]>;

const RANK: Readonly<Record<Tier, number>> = { LITE: 0, ESSENTIALS: 1, PLUS: 2 };

/** The tier of a pool that was not given one. */
export const DEFAULT_TIER: Tier = "ESSENTIALS";

/** What needs a tier: the feature's name as refusals have it, and whether the settings use it. */
const FEATURES: readonly {
  readonly name: (settings: UserPoolSettings) => string;
  readonly tier: Tier;
  readonly used: (settings: UserPoolSettings) => boolean;
}[] = [
  {
    name: () => "Passwordless sign-in",
    tier: "ESSENTIALS",
    used: ({ Policies }) =>
      (Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some((factor) => factor !== "PASSWORD"),
  },
  {
    name: () => "Password history",
    tier: "ESSENTIALS",
    used: ({ Policies }) => Boolean(Policies?.PasswordPolicy?.PasswordHistorySize),
  },
  {
    name: ({ LambdaConfig }) =>
      `Token Customization with Pre-Token Generation Lambda ${LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion}`,
    tier: "ESSENTIALS",
    used: ({ LambdaConfig }) => (LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? "V1_0") !== "V1_0",
  },
  {
    name: () => "Dynamic Client Registration",
    tier: "ESSENTIALS",
    used: ({ DcrConfiguration }) => DcrConfiguration?.EnableStatus === "Enabled",
  },
  {
    name: () => "ACR Configuration",
    tier: "ESSENTIALS",
    used: ({ AcrConfiguration }) => namesAcrLevels(AcrConfiguration),
  },
  {
    name: () => "Threat Protection",
    tier: "PLUS",
    used: ({ UserPoolAddOns }) => (UserPoolAddOns?.AdvancedSecurityMode ?? "OFF") !== "OFF",
  },
];

const below = (tier: Tier, needed: Tier): boolean => RANK[tier] < RANK[needed];

/** @throws FeatureUnavailableInTierException naming the first feature that the settings use and their tier lacks */
export function requireTierFeatures(settings: UserPoolSettings): void {
  const tier = settings.UserPoolTier ?? DEFAULT_TIER;
  const missing = FEATURES.find((feature) => feature.used(settings) && below(tier, feature.tier));
  if (missing) throw featureUnavailableInTier(missing.name(settings));
}

/**
 * What was configured elsewhere and would stay hinders a change to a tier without it.
 * @param kept the pool as it is, with what the update does not reset
 * @throws TierChangeNotAllowedException
 */
export function requireTierChange(kept: Pick<UserPool, "mfa">, settings: UserPoolSettings): void {
  const tier = settings.UserPoolTier ?? DEFAULT_TIER;
  if (kept.mfa.EmailMfaConfiguration && below(tier, "ESSENTIALS")) throw tierChangeNotAllowed("Email MFA");
  if (settings.DcrConfiguration?.EnableStatus === "Enabled" && below(tier, "ESSENTIALS"))
    throw tierChangeNotAllowed("Dynamic Client Registration");
}

/** @throws FeatureUnavailableInTierException */
export function requireEmailMfaTier(settings: UserPoolSettings): void {
  if (below(settings.UserPoolTier ?? DEFAULT_TIER, "ESSENTIALS")) throw featureUnavailableInTier("Email MFA");
}
