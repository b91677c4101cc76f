/**
 * Part of every test file: checks all answers that servers in this process give to requests of the API, byte for byte as they leave,
 * whichever client asked, and fails the test during which a wrong one was given.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, afterEach, expect } from "vitest";
import { answerProblems, FAULT } from "./answer-check.ts";

const TARGET = /^AWSCognitoIdentityProviderService\.(\w+)$/;
const problems: string[] = [];
let areFaultsMeant = false;

/** For a test that makes the server fail: until its end, faults of the server are right answers. */
export function meanFaults(): void {
  areFaultsMeant = true;
}

subscribe("http.server.request.start", (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const operation = TARGET.exec(String(request.headers["x-amz-target"]))?.[1];
  if (operation === undefined || request.method !== "POST" || request.url !== "/") return;
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const { write, end } = response;
  response.write = (...args: unknown[]) => {
    keep(args[0]);
    return Reflect.apply(write, response, args);
  };
  response.end = (...args: unknown[]) => {
    keep(args[0]);
    return Reflect.apply(end, response, args);
  };
  response.once("finish", () => {
    const headers = headersOf(response);
    const body = Buffer.concat(chunks).toString();
    for (const problem of answerProblems(operation, { status: response.statusCode, headers, body }))
      if (!problems.includes(problem)) problems.push(problem);
  });
});

/** As they were sent: what writeHead is given does not show in getHeaders when there were no others. */
function headersOf(response: ServerResponse): Record<string, string> {
  const [, ...lines] = String((response as ServerResponse & { _header: string })._header).split("\r\n");
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return Object.fromEntries(pairs);
}

function report(): void {
  const found = problems.splice(0).filter((problem) => !areFaultsMeant || !problem.includes(FAULT));
  areFaultsMeant = false;
  expect(found, "answers that the API's model does not allow").toEqual([]);
}
afterEach(report);
afterAll(report);
