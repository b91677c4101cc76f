import type {
  CustomDomainConfigType,
  DomainDescriptionType,
  RoutingType,
  UserPoolTierType,
} from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import { featureUnavailableInTier, invalidParameter, tierChangeNotAllowed } from "../errors.ts";
import type { PoolKey, UserPool } from "./user-pool.ts";

/** A prefix domain is one label below the service's own name; a custom domain is a whole name. */
export type PoolDomainKind = "prefix" | "custom";

/** What CreateUserPoolDomain and UpdateUserPoolDomain set, in the API's shape. */
export type PoolDomainSettings = Pick<
  DomainDescriptionType,
  "ManagedLoginVersion" | "CustomDomainConfig" | "Routing"
>;

/** A domain of a pool. Its name belongs to one pool of the whole server. */
export interface PoolDomain {
  readonly poolKey: PoolKey;
  /** The prefix alone, or the whole name of a custom domain. */
  readonly name: string;
  readonly kind: PoolDomainKind;
  readonly settings: PoolDomainSettings;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

interface GivenDomain {
  readonly Domain: string;
  readonly ManagedLoginVersion?: number;
  readonly CustomDomainConfig?: CustomDomainConfigType;
  readonly Routing?: RoutingType;
}

const PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Source: Cognito's documentation of prefix domains. */
const RESERVED_WORDS = ["aws", "amazon", "cognito"];
/** A custom domain has a parent: one label alone is none. */
const FULLY_QUALIFIED = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const CERTIFICATE = /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;

function checkPrefix(name: string): void {
  if (!PREFIX.test(name))
    throw invalidParameter(
      "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
    );
  const reserved = RESERVED_WORDS.find((word) => name.includes(word));
  if (reserved) throw invalidParameter(`Domain cannot contain reserved word: ${reserved}`);
}

function checkCustomName(name: string): void {
  if (!FULLY_QUALIFIED.test(name))
    throw invalidParameter(`Custom domain is not a valid subdomain: ${name} is not a fully qualified name.`);
}

function checkCertificate({ CertificateArn }: CustomDomainConfigType): void {
  if (!CERTIFICATE.test(CertificateArn))
    throw invalidParameter(
      "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
    );
}

function checkVersion(version: number, tier: UserPoolTierType | undefined): void {
  if (version !== 1 && version !== 2) throw invalidParameter("ManagedLoginVersion must be 1 or 2.");
  if (version === 2 && tier === "LITE") throw featureUnavailableInTier("Managed Login");
}

function checkRouting(routing: RoutingType | undefined, kind: PoolDomainKind): void {
  if (routing && kind === "prefix") throw invalidParameter("Routing is supported for custom domains only.");
}

/**
 * The domain that CreateUserPoolDomain asks for: a custom one exactly where a certificate is named.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function newPoolDomain(pool: UserPool, given: GivenDomain, now: Instant): PoolDomain {
  const { Domain: name, CustomDomainConfig, Routing, ManagedLoginVersion = 1 } = given;
  const kind = CustomDomainConfig ? "custom" : "prefix";
  if (CustomDomainConfig) {
    checkCustomName(name);
    checkCertificate(CustomDomainConfig);
  } else checkPrefix(name);
  checkVersion(ManagedLoginVersion, pool.settings.UserPoolTier);
  checkRouting(Routing, kind);
  const settings = {
    ManagedLoginVersion,
    ...(CustomDomainConfig ? { CustomDomainConfig } : {}),
    ...(Routing ? { Routing } : {}),
  };
  return { poolKey: pool.key, name, kind, settings, createdAt: now, modifiedAt: now };
}

/**
 * The domain after UpdateUserPoolDomain, which changes the certificate, the version of the pages, the routing, and leaves what it
 * is not given.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function updatedPoolDomain(
  pool: UserPool,
  domain: PoolDomain,
  given: GivenDomain,
  now: Instant,
): PoolDomain {
  const { CustomDomainConfig, Routing, ManagedLoginVersion } = given;
  if (CustomDomainConfig && domain.kind === "prefix")
    throw invalidParameter("CustomDomainConfig cannot be set for a prefix domain.");
  if (CustomDomainConfig) checkCertificate(CustomDomainConfig);
  if (ManagedLoginVersion !== undefined) checkVersion(ManagedLoginVersion, pool.settings.UserPoolTier);
  checkRouting(Routing, domain.kind);
  return {
    ...domain,
    settings: {
      ...domain.settings,
      ...(ManagedLoginVersion === undefined ? {} : { ManagedLoginVersion }),
      ...(CustomDomainConfig ? { CustomDomainConfig } : {}),
      ...(Routing ? { Routing } : {}),
    },
    modifiedAt: now,
  };
}

/**
 * A pool with pages of managed login stays in a tier that has them.
 * @param domains those of the pool
 * @throws TierChangeNotAllowedException
 */
export function requireDomainsInTier(pool: UserPool, domains: readonly PoolDomain[]): void {
  if (pool.settings.UserPoolTier !== "LITE") return;
  if (domains.some(({ settings }) => settings.ManagedLoginVersion === 2))
    throw tierChangeNotAllowed("Managed Login");
}

/** The names of a pool's domains, as DescribeUserPool shows them and as the pool's row holds them. */
export interface PoolDomainNames {
  /** The prefix alone. */
  readonly Domain?: string;
  readonly CustomDomain?: string;
}

const MEMBER = { prefix: "Domain", custom: "CustomDomain" } as const satisfies Record<
  PoolDomainKind,
  keyof PoolDomainNames
>;

/** The pool with this domain among its names. */
export function withDomain(pool: UserPool, domain: Pick<PoolDomain, "kind" | "name">): UserPool {
  return { ...pool, domains: { ...pool.domains, [MEMBER[domain.kind]]: domain.name } };
}

export function withoutDomain(pool: UserPool, { kind }: Pick<PoolDomain, "kind">): UserPool {
  const { [MEMBER[kind]]: _, ...domains } = pool.domains ?? {};
  return { ...pool, domains };
}

export const hasDomain = ({ domains }: Pick<UserPool, "domains">): boolean =>
  domains?.Domain !== undefined || domains?.CustomDomain !== undefined;

/** The host name of a pool's pages: the custom domain if there is one, else the prefix domain's; null without a domain. */
export function domainHost({ domains, region }: Pick<UserPool, "domains" | "region">): string | null {
  if (domains?.CustomDomain !== undefined) return domains.CustomDomain;
  return domains?.Domain === undefined ? null : `${domains.Domain}.auth.${region}.amazoncognito.com`;
}
