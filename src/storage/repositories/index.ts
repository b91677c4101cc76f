import type { Repositories } from "../../domain/store.ts";
import type { Random } from "../../runtime/random.ts";
import type { QueryBuilder } from "../query.ts";
import type { Session } from "../session.ts";
import { AttemptCountRepository, attemptCountStatements } from "./attempt-counts.ts";
import { AuditRepository, auditStatements } from "./audit.ts";
import { AuthEventRepository, authEventStatements } from "./auth-events.ts";
import { ClientRepository, clientCache, clientStatements } from "./clients.ts";
import { DeviceRepository, deviceStatements } from "./devices.ts";
import { GroupRepository, groupStatements } from "./groups.ts";
import { IdentityProviderRepository, identityProviderStatements } from "./identity-providers.ts";
import { LinkedIdentityRepository, linkedIdentityStatements } from "./linked-identities.ts";
import {
  LogDeliveryConfigurationRepository,
  logDeliveryConfigurationStatements,
} from "./log-delivery-configurations.ts";
import { ManagedLoginBrandingRepository, managedLoginBrandingStatements } from "./managed-login-brandings.ts";
import { OutboxRepository, outboxStatements } from "./outbox.ts";
import { PasswordRepository, passwordStatements } from "./passwords.ts";
import { PoolDomainRepository, poolDomainStatements } from "./pool-domains.ts";
import { PrincipalRepository, principalStatements } from "./principals.ts";
import { ProvisionedLimitRepository, provisionedLimitStatements } from "./provisioned-limits.ts";
import { RateNodeRepository, rateNodeStatements } from "./rate-nodes.ts";
import { RefreshSessionRepository, refreshSessionStatements } from "./refresh-sessions.ts";
import { ReplicaRepository, replicaStatements } from "./replicas.ts";
import { ResourceServerRepository, resourceServerStatements } from "./resource-servers.ts";
import { RiskConfigurationRepository, riskConfigurationStatements } from "./risk-configurations.ts";
import { ServerKeyRepository, serverKeyStatements } from "./server-keys.ts";
import { SignInAttemptRepository, signInAttemptStatements } from "./sign-in-attempts.ts";
import { SigningCertificateRepository, signingCertificateStatements } from "./signing-certificates.ts";
import { SigningKeyRepository, signingKeyStatements } from "./signing-keys.ts";
import { SoftwareTokenRepository, softwareTokenStatements } from "./software-tokens.ts";
import { TermsRepository, termsStatements } from "./terms.ts";
import { UiCustomizationRepository, uiCustomizationStatements } from "./ui-customizations.ts";
import { UsedSessionRepository, usedSessionStatements } from "./used-sessions.ts";
import { UserImportRepository, userImportStatements } from "./user-imports.ts";
import { UserPoolRepository, userPoolCache, userPoolStatements } from "./user-pools.ts";
import { UserRepository, userStatements } from "./users.ts";
import { VerificationCodeRepository, verificationCodeStatements } from "./verification-codes.ts";
import { WebAuthnCredentialRepository, webAuthnCredentialStatements } from "./web-authn-credentials.ts";

/**
 * Builds every statement once and gives back what makes the repositories of a session: of the database as a whole or of one
 * transaction. All of them share the statements and the caches.
 */
export function repositoryFactory(builder: QueryBuilder, random: Random): (session: Session) => Repositories {
  const statements = {
    userPools: userPoolStatements(builder),
    poolDomains: poolDomainStatements(builder),
    replicas: replicaStatements(builder),
    provisionedLimits: provisionedLimitStatements(builder),
    rateNodes: rateNodeStatements(builder),
    signingKeys: signingKeyStatements(builder),
    signingCertificates: signingCertificateStatements(builder),
    resourceServers: resourceServerStatements(builder),
    identityProviders: identityProviderStatements(builder),
    clients: clientStatements(builder),
    uiCustomizations: uiCustomizationStatements(builder),
    managedLoginBrandings: managedLoginBrandingStatements(builder),
    terms: termsStatements(builder),
    users: userStatements(builder),
    passwords: passwordStatements(builder),
    linkedIdentities: linkedIdentityStatements(builder),
    groups: groupStatements(builder),
    refreshSessions: refreshSessionStatements(builder),
    devices: deviceStatements(builder),
    usedSessions: usedSessionStatements(builder),
    signInAttempts: signInAttemptStatements(builder),
    attemptCounts: attemptCountStatements(builder),
    softwareTokens: softwareTokenStatements(builder),
    webAuthnCredentials: webAuthnCredentialStatements(builder),
    codes: verificationCodeStatements(builder),
    outbox: outboxStatements(builder),
    riskConfigurations: riskConfigurationStatements(builder),
    authEvents: authEventStatements(builder),
    logDeliveryConfigurations: logDeliveryConfigurationStatements(builder),
    userImports: userImportStatements(builder),
    principals: principalStatements(builder),
    audit: auditStatements(builder),
    serverKeys: serverKeyStatements(builder),
  };
  const pools = userPoolCache();
  const clients = clientCache();
  return (session) => ({
    userPools: new UserPoolRepository(session, statements.userPools, pools, random),
    poolDomains: new PoolDomainRepository(session, statements.poolDomains),
    replicas: new ReplicaRepository(session, statements.replicas),
    provisionedLimits: new ProvisionedLimitRepository(session, statements.provisionedLimits),
    rateNodes: new RateNodeRepository(session, statements.rateNodes),
    signingKeys: new SigningKeyRepository(session, statements.signingKeys),
    signingCertificates: new SigningCertificateRepository(session, statements.signingCertificates),
    resourceServers: new ResourceServerRepository(session, statements.resourceServers),
    identityProviders: new IdentityProviderRepository(session, statements.identityProviders),
    clients: new ClientRepository(session, statements.clients, clients, random),
    uiCustomizations: new UiCustomizationRepository(session, statements.uiCustomizations),
    managedLoginBrandings: new ManagedLoginBrandingRepository(session, statements.managedLoginBrandings),
    terms: new TermsRepository(session, statements.terms),
    users: new UserRepository(session, statements.users),
    passwords: new PasswordRepository(session, statements.passwords),
    linkedIdentities: new LinkedIdentityRepository(session, statements.linkedIdentities),
    groups: new GroupRepository(session, statements.groups),
    refreshSessions: new RefreshSessionRepository(session, statements.refreshSessions),
    devices: new DeviceRepository(session, statements.devices),
    usedSessions: new UsedSessionRepository(session, statements.usedSessions),
    signInAttempts: new SignInAttemptRepository(session, statements.signInAttempts),
    attemptCounts: new AttemptCountRepository(session, statements.attemptCounts),
    softwareTokens: new SoftwareTokenRepository(session, statements.softwareTokens),
    webAuthnCredentials: new WebAuthnCredentialRepository(session, statements.webAuthnCredentials),
    codes: new VerificationCodeRepository(session, statements.codes),
    outbox: new OutboxRepository(session, statements.outbox),
    riskConfigurations: new RiskConfigurationRepository(session, statements.riskConfigurations),
    authEvents: new AuthEventRepository(session, statements.authEvents),
    logDeliveryConfigurations: new LogDeliveryConfigurationRepository(
      session,
      statements.logDeliveryConfigurations,
    ),
    userImports: new UserImportRepository(session, statements.userImports),
    principals: new PrincipalRepository(session, statements.principals),
    audit: new AuditRepository(session, statements.audit),
    serverKeys: new ServerKeyRepository(session, statements.serverKeys),
  });
}
