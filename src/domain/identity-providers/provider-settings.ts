import type {
  CreateIdentityProviderRequest,
  IdentityProviderTypeType,
  UpdateIdentityProviderRequest,
} from "../../api/generated/shapes.ts";
import { invalidParameter, providerDetailsMissing } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { IdentityProvider, Texts } from "./identity-provider.ts";
import { PROVIDER_TYPES } from "./provider-types.ts";
import { samlMetadata } from "./saml-metadata.ts";

/** What an administrator sets of a provider, checked and with its defaults; the secrets are still in the details. */
export interface ProviderSettings {
  readonly details: Texts;
  readonly identifiers: readonly string[];
  readonly attributeMapping: Texts;
  readonly acrMapping: Texts | null;
}

/** The directory of the pool itself, as clients and links name it. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["COGNITO", "Cognito"]);
const ACR_LEVELS: ReadonlySet<string> = new Set(["Level1", "Level2", "Level3", "Level4"]);
const SAML_FLAGS = ["IDPSignout", "IDPInit", "EncryptedResponses"];
const OIDC_URLS = ["oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"];

function checkName(name: string, type: IdentityProviderTypeType): void {
  const { social } = PROVIDER_TYPES[type];
  const namesSocialType = Object.entries(PROVIDER_TYPES).some(
    ([other, facts]) => facts.social && other === name,
  );
  if (social ? name !== type : namesSocialType || RESERVED_NAMES.has(name))
    throw invalidParameter(`Provider name ${name} cannot be used for the provider type ${type}.`);
}

const isWebUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? "");

function checkOidc(details: Texts): void {
  if (!["GET", "POST"].includes(details.attributes_request_method ?? ""))
    throw invalidParameter("attributesRequestMethod must be GET or POST.");
  for (const key of OIDC_URLS)
    if (details[key] !== undefined && !isWebUrl(details[key]))
      throw invalidParameter(`Invalid URL for ${key} in idp details.`);
}

/** With a file the endpoints come from it, whatever else is given. */
function checkedSaml(details: Texts): Texts {
  const { MetadataURL: url, MetadataFile: file, ...others } = details;
  if (!url && !file) throw invalidParameter("MetadataURL or MetadataFile is required idp detail.");
  if (url && file) throw invalidParameter("Only one of MetadataURL and MetadataFile can be given.");
  if (url && !isWebUrl(url)) throw invalidParameter("Invalid URL for MetadataURL in idp details.");
  for (const key of SAML_FLAGS)
    if (others[key] !== undefined && !/^(true|false)$/i.test(others[key]))
      throw invalidParameter(`${key} must be true or false.`);
  const algorithm = others.RequestSigningAlgorithm;
  if (algorithm !== undefined && algorithm !== "rsa-sha256")
    throw invalidParameter("RequestSigningAlgorithm must be rsa-sha256.");
  if (!file) return details;
  const metadata = samlMetadata(file);
  if (!metadata)
    throw invalidParameter("Invalid MetadataFile: not the metadata of a SAML identity provider.");
  const { SLORedirectBindingURI: _slo, SSORedirectBindingURI: _sso, ...settings } = details;
  return {
    ...settings,
    SSORedirectBindingURI: metadata.signOnUrl,
    ...(metadata.signOutUrl === null ? {} : { SLORedirectBindingURI: metadata.signOutUrl }),
  };
}

function checkedDetails(type: IdentityProviderTypeType, given: Texts): Texts {
  const { required, missing } = PROVIDER_TYPES[type];
  if (required.some((key) => !given[key])) throw providerDetailsMissing(missing);
  if (type === "OIDC") checkOidc(given);
  return type === "SAML" ? checkedSaml(given) : given;
}

/** `username` stands for the end of the user name and is fixed but for SAML; all others are attributes of the pool. */
function checkedMapping(pool: UserPool, type: IdentityProviderTypeType, given: Texts): Texts {
  const names = new Set(pool.settings.SchemaAttributes?.map(({ Name }) => Name));
  for (const name of Object.keys(given))
    if (name !== "username" && !names.has(name))
      throw invalidParameter(`Attribute mapping: ${name} is not an attribute of the user pool.`);
  const { usernameClaim } = PROVIDER_TYPES[type];
  return usernameClaim === null ? given : { ...given, username: usernameClaim };
}

function checkedIdentifiers(given: readonly string[]): readonly string[] {
  if (new Set(given).size !== given.length)
    throw invalidParameter("The same IdP identifier is given more than once.");
  return given;
}

function checkedAcrMapping(type: IdentityProviderTypeType, given: Texts): Texts {
  if (type !== "OIDC") throw invalidParameter("AcrMapping is only supported for OIDC identity providers.");
  if (Object.keys(given).some((level) => !ACR_LEVELS.has(level)))
    throw invalidParameter("AcrMapping must have the keys Level1, Level2, Level3 and Level4 only.");
  return given;
}

/** @throws InvalidParameterException */
export function newProviderSettings(pool: UserPool, input: CreateIdentityProviderRequest): ProviderSettings {
  const type = input.ProviderType;
  checkName(input.ProviderName, type);
  return {
    details: checkedDetails(type, input.ProviderDetails),
    identifiers: checkedIdentifiers(input.IdpIdentifiers ?? []),
    attributeMapping: checkedMapping(pool, type, input.AttributeMapping ?? {}),
    acrMapping: input.AcrMapping ? checkedAcrMapping(type, input.AcrMapping) : null,
  };
}

/**
 * The settings after UpdateIdentityProvider: what is omitted stays, what is given replaces all of its kind. The private key, which
 * nobody can read, stays unless another is given.
 * @param current with its secrets among the details
 * @throws InvalidParameterException
 */
export function updatedProviderSettings(
  pool: UserPool,
  current: Pick<IdentityProvider, "type" | "identifiers" | "attributeMapping" | "acrMapping"> & {
    readonly details: Texts;
  },
  input: UpdateIdentityProviderRequest,
): ProviderSettings {
  const { type } = current;
  const privateKey = current.details.private_key;
  const details = input.ProviderDetails && {
    ...(type === "SignInWithApple" && privateKey !== undefined ? { private_key: privateKey } : {}),
    ...input.ProviderDetails,
  };
  return {
    details: details ? checkedDetails(type, details) : current.details,
    identifiers: input.IdpIdentifiers ? checkedIdentifiers(input.IdpIdentifiers) : current.identifiers,
    attributeMapping: input.AttributeMapping
      ? checkedMapping(pool, type, input.AttributeMapping)
      : current.attributeMapping,
    acrMapping: input.AcrMapping ? checkedAcrMapping(type, input.AcrMapping) : current.acrMapping,
  };
}
