import { type AwsCredentials, signedHeaders } from "../crypto/sigv4-signature.ts";
import type { Clock } from "../runtime/clock.ts";
import { type BoundedAnswer, post } from "./bounded-post.ts";

/** What signs calls of services that speak AWS's protocols; without credentials they go unsigned, as emulators take them. */
export interface AwsSigner {
  readonly credentials: AwsCredentials | null;
  readonly clock: Clock;
}

const compactTime = (clock: Clock): string =>
  new Date(clock.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");

/** One POST to an AWS service. */
export function awsCall(
  { credentials, clock }: AwsSigner,
  scope: { readonly region: string; readonly service: string },
  request: { readonly url: URL; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  limits: { readonly timeoutMs: number; readonly bytes: number },
): Promise<BoundedAnswer> {
  const headers = credentials
    ? signedHeaders(request, credentials, { ...scope, at: compactTime(clock) })
    : request.headers;
  return post({ ...request, headers }, limits);
}
