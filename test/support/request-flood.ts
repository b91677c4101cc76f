import { answerProblems } from "./answer-check.ts";
import { apiRequest, HttpConnection, headersOf, type RawAnswer } from "./http-connection.ts";
import { refusalProblem } from "./model/refusal-check.ts";
import type { Probe } from "./model-probe.ts";

const CONNECTIONS = 8;
/** The longest that any answer to a malformed request may take. */
export const SLOWEST_MS = 1_000;
/** How much more memory a server may hold after all of it than after the warm-up. */
export const MEMORY_GROWTH = 1.5;
/** Faults that are kept to be shown. */
const SHOWN = 20;

/** What is wrong with an answer to anything at all. */
function faultOf(answer: RawAnswer, ms: number): string | null {
  if (answer.status >= 500) return `${answer.status} ${answer.body}`;
  return ms > SLOWEST_MS ? `answered after ${ms.toFixed(0)} ms` : null;
}

/** Sends every request, several at once, and returns what was wrong with the answers. */
export async function sendAll<T>(
  port: number,
  items: Iterable<T>,
  bytesOf: (item: T) => Uint8Array,
  refusal: (item: T, answer: RawAnswer) => string | null,
): Promise<{ sent: number; wrong: string[]; slowestMs: number }> {
  const iterator = items[Symbol.iterator]();
  const wrong: string[] = [];
  let sent = 0;
  let slowestMs = 0;
  const worker = async () => {
    const connection = new HttpConnection(port);
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      const bytes = bytesOf(next.value);
      const sentAt = performance.now();
      const answer = await connection.send(bytes);
      const ms = performance.now() - sentAt;
      sent++;
      slowestMs = Math.max(slowestMs, ms);
      const fault = faultOf(answer, ms) ?? refusal(next.value, answer);
      if (fault !== null && wrong.length < SHOWN)
        wrong.push(`${fault} — ${Buffer.from(bytes).toString().slice(-300)}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return { sent, wrong, slowestMs };
}

/** Sends probes and checks each answer's form, and its sentence where the model demands one. */
export const sendProbes = (port: number, items: Iterable<Probe>) =>
  sendAll(
    port,
    items,
    (probe) => apiRequest(`localhost:${port}`, probe.operation, probe.body),
    (probe, answer) => {
      const problems = answerProblems(probe.operation, { ...answer, headers: headersOf(answer) });
      const problem = problems[0] ?? refusalProblem(probe.refusal, answer);
      return (
        problem &&
        `${probe.operation} ${probe.about}: ${problem}: ${answer.status} ${answer.body.slice(0, 500)}`
      );
    },
  );
