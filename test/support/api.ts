import type { Input, OperationName, Output } from "../../src/api/operation.ts";

/** An error that the API answered with, as it was on the wire. */
export class ApiRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Calls an operation with plain HTTP: the body as it is on the wire, no SDK in between. */
export type Api = <N extends OperationName>(operation: N, input: Input<N>) => Promise<Output<N>>;

/** @throws ApiRefusal */
export function apiOf({ url }: { readonly url: string }): Api {
  return async <N extends OperationName>(operation: N, input: Input<N>): Promise<Output<N>> => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    const body = text === "" ? undefined : JSON.parse(text);
    if (!response.ok) throw new ApiRefusal(body.__type, body.message ?? "", response.status);
    return body;
  };
}

/** `Code: message` of the refusal that the call ends in; fails when it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const answer = await call.then(
    (output) => ({ output }),
    (error: unknown) => error,
  );
  if (answer instanceof ApiRefusal) return `${answer.code}: ${answer.message}`;
  if (answer instanceof Error) throw answer;
  throw new Error(`Not refused: ${JSON.stringify(answer)}`);
}

/** How many of the calls succeeded, and the refusals of the others, each once. */
export async function race(calls: readonly Promise<unknown>[]): Promise<{ won: number; refusals: string[] }> {
  const results = await Promise.allSettled(calls);
  const refusals = new Set<string>();
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    if (!(result.reason instanceof ApiRefusal)) throw result.reason;
    refusals.add(`${result.reason.code}: ${result.reason.message}`);
  }
  return {
    won: results.filter(({ status }) => status === "fulfilled").length,
    refusals: [...refusals].sort(),
  };
}

/** The claims of a signed token, unverified. */
export function claimsOf(token: string | undefined): Record<string, unknown> {
  const payload = (token ?? "").split(".")[1] ?? "";
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}
