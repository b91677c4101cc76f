import { awsEnvironment } from "../../../config/environment.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { type ConnectionOptions, connect, Unreachable } from "../../connection/connection.ts";
import { EndpointUnknown, findEndpoint } from "../../connection/endpoint.ts";
import { findPool } from "../../connection/pools.ts";
import { attempt, UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { claimLines } from "./claim-words.ts";
import { givenToken, type JsonWebToken } from "./json-web-token.ts";
import { type Expectation, FAILURE_STATUS, failuresOf, type Publication } from "./verification.ts";

const TIMEOUT_MS = 10_000;
const POOL_ID = /^([a-z]{2}(?:-[a-z]+)+-\d+)_[0-9A-Za-z]+$/;

export interface DecodeOptions {
  readonly json?: boolean;
}

export interface VerifyOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly pool?: string;
  readonly client?: string;
  readonly use?: string;
}

/** `cognate token decode`: what a token says, without asking anyone whether it is true. @returns the exit status */
export const decode = (argument: string | undefined, { json }: DecodeOptions): Promise<number> =>
  attempt(async () => {
    const { header, claims } = await givenToken(argument);
    if (json) {
      terminal.print(JSON.stringify({ header, claims }, null, 2));
      return 0;
    }
    for (const line of claimLines(claims, systemClock.now())) terminal.print(line);
    terminal.note("not verified: anyone can write this; see cognate token verify");
    return 0;
  });

/** `cognate token verify`. @returns 0 for a good token, and by FAILURE_STATUS what is wrong with another */
export const verify = (argument: string | undefined, options: VerifyOptions): Promise<number> =>
  attempt(async () => {
    const token = await givenToken(argument);
    const expected: Expectation = { clientId: options.client, use: options.use };
    const poolId = await poolOf(token, options);
    const published = await publicationOf(poolId, token, options);
    const failures = failuresOf(token, published, expected, systemClock.now());
    const [first] = failures;
    if (options.json)
      terminal.print(
        JSON.stringify(
          { valid: first === undefined, failures, header: token.header, claims: token.claims },
          null,
          2,
        ),
      );
    else if (first === undefined) {
      for (const line of claimLines(token.claims, systemClock.now())) terminal.print(line);
      terminal.print(
        "valid: signed by the pool, and not expired; whether it was revoked only a call can tell",
      );
    } else for (const { message } of failures) terminal.note(`cognate: not valid: ${message}`);
    return first === undefined ? 0 : FAILURE_STATUS[first.check];
  });

/** The pool that a token must be of: the one that was named, else the one that it says, which is to be looked at on a known server. */
async function poolOf({ claims }: JsonWebToken, options: VerifyOptions): Promise<string> {
  const { pool } = options;
  if (pool !== undefined && POOL_ID.test(pool)) return pool;
  if (pool !== undefined) return (await findPool(await connect(options), pool)).Id;
  const said = typeof claims.iss === "string" ? (claims.iss.split("/").at(-1) ?? "") : "";
  if (!POOL_ID.test(said)) throw new UsageFault("the token names no user pool: say which with --pool");
  return said;
}

/** What the pool publishes, on the server that is asked for; the address in the token is not followed, for a forger wrote it. */
async function publicationOf(
  poolId: string,
  { claims }: JsonWebToken,
  options: VerifyOptions,
): Promise<Publication> {
  const region = POOL_ID.exec(poolId)?.[1] ?? options.region ?? awsEnvironment().region ?? "";
  const amazon = `https://cognito-idp.${region}.amazonaws.com/${poolId}`;
  const endpoint = await findEndpoint(options.endpointUrl, region).catch((fault: unknown) => {
    // Amazon's own address is not the forger's choice.
    if (fault instanceof EndpointUnknown && options.endpointUrl === undefined && claims.iss === amazon)
      return findEndpoint("aws", region);
    throw fault;
  });
  const read = async (document: string): Promise<Record<string, unknown>> => {
    const url = new URL(`/${poolId}/.well-known/${document}`, endpoint);
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((fault: Error) => {
      const { message } = fault.cause instanceof Error ? fault.cause : fault;
      throw new Unreachable(`${endpoint.origin} cannot be reached: ${message}`);
    });
    if (!response.ok)
      throw new UsageFault(
        `${endpoint.origin} has no user pool ${poolId}; give --endpoint-url the server that issued the token ("aws" is Amazon Cognito)`,
      );
    return (await response.json()) as Record<string, unknown>;
  };
  const [{ issuer }, { keys }] = [await read("openid-configuration"), await read("jwks.json")];
  return { issuer: String(issuer), keys: Array.isArray(keys) ? keys : [] };
}
