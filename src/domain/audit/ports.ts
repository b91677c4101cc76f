import type { Instant } from "../../runtime/clock.ts";
import type { Checkpoint, Segment } from "./chain.ts";
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

/** A record with what a search tells beside it. */
export interface FoundRecord extends AuditRecord {
  /** Of the caller, as the record says: a user of the account, the name of a role's session, or `root`. */
  readonly username: string | null;
}

export interface AuditTrail {
  append(record: AuditRecord): Promise<void>;
  /** Newest first. */
  search(query: AuditQuery, after: AuditPosition | null, limit: number): Promise<FoundRecord[]>;
  /** The records of a chain in their order, after one position and up to another. */
  chain(node: string, after: number, through: number, limit: number): Promise<AuditRecord[]>;
  /** The newest record of a chain. */
  newest(node: string): Promise<AuditRecord | null>;
  /** Every chain that there are records of; reads the whole trail. */
  nodes(): Promise<string[]>;
  /** Makes the chain known, if it is not. */
  openChain(node: string, at: Instant): Promise<void>;
  /** Chains that may get or hold records that are not sealed. */
  openChains(): Promise<string[]>;
  /** In a transaction: nobody else seals this chain until the end. False when it is not known. */
  lockChain(node: string): Promise<void>;
  /** Nothing will be added to the chain any more. */
  closeChain(node: string): Promise<void>;
  /** False when there is one of that number. */
  addSegment(segment: Segment): Promise<boolean>;
  lastSegment(node: string): Promise<Segment | null>;
  /** In the order of their numbers. */
  segments(node: string, afterNumber: number, limit: number): Promise<Segment[]>;
  /** False when there is one of that number. */
  addCheckpoint(checkpoint: Checkpoint): Promise<boolean>;
  lastCheckpoint(): Promise<Checkpoint | null>;
  lastCheckpointOf(node: string): Promise<Checkpoint | null>;
  /** In the order of their numbers. */
  checkpoints(afterNumber: number, limit: number): Promise<Checkpoint[]>;
}
