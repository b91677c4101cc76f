import {
  type Checkpoint,
  digestOfCheckpoint,
  FIRST_PREVIOUS,
  firstLink,
  linkOf,
  signedContent,
} from "./chain.ts";
import type { AuditTrail } from "./ports.ts";

/** What a trail was found to be. */
export interface Verdict {
  readonly records: number;
  readonly checkpoints: number;
  /** Records of the last moments, which no checkpoint covers yet. */
  readonly uncovered: number;
  /** What does not fit, in words; empty for a whole trail. */
  readonly faults: readonly string[];
}

const PAGE = 1000;
const MOST_FAULTS = 100;

/** Checks the sequence of checkpoints; gives back each chain's checkpoints by position. */
async function checkedCheckpoints(
  trail: AuditTrail,
  isSigned: (content: Buffer, signature: string) => boolean,
  faults: string[],
): Promise<{ readonly byNode: Map<string, Map<number, Checkpoint>>; readonly count: number }> {
  const byNode = new Map<string, Map<number, Checkpoint>>();
  let [count, previous] = [0, FIRST_PREVIOUS];
  for (;;) {
    const page = await trail.checkpoints(count, PAGE);
    for (const checkpoint of page) {
      if (checkpoint.number !== count + 1)
        faults.push(`checkpoint ${count + 1} is missing: the next one has number ${checkpoint.number}`);
      if (!isSigned(signedContent(checkpoint), checkpoint.signature))
        faults.push(`checkpoint ${checkpoint.number} is not signed by this server's key`);
      if (checkpoint.previous !== previous)
        faults.push(`checkpoint ${checkpoint.number} does not follow the one before it`);
      const ofNode = byNode.get(checkpoint.node) ?? new Map<number, Checkpoint>();
      byNode.set(checkpoint.node, ofNode.set(checkpoint.position, checkpoint));
      count = checkpoint.number;
      previous = digestOfCheckpoint(checkpoint);
    }
    if (page.length < PAGE || faults.length >= MOST_FAULTS) return { byNode, count };
  }
}

/**
 * Reads the whole trail and reports what was altered, removed, added or put in another order since it was sealed.
 * @param isSigned whether the server's own key made the signature
 */
export async function verifyTrail(
  trail: AuditTrail,
  isSigned: (content: Buffer, signature: string) => boolean,
): Promise<Verdict> {
  const faults: string[] = [];
  const { byNode, count: checkpoints } = await checkedCheckpoints(trail, isSigned, faults);
  let [records, uncovered] = [0, 0];
  for (const node of new Set([...(await trail.nodes()), ...byNode.keys()])) {
    const pending = new Map(byNode.get(node));
    let [link, count, after, sinceCheckpoint, sealing] = [firstLink(node), 0, -1, 0, true];
    for (;;) {
      const page = await trail.chain(node, after, PAGE);
      for (const record of page) {
        after = record.position;
        records += 1;
        if (record.link === null) {
          sealing = false;
          sinceCheckpoint += 1;
          continue;
        }
        if (!sealing) faults.push(`record ${record.id} is sealed after one that is not`);
        link = linkOf(link, record);
        count += 1;
        if (record.link !== link) {
          faults.push(`record ${record.id} of ${node} is not as it was sealed, or one before it is gone`);
          // Go on from what is written, so that each fault is told once.
          link = record.link;
        }
        sinceCheckpoint += 1;
        const checkpoint = pending.get(record.position);
        if (!checkpoint) continue;
        pending.delete(record.position);
        sinceCheckpoint = 0;
        if (checkpoint.link !== link || checkpoint.count !== count)
          faults.push(`checkpoint ${checkpoint.number} tells of other records than there are`);
      }
      if (page.length < PAGE || faults.length >= MOST_FAULTS) break;
    }
    for (const { number, position } of pending.values())
      faults.push(`record ${position} of ${node}, which checkpoint ${number} tells of, is gone`);
    uncovered += sinceCheckpoint;
  }
  return { records, checkpoints, uncovered, faults: faults.slice(0, MOST_FAULTS) };
}
