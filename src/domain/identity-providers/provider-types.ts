import type { IdentityProviderTypeType } from "../../api/generated/shapes.ts";
import type { Texts } from "./identity-provider.ts";

/** What Cognito's documentation says of each type of provider. */
interface ProviderType {
  /** A social provider's name is its type, so that a pool has at most one of it. */
  readonly social: boolean;
  /** The keys of ProviderDetails that must be there, and the refusal where one is not. */
  readonly required: readonly string[];
  readonly missing: string;
  /** The claim that becomes the end of the user name; null where the protocol has a place of its own for it (SAML's NameID). */
  readonly usernameClaim: string | null;
  /** What is shown beside what was given. */
  readonly added: (details: Texts) => Texts;
}

const OAUTH_KEYS = ["client_id", "client_secret", "authorize_scopes"];
const OAUTH_MISSING = "clientId, clientSecret and authorizeScopes are all required idp details.";

/** The oldest version of Facebook's API that Cognito's documentation shows. */
const FACEBOOK_VERSION = "v17.0";

export const PROVIDER_TYPES: Readonly<Record<IdentityProviderTypeType, ProviderType>> = {
  Google: {
    social: true,
    required: OAUTH_KEYS,
    missing: OAUTH_MISSING,
    usernameClaim: "sub",
    added: () => ({
      attributes_url: "https://people.googleapis.com/v1/people/me?personFields=",
      attributes_url_add_attributes: "true",
      authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
      oidc_issuer: "https://accounts.google.com",
      token_request_method: "POST",
      token_url: "https://www.googleapis.com/oauth2/v4/token",
    }),
  },
  Facebook: {
    social: true,
    required: OAUTH_KEYS,
    missing: OAUTH_MISSING,
    usernameClaim: "id",
    added: ({ api_version: version = FACEBOOK_VERSION }) => ({
      api_version: version,
      attributes_url: `https://graph.facebook.com/${version}/me?fields=`,
      attributes_url_add_attributes: "true",
      authorize_url: `https://www.facebook.com/${version}/dialog/oauth`,
      token_request_method: "GET",
      token_url: `https://graph.facebook.com/${version}/oauth/access_token`,
    }),
  },
  LoginWithAmazon: {
    social: true,
    required: OAUTH_KEYS,
    missing: OAUTH_MISSING,
    usernameClaim: "user_id",
    added: () => ({
      attributes_url: "https://api.amazon.com/user/profile",
      attributes_url_add_attributes: "false",
      authorize_url: "https://www.amazon.com/ap/oa",
      token_request_method: "POST",
      token_url: "https://api.amazon.com/auth/o2/token",
    }),
  },
  SignInWithApple: {
    social: true,
    required: ["client_id", "team_id", "key_id", "private_key", "authorize_scopes"],
    missing: "clientId, teamId, keyId, privateKey and authorizeScopes are all required idp details.",
    usernameClaim: "sub",
    added: () => ({
      attributes_url_add_attributes: "false",
      authorize_url: "https://appleid.apple.com/auth/authorize",
      oidc_issuer: "https://appleid.apple.com",
      token_request_method: "POST",
      token_url: "https://appleid.apple.com/auth/token",
    }),
  },
  OIDC: {
    social: false,
    required: ["client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"],
    missing:
      "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
    usernameClaim: "sub",
    added: () => ({ attributes_url_add_attributes: "false" }),
  },
  SAML: {
    social: false,
    required: [],
    missing: "",
    usernameClaim: null,
    added: () => ({}),
  },
};
