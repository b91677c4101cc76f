import type { UserVerificationType, WebAuthnFactorConfigurationType } from "../../api/generated/shapes.ts";
import { domainHost } from "./pool-domain.ts";
import type { UserPool } from "./user-pool.ts";

/** How a pool takes passkeys. */
export interface WebAuthnSettings {
  /** Whether they are among the pool's first factors. */
  readonly allowed: boolean;
  /** The domain that they belong to: the one named for it, else the pool's custom or prefix domain; null where there is none. */
  readonly relyingPartyId: string | null;
  readonly userVerification: UserVerificationType;
  readonly factorConfiguration: WebAuthnFactorConfigurationType;
}

/** A passkey that counts as two factors shows the second one by verifying the user, so it has to. */
export function webAuthnSettings(
  pool: Pick<UserPool, "settings" | "mfa" | "domains" | "region">,
): WebAuthnSettings {
  const { RelyingPartyId, UserVerification, FactorConfiguration } = pool.mfa.WebAuthnConfiguration ?? {};
  const factorConfiguration = FactorConfiguration ?? "SINGLE_FACTOR";
  return {
    allowed: (pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).includes("WEB_AUTHN"),
    relyingPartyId: RelyingPartyId ?? domainHost(pool),
    userVerification:
      factorConfiguration === "MULTI_FACTOR_WITH_USER_VERIFICATION"
        ? "required"
        : (UserVerification ?? "preferred"),
    factorConfiguration,
  };
}

/**
 * Whether a page of this origin may use passkeys of the relying party: its host is the relying party's domain or below it, and it
 * came by https. Browsers make one exception, for developers: pages of `localhost` need no https.
 */
export function isOriginOf(relyingPartyId: string, origin: string): boolean {
  const url = URL.parse(origin);
  if (url?.origin !== origin) return false;
  const secure = url.protocol === "https:" || (url.protocol === "http:" && relyingPartyId === "localhost");
  return secure && (url.hostname === relyingPartyId || url.hostname.endsWith(`.${relyingPartyId}`));
}
