import { createHash } from "node:crypto";
import type { Instant } from "../../runtime/clock.ts";
import type { AuditRecord } from "./record.ts";

/** Records that follow each other in a chain, sealed together. */
export interface Segment {
  readonly node: string;
  /** 1, 2, 3 … along the chain. */
  readonly number: number;
  /** The position of its last record; its first is the one after the segment before. */
  readonly position: number;
  /** How many records the chain holds up to there. */
  readonly count: number;
  /** 64 hexadecimal digits over its records and the link before it. */
  readonly link: string;
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
const firstLink = (node: string): string => sha256(`audit chain of ${node}`);

/** Adds up the records of a segment; they are given in the order of their positions. */
export class SegmentLink {
  readonly #node: string;
  readonly #before: Segment | null;
  readonly #records = createHash("sha256");
  #count = 0;
  #position = 0;

  /** @param before the segment that this one follows */
  constructor(node: string, before: Segment | null) {
    this.#node = node;
    this.#before = before;
  }

  /** How many records there are so far. */
  get size(): number {
    return this.#count;
  }

  add(record: AuditRecord): void {
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
    this.#records.update(sha256(JSON.stringify(content)));
    this.#count += 1;
    this.#position = position;
  }

  /** The segment of the records so far; nothing can be added to it afterwards. */
  segment(): Segment {
    const before = this.#before;
    const number = (before?.number ?? 0) + 1;
    const count = (before?.count ?? 0) + this.#count;
    const position = this.#position;
    const content = [
      before?.link ?? firstLink(this.#node),
      number,
      position,
      count,
      this.#records.digest("hex"),
    ];
    return { node: this.#node, number, position, count, link: sha256(JSON.stringify(content)) };
  }
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
