import type { IdentityProviderTypeType } from "../../api/generated/shapes.ts";
import type { FindLinkableProvider } from "../../domain/accounts/index.ts";
import type { Services } from "../../domain/services.ts";

/** A social provider's name is its type. */
const SOCIAL: readonly IdentityProviderTypeType[] = [
  "Facebook",
  "Google",
  "LoginWithAmazon",
  "SignInWithApple",
];

/** By the name alone: whether the pool has the provider is not looked up. */
export const linkableProvider =
  (_services: Pick<Services, "store">): FindLinkableProvider =>
  (_pool, name) =>
    Promise.resolve({ type: SOCIAL.find((type) => type === name) ?? "OIDC", issuer: null });
