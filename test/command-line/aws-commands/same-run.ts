import { expect } from "vitest";
import type { Recorded, Recorder } from "./recorder.ts";
import type { CommandRun, Runner } from "./runners.ts";

/** Members of answers that the AWS CLI 1.45 does not know and leaves out. */
const NEWER_MEMBERS = new Set([
  "AcrConfiguration",
  "AcrMapping",
  "ClientType",
  "ManagedBy",
  "PasswordHashingAlgorithm",
  "ReplicaRegions",
  "Routing",
]);

/** What both wrote, without the parts that are each program's own: how it is used, and lists of all operations or forms it has. */
function comparable({ output, errors, status }: CommandRun): CommandRun {
  const said = /(?:aws|cognate): error: [\s\S]*$|(?<=^usage: [\s\S]*)Unknown options: [\s\S]*$/.exec(errors);
  return {
    output,
    errors: (said?.[0] ?? errors)
      .replace(/^(aws|cognate): /, "")
      .replace(/\n\nUnknown option: '[^']+', maybe you meant:\n[\s\S]*$/, "\n")
      .replace(/(Invalid choice, valid choices are:\n\n)(?:[^\n]+\n)*[^\n]*/, "$1<choices>"),
    status,
  };
}

/** JSON without the members that only the newer program knows. */
function withoutNewer(newer: unknown, older: unknown): unknown {
  if (Array.isArray(newer) && Array.isArray(older))
    return newer.map((item, i) => withoutNewer(item, older[i]));
  if (newer === null || older === null || typeof newer !== "object" || typeof older !== "object")
    return newer;
  return Object.fromEntries(
    Object.entries(newer)
      .filter(([name]) => name in older || !NEWER_MEMBERS.has(name))
      .map(([name, value]) => [name, withoutNewer(value, (older as Record<string, unknown>)[name])]),
  );
}

function sameMembers(ours: string, theirs: string): string {
  if (ours === theirs || !ours.startsWith("{") || !theirs.startsWith("{")) return ours;
  return `${JSON.stringify(withoutNewer(JSON.parse(ours), JSON.parse(theirs)), null, 4)}\n`;
}

/** Bodies as values: how JSON is spaced, and the order of a form's fields, mean nothing. */
function meaning({ body, contentType, ...rest }: Recorded) {
  const json = contentType?.includes("json") ?? false;
  return {
    ...rest,
    contentType,
    body: json ? JSON.parse(body) : [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

export interface Programs {
  readonly recorder: Recorder;
  readonly aws: Runner;
  readonly cognate: Runner;
}

/**
 * Lets the AWS CLI run the command line, and then this program with the same answers of the server; expects that both send the same and
 * write the same, to the byte.
 * @returns what it wrote
 */
export async function expectSameRun(
  { recorder, aws, cognate }: Programs,
  words: readonly string[],
): Promise<CommandRun> {
  recorder.record();
  const theirs = await aws.run(words);
  const asked = recorder.requests;
  recorder.replay();
  const ours = await cognate.run(words);
  expect(recorder.requests.map(meaning), "what was sent").toEqual(asked.map(meaning));
  const shown = comparable({ ...ours, output: sameMembers(ours.output, theirs.output) });
  expect(shown).toEqual(comparable(theirs));
  return ours;
}
