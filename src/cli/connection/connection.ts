import type { Input, OperationName, Output } from "../../api/operation.ts";
import { awsEnvironment } from "../../config/environment.ts";
import { signedHeaders } from "../../crypto/sigv4-signature.ts";
import { systemClock } from "../../runtime/clock.ts";
import { findCredentials } from "./credentials.ts";
import { findEndpoint, isLocal } from "./endpoint.ts";

const TIMEOUT_MS = 60_000;
const USUAL_REGION = "us-east-1";

/** Options that each command which talks to a server takes. */
export interface ConnectionOptions {
  readonly endpointUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** The server refused; `code` is the bare exception name. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What a server says that is asked for too much: nothing was done, and asking again later helps. */
const THROTTLED: ReadonlySet<string> = new Set([
  "TooManyRequestsException",
  "ThrottlingException",
  "Throttling",
  "RequestLimitExceeded",
]);

export const isThrottling = (fault: unknown): boolean =>
  fault instanceof Refusal && THROTTLED.has(fault.code);

/** No answer came. The message is one line and names the endpoint. */
export class Unreachable extends Error {}

/** A server, this one's kind or Amazon Cognito, and as whom and where it is called. */
export interface Connection {
  readonly endpoint: URL;
  readonly region: string;
  /** On this machine. What is elsewhere is named before something is changed there. */
  readonly local: boolean;
  /** An operation of the user-pool API. @throws Refusal, Unreachable */
  call<N extends OperationName>(operation: N, input: Input<N>): Promise<Output<N>>;
  /** An operation of this server's own. @throws Refusal (`UnknownOperationException` from Amazon Cognito), Unreachable */
  callService(operation: string, input: object): Promise<unknown>;
}

/** Finds endpoint, region and credentials. @throws EndpointUnknown */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const region = options.region ?? awsEnvironment().region ?? USUAL_REGION;
  const endpoint = await findEndpoint(options.endpointUrl, region);
  const local = isLocal(endpoint);
  const credentials = await findCredentials(options.profile ?? awsEnvironment().profile, local);

  const call = async (target: string, service: string, input: object): Promise<unknown> => {
    const body = JSON.stringify(input);
    const url = new URL("/", endpoint);
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const at = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
    const sent = credentials
      ? signedHeaders({ url, headers, body }, credentials, { region, service, at })
      : headers;
    const response = await fetch(url, {
      method: "POST",
      headers: sent,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((fault: Error) => {
      const { message } = fault.cause instanceof Error ? fault.cause : fault;
      throw new Unreachable(`${endpoint.origin} cannot be reached: ${message}`);
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, string>;
    if (response.ok) return answer;
    const code = (answer.__type ?? String(response.status)).replace(/^.*#/, "");
    throw new Refusal(code, answer.message ?? answer.Message ?? "no reason given", response.status);
  };

  return {
    endpoint,
    region,
    local,
    call: (operation, input) =>
      call(`AWSCognitoIdentityProviderService.${operation}`, "cognito-idp", input) as Promise<never>,
    callService: (operation, input) => call(`CognateService.${operation}`, "cognate", input),
  };
}
