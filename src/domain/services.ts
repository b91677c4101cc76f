import type { KeyEncryptionKey } from "../crypto/encryption-at-rest.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Identifiers } from "../runtime/identifiers.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Random } from "../runtime/random.ts";
import type { Turns } from "../runtime/turns.ts";
import type { LogDelivery } from "./log-delivery/ports.ts";
import type { RequestCategory } from "./provisioned-limits/index.ts";
import type { Quotas } from "./quotas.ts";
import type { Store } from "./store.ts";
import type { TokenKeys } from "./tokens/keys.ts";
import type { CodeEncryption, TriggerInvoker } from "./triggers/ports.ts";
import type { PasswordStorage, PoolProfile, UserPool } from "./user-pools/index.ts";
import type { CompromisedPasswords, HashingSlots, User } from "./users/index.ts";

/** Everything the domain works with. Functions name the few they use; server.ts builds it once. */
export interface Services {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly identifiers: Identifiers;
  readonly logger: Logger;
  readonly keyEncryptionKey: KeyEncryptionKey;
  readonly tokenKeys: TokenKeys;
  readonly hashing: HashingSlots;
  /** One proof at a time per user on this node: parallel guesses queue, parallel honest sign-ins do not lock each other out. */
  readonly proofTurns: Turns;
  /** Claim `iss` of a pool's tokens and `issuer` of its discovery document. */
  readonly issuer: (pool: Pick<UserPool, "id" | "region" | "settings">) => string;
  /** How clients reach this server, without a slash at the end; known once it listens. */
  readonly publicUrl: () => string;
  readonly profileOf: (pool: Pick<UserPool, "id">) => PoolProfile;
  /** For pools made without saying otherwise. */
  readonly defaultPasswordStorage: PasswordStorage;
  readonly quotas: Quotas;
  /** Requests per second in place of Cognito's defaults. */
  readonly defaultRates: Readonly<Partial<Record<RequestCategory, number>>>;
  /** Told of each access token that was verified, before anything else is done for its bearer. @throws TooManyRequestsException */
  readonly admitBearer?: (bearer: { readonly pool: UserPool; readonly user: User }) => void;
  /** Reaches the functions that pools name. */
  readonly triggers: TriggerInvoker;
  readonly codeEncryption: CodeEncryption;
  readonly compromisedPasswords: CompromisedPasswords;
  /** Where pools have their logs sent. */
  readonly logDelivery: LogDelivery;
  /** Tells the sender that the outbox may hold something new. Call it after a commit. */
  readonly wakeOutbox: () => void;
  /** Tells the importer that a job may have to be run or stopped. Call it after a commit. */
  readonly wakeUserImports: () => void;
}
