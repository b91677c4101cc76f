import type { DomainDescriptionType } from "../../api/generated/shapes.ts";
import type { Services } from "../../domain/services.ts";
import type { PoolDomain, UserPool } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";

/** UTC as yyyyMMddHHmmss: the form of versions of domains and style sheets. */
export const versionStamp = (instant: Instant): string =>
  new Date(instant).toISOString().replace(/\D/g, "").slice(0, 14);

/** What a custom domain's name has to be an alias of: this server's own host. */
const target = ({ publicUrl }: Pick<Services, "publicUrl">): string => new URL(publicUrl()).hostname;

/** There is no S3 bucket behind a domain, so none is named. */
export const domainDescription = (
  services: Pick<Services, "publicUrl">,
  pool: UserPool,
  domain: PoolDomain,
): DomainDescriptionType => ({
  UserPoolId: pool.id,
  AWSAccountId: pool.accountId,
  Domain: domain.name,
  CloudFrontDistribution: target(services),
  Version: versionStamp(domain.modifiedAt),
  Status: "ACTIVE",
  CustomDomainConfig: domain.settings.CustomDomainConfig ?? ({} as never),
  ...(domain.settings.ManagedLoginVersion === undefined
    ? {}
    : { ManagedLoginVersion: domain.settings.ManagedLoginVersion }),
  ...(domain.settings.Routing ? { Routing: domain.settings.Routing } : {}),
});

/**
 * The answer to CreateUserPoolDomain and UpdateUserPoolDomain: for a prefix domain nothing but what the request named.
 * @param given the request
 */
export const domainAnswer = (
  services: Pick<Services, "publicUrl">,
  domain: PoolDomain,
  given: { readonly ManagedLoginVersion?: number },
) => ({
  ...(given.ManagedLoginVersion === undefined ? {} : { ManagedLoginVersion: given.ManagedLoginVersion }),
  ...(domain.kind === "custom" ? { CloudFrontDomain: target(services) } : {}),
  ...(domain.settings.Routing ? { Routing: domain.settings.Routing } : {}),
});
