import type { Instant } from "../../runtime/clock.ts";
import type { Client } from "../clients/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";

/** What of a pool decides over sign-ins: all of it is in the API's answers too. */
export type ExplainedPool = Pick<UserPool, "id" | "region" | "settings" | "mfa" | "domains">;

export interface ExplainedClient extends Pick<Client, "id" | "settings"> {
  readonly hasSecret: boolean;
}

/** All that the next sign-in of a user depends on, besides the client and the answers. */
export interface Situation {
  readonly now: Instant;
  readonly pool: ExplainedPool;
  readonly user: Pick<
    User,
    "username" | "status" | "enabled" | "attributes" | "mfa" | "createdAt" | "modifiedAt"
  >;
  readonly password: {
    /** Null for a permanent one. */
    readonly temporaryUntil: Instant | null;
    /** Whether SRP can prove it. */
    readonly srp: boolean;
  } | null;
  /** The end of the lock after too many failures, or of the stop of a hardened pool; null when there is neither. */
  readonly lockedUntil: Instant | "new-password" | null;
  /** Whether there is a passkey for the pool's relying party. */
  readonly passkey: boolean;
  /** Whether one of the user's devices is remembered. */
  readonly rememberedDevice: boolean;
}
