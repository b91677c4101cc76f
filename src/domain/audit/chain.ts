import { createHash } from "node:crypto";
import type { Instant } from "../../runtime/clock.ts";
import type { AuditRecord } from "./record.ts";

/** A record in its chain. */
export interface LinkedRecord extends AuditRecord {
  /** 64 hexadecimal digits over the record and the link before it; null until it is sealed, some seconds after the call. */
  readonly link: string | null;
  /** 1, 2, 3 … along the chain; null until it is sealed. */
  readonly ordinal: number | null;
  /** Of the caller, as the record says: a user of the account, the name of a role's session, or `root`. */
  readonly username: string | null;
}

/** A signed word on how far a chain had come. Checkpoints of all nodes form one sequence without gaps. */
export interface Checkpoint {
  /** 1, 2, 3 … over all nodes. */
  readonly number: number;
  readonly node: string;
  /** The last record that it covers. */
  readonly position: number;
  /** How many records the chain holds up to there. */
  readonly count: number;
  readonly link: string;
  readonly signedAt: Instant;
  /** The link of the checkpoint before this one. */
  readonly previous: string;
  /** Ed25519 over all of the above, in base64. */
  readonly signature: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Where the chain of a run of a server begins. */
export const firstLink = (node: string): string => sha256(`audit chain of ${node}`);

/** The link of a record that follows one with the link `before`. */
export function linkOf(before: string, record: AuditRecord): string {
  const { id, node, position, occurredAt, operation, userPoolId, sub, principal, errorCode } = record;
  const content = [
    id,
    node,
    position,
    occurredAt,
    operation,
    userPoolId,
    sub,
    principal,
    errorCode,
    record.record,
  ];
  return sha256(`${before}${sha256(JSON.stringify(content))}`);
}

/** What a checkpoint's signature is over. */
export const signedContent = (checkpoint: Omit<Checkpoint, "signature">): Buffer => {
  const { number, node, position, count, link, signedAt, previous } = checkpoint;
  return Buffer.from(
    JSON.stringify(["cognate audit checkpoint", number, node, position, count, link, signedAt, previous]),
  );
};

export const FIRST_PREVIOUS = sha256("no checkpoint");
export const digestOfCheckpoint = (checkpoint: Checkpoint): string =>
  sha256(JSON.stringify([signedContent(checkpoint).toString(), checkpoint.signature]));
