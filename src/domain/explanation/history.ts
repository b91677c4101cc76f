import { SECOND } from "../../runtime/clock.ts";
import type { AuditRecord } from "../audit/index.ts";
import type { HistoryEntry } from "./explanation.ts";

/** What a record says beside its columns. */
interface RecordContent {
  readonly sourceIPAddress: string | null;
  readonly errorMessage?: string;
}

const alike = (one: HistoryEntry, other: HistoryEntry): boolean =>
  one.EventName === other.EventName &&
  one.Principal === other.Principal &&
  one.ErrorCode === other.ErrorCode &&
  one.ErrorMessage === other.ErrorMessage;

function entryOf({ operation, occurredAt, principal, errorCode, record }: AuditRecord): HistoryEntry {
  const { sourceIPAddress, errorMessage }: RecordContent = JSON.parse(record);
  return {
    EventName: operation,
    EventTime: Math.floor(occurredAt / SECOND),
    Count: 1,
    Principal: principal,
    ...(sourceIPAddress ? { SourceIPAddress: sourceIPAddress } : {}),
    ...(errorCode === null ? {} : { ErrorCode: errorCode }),
    ...(errorMessage === undefined ? {} : { ErrorMessage: errorMessage }),
  };
}

/** How a user came to be as they are. @param records newest first @returns newest last, calls that are alike as one */
export function historyOf(records: readonly AuditRecord[]): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const entry of records.toReversed().map(entryOf)) {
    const last = entries.at(-1);
    if (last && alike(last, entry)) entries[entries.length - 1] = { ...entry, Count: last.Count + 1 };
    else entries.push(entry);
  }
  return entries;
}
