import type { Instant } from "../runtime/clock.ts";
import type { AuditTrail } from "./audit/ports.ts";
import type {
  SignInAttempts,
  SoftwareTokens,
  UsedSessions,
  WebAuthnCredentials,
} from "./authentication/ports.ts";
import type { ManagedLoginBrandings, TermsDocuments, UiCustomizations } from "./branding/ports.ts";
import type { Clients } from "./clients/ports.ts";
import type { Devices } from "./devices/ports.ts";
import type { Groups } from "./groups/ports.ts";
import type { Principals } from "./iam/ports.ts";
import type { IdentityProviders } from "./identity-providers/ports.ts";
import type { LogDeliveryConfigurations } from "./log-delivery/ports.ts";
import type { Outbox } from "./messages/ports.ts";
import type { ProvisionedLimits } from "./provisioned-limits/ports.ts";
import type { RateNodes } from "./rate-limits/ports.ts";
import type { ResourceServers } from "./resource-servers/ports.ts";
import type { ServerKeys } from "./server-keys/ports.ts";
import type { AuthEvents, RiskConfigurations } from "./threat-protection/ports.ts";
import type { RefreshSessions } from "./tokens/ports.ts";
import type { UserImports } from "./user-imports/ports.ts";
import type { PoolDomains, SigningCertificates, SigningKeys, UserPools } from "./user-pools/ports.ts";
import type { Replicas } from "./user-pools/replicas.ts";
import type { LinkedIdentities } from "./users/linked-identities.ts";
import type { Passwords, Users } from "./users/ports.ts";
import type { AttemptCounts, VerificationCodes } from "./verification/ports.ts";

/** The sum of what the concepts ask of storage. */
export interface Repositories {
  readonly userPools: UserPools;
  readonly poolDomains: PoolDomains;
  readonly replicas: Replicas;
  readonly provisionedLimits: ProvisionedLimits;
  readonly rateNodes: RateNodes;
  readonly signingKeys: SigningKeys;
  readonly signingCertificates: SigningCertificates;
  readonly resourceServers: ResourceServers;
  readonly identityProviders: IdentityProviders;
  readonly clients: Clients;
  readonly uiCustomizations: UiCustomizations;
  readonly managedLoginBrandings: ManagedLoginBrandings;
  readonly terms: TermsDocuments;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly linkedIdentities: LinkedIdentities;
  readonly groups: Groups;
  readonly refreshSessions: RefreshSessions;
  readonly devices: Devices;
  readonly usedSessions: UsedSessions;
  readonly signInAttempts: SignInAttempts;
  readonly attemptCounts: AttemptCounts;
  readonly softwareTokens: SoftwareTokens;
  readonly webAuthnCredentials: WebAuthnCredentials;
  readonly codes: VerificationCodes;
  readonly outbox: Outbox;
  readonly riskConfigurations: RiskConfigurations;
  readonly authEvents: AuthEvents;
  readonly logDeliveryConfigurations: LogDeliveryConfigurations;
  readonly userImports: UserImports;
  readonly principals: Principals;
  readonly audit: AuditTrail;
  readonly serverKeys: ServerKeys;
}

/**
 * The database. Outside a transaction each call stands alone: reads see only what is committed, and a write is durable when its
 * promise resolves.
 */
export interface Store extends Repositories {
  /**
   * All or nothing; durable when the promise resolves. `work` awaits only the repositories it is given (no hashing, no network:
   * SQLite has one writer), throws to roll back, and may run again when the database asks for a retry.
   */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
  /** Removes what has expired: sessions, codes, counters, delivered messages. Returns how many rows went; bounded per call. */
  removeExpired(now: Instant): Promise<number>;
  /** Whether the database answers and takes writes. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** What the development kit does with the whole database; embedded database only. */
export interface StoreSnapshots {
  reset(): Promise<void>;
  /** Overwrites a snapshot of the same name. Names: letters, digits, `-`, `_`, at most 64. */
  save(name: string): Promise<void>;
  /** False when there is no such snapshot. */
  restore(name: string): Promise<boolean>;
}
