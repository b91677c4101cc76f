import type { Instant } from "../../runtime/clock.ts";
import type { Checkpoint, LinkedRecord } from "./chain.ts";
import type { AuditRecord } from "./record.ts";

/** What a search may ask for; all that is given must hold. */
export interface AuditQuery {
  readonly operation?: string;
  readonly userPoolId?: string;
  readonly sub?: string;
  readonly principal?: string;
  readonly id?: string;
  /** Where the call was made: both must hold. */
  readonly place?: { readonly accountId: string; readonly region: string };
  /** eventSource */
  readonly source?: string;
  readonly accessKeyId?: string;
  /** The caller's name: of a user of the account, of a role's session, or `root`. */
  readonly username?: string;
  /** Records that name a pool, or a user of one. */
  readonly about?: "pool" | "user";
  /** From this instant on. */
  readonly from?: Instant;
  /** Before this instant. */
  readonly until?: Instant;
}

/** A place in a list that is newest first. */
export interface AuditPosition {
  readonly occurredAt: Instant;
  readonly id: string;
}

export interface AuditTrail {
  append(record: AuditRecord): Promise<void>;
  /** Newest first. */
  search(query: AuditQuery, after: AuditPosition | null, limit: number): Promise<LinkedRecord[]>;
  /** The chain in its order, sealed or not. */
  chain(node: string, afterPosition: number, limit: number): Promise<LinkedRecord[]>;
  /** Every chain that there are records or checkpoints of. */
  nodes(): Promise<string[]>;
  /** Chains with records that are not sealed yet. */
  unsealedNodes(): Promise<string[]>;
  /** The last sealed record of the chain, and how many there are up to it. */
  head(
    node: string,
  ): Promise<{ readonly position: number; readonly link: string; readonly count: number } | null>;
  /** Records that are not sealed, up to a position, in their order. */
  unsealed(node: string, throughPosition: number, limit: number): Promise<AuditRecord[]>;
  seal(
    links: readonly { readonly id: string; readonly link: string; readonly ordinal: number }[],
  ): Promise<void>;
  /** In a transaction: nobody else seals this chain until the end. */
  lockChain(node: string, at: Instant): Promise<void>;
  /** Once nobody will add to the chain any more. */
  forgetLock(node: string): Promise<void>;
  /** False when there is one of that number. */
  addCheckpoint(checkpoint: Checkpoint): Promise<boolean>;
  lastCheckpoint(): Promise<Checkpoint | null>;
  lastCheckpointOf(node: string): Promise<Checkpoint | null>;
  /** In the order of their numbers. */
  checkpoints(afterNumber: number, limit: number): Promise<Checkpoint[]>;
}
