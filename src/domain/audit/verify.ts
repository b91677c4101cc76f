import {
  type Checkpoint,
  digestOfCheckpoint,
  FIRST_PREVIOUS,
  type Segment,
  SegmentLink,
  signedContent,
} from "./chain.ts";
import type { AuditTrail } from "./ports.ts";
import type { AuditRecord } from "./record.ts";

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

interface Findings {
  records: number;
  uncovered: number;
  readonly faults: string[];
}

/** Goes through one chain: its segments against its records, and its checkpoints against its segments. */
async function checkChain(
  trail: AuditTrail,
  node: string,
  checkpoints: ReadonlyMap<number, Checkpoint>,
  findings: Findings,
): Promise<void> {
  const { faults } = findings;
  const pending = new Map(checkpoints);
  let before: Segment | null = null;
  let sinceCheckpoint = 0;
  const readOn = reader(trail, node);
  for (;;) {
    const segments: Segment[] = await trail.segments(node, before?.number ?? 0, PAGE);
    for (const segment of segments) {
      const link = new SegmentLink(node, before);
      for (let record = await readOn(segment.position); record; record = await readOn(segment.position))
        link.add(record);
      findings.records += link.size;
      sinceCheckpoint += link.size;
      const found = link.segment();
      if (found.number !== segment.number) faults.push(`segment ${found.number} of ${node} is gone`);
      else if (found.link !== segment.link || found.count !== segment.count)
        faults.push(
          `the records of ${node} up to position ${segment.position} are not those that were sealed`,
        );
      const checkpoint = pending.get(segment.position);
      if (checkpoint) {
        pending.delete(segment.position);
        sinceCheckpoint = 0;
        if (checkpoint.link !== segment.link || checkpoint.count !== segment.count)
          faults.push(`checkpoint ${checkpoint.number} tells of other records than there are`);
      }
      // Go on from what is written, so that each fault is told once.
      before = segment;
      if (faults.length >= MOST_FAULTS) return;
    }
    if (segments.length < PAGE) break;
  }
  for (const { number, position } of pending.values())
    faults.push(`what checkpoint ${number} tells of, up to position ${position} of ${node}, is gone`);
  for (let record = await readOn(null); record; record = await readOn(null)) {
    findings.records += 1;
    sinceCheckpoint += 1;
  }
  findings.uncovered += sinceCheckpoint;
}

/** Hands out the records of a chain one by one, those up to a position and then no more; null for all that are left. */
function reader(trail: AuditTrail, node: string): (through: number | null) => Promise<AuditRecord | null> {
  let [page, index, after, isOver] = [[] as AuditRecord[], 0, Number.MIN_SAFE_INTEGER, false];
  return async (through) => {
    if (index === page.length && !isOver) {
      page = await trail.chain(node, after, Number.MAX_SAFE_INTEGER, PAGE);
      index = 0;
      isOver = page.length < PAGE;
      after = page.at(-1)?.position ?? after;
    }
    const next = page[index];
    if (!next || (through !== null && next.position > through)) return null;
    index += 1;
    return next;
  };
}

/**
 * Reads the whole trail and reports what was altered, removed, added or put in another order since it was sealed.
 * @param isSigned whether the server's own key made the signature
 */
export async function verifyTrail(
  trail: AuditTrail,
  isSigned: (content: Buffer, signature: string) => boolean,
): Promise<Verdict> {
  const findings: Findings = { records: 0, uncovered: 0, faults: [] };
  const { byNode, count: checkpoints } = await checkedCheckpoints(trail, isSigned, findings.faults);
  for (const node of new Set([...(await trail.nodes()), ...byNode.keys()])) {
    await checkChain(trail, node, byNode.get(node) ?? new Map(), findings);
    if (findings.faults.length >= MOST_FAULTS) break;
  }
  const { records, uncovered, faults } = findings;
  return { records, checkpoints, uncovered, faults: faults.slice(0, MOST_FAULTS) };
}
