import type { Pages } from "../../api/generated/command-line.ts";
import { failure } from "./faults.ts";
import { JsonFault, parseJson, printJson } from "./json-text.ts";
import {
  Dictionary,
  equal,
  isDictionary,
  isList,
  isNumber,
  numberOf,
  plainText,
  type Value,
} from "./value.ts";

/** What the options --max-items, --page-size and --starting-token say. */
export interface PageRequest {
  readonly maxItems: number | undefined;
  readonly pageSize: number | undefined;
  readonly startingToken: string | undefined;
}

export interface Page {
  /** The list of the page, as far as it counts; null when the answer has none. */
  readonly items: readonly Value[] | null;
  /** With the last page: where to go on. */
  readonly resumeToken?: string;
}

const TRUNCATED = "boto_truncate_amount";

/**
 * Asks for page after page. Tokens of the AWS CLI's own are the service's token, and how many items of its page were shown, as base64 of
 * JSON.
 * @param call calls the operation
 * @throws CommandFault
 */
export async function* pagesOf(
  pages: Pages,
  request: PageRequest,
  parameters: Dictionary,
  call: (parameters: Dictionary) => Promise<Dictionary>,
): AsyncGenerator<Page> {
  const { token: tokenName, limitKey, resultKey } = pages;
  const start = request.startingToken === undefined ? null : startOf(request.startingToken, tokenName);
  const current = new Dictionary(parameters);
  if (start) inject(current, tokenName, start.token);
  if (request.pageSize !== undefined) current.set(limitKey, request.pageSize);
  let token: Value = start?.token ?? null;
  let previous: Value = null;
  let skipped = start?.skip ?? 0;
  let total = 0;
  for (;;) {
    const answer = await call(current);
    const listed = answer.get(resultKey) ?? null;
    const items = isList(listed) ? listed.slice(skipped) : null;
    const count = items?.length ?? 0;
    const excess = request.maxItems === undefined ? 0 : total + count - request.maxItems;
    if (excess > 0) {
      // A negative maximum keeps what Python's slices keep.
      const kept = (items ?? []).slice(0, count - excess);
      const resume = new Dictionary([
        [tokenName, token],
        [TRUNCATED, count - excess + skipped],
      ]);
      yield { items: kept, resumeToken: encodedToken(resume) };
      return;
    }
    total += count;
    const next = answer.get(tokenName) ?? null;
    const ended = next === null || next === "";
    if (!ended && request.maxItems !== undefined && total === request.maxItems) {
      yield { items, resumeToken: encodedToken(new Dictionary([[tokenName, next]])) };
      return;
    }
    yield { items };
    if (ended) return;
    if (previous !== null && equal(previous, next))
      throw failure(
        `Error during pagination: The same next token was received twice: {'${tokenName}': '${plainText(next)}'}`,
      );
    inject(current, tokenName, next);
    previous = next;
    token = next;
    skipped = 0;
  }
}

function inject(parameters: Dictionary, name: string, token: Value): void {
  if (token === null || token === "None") parameters.delete(name);
  else parameters.set(name, token);
}

const encodedToken = (token: Dictionary): string =>
  Buffer.from(
    `{${[...token].map(([key, value]) => `"${key}": ${printJson(value, { ascii: true })}`).join(", ")}}`,
  ).toString("base64");

interface Start {
  readonly token: Value;
  /** Items of the page that were shown before. */
  readonly skip: number;
}

function startOf(text: string, tokenName: string): Start {
  const parsed = decodedToken(text);
  if (parsed) {
    const skip = parsed.get(TRUNCATED) ?? 0;
    return { token: parsed.get(tokenName) ?? null, skip: isNumber(skip) ? numberOf(skip) : 0 };
  }
  // Old tokens of the AWS CLI: the service's, or that and a number after ___.
  const parts = text.split("___");
  const skip = parts.length === 2 && /^\d+$/.test(parts[1] ?? "") ? Number(parts.pop()) : null;
  if (skip === null && parts.length === 2) parts.splice(0, 2, text);
  if (parts.length > 1) throw failure(`Bad starting token: ${text}`);
  return { token: parts[0] === "None" ? null : (parts[0] ?? null), skip: skip ?? 0 };
}

function decodedToken(text: string): Dictionary | null {
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
    const value = parseJson(decoded);
    return isDictionary(value) ? value : null;
  } catch (fault) {
    if (fault instanceof JsonFault || fault instanceof TypeError) return null;
    throw fault;
  }
}
