import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { signRs256 } from "../../src/crypto/signing-key.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, type Tokens } from "../support/builders.ts";
import { drawsFrom, validInput } from "../support/model-probe.ts";
import {
  type Answered,
  apiHeaders,
  type Credentials,
  EVERYTHING,
  type Production,
  send,
  signedApi,
  signedCall,
  startProduction,
} from "../support/production.ts";

/** Every way to call: what is sent in the place of proof. */
const CALLERS = [
  "none",
  "garbage signature",
  "wrong secret",
  "stale date",
  "no permission",
  "right",
  "own token",
  "other pool's token",
  "ID token",
  "refresh token",
  "machine token",
  "revoked",
] as const;
type Caller = (typeof CALLERS)[number];

/** How a server says that a call lacks its proof; whatever else it answers, the proof was enough. */
const SIGNATURE_REFUSALS = [
  "MissingAuthenticationTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "UnrecognizedClientException",
  "ExpiredTokenException",
  "AccessDeniedException",
];
const TOKEN_REFUSAL = /Access Token|^Invalid token|User does not exist/;

/** An operation that answers as if the call had been right, as far as its proof goes. */
const ACCEPTED = "accepted";

const SENDS_TOKEN: readonly Caller[] = [
  "own token",
  "other pool's token",
  "ID token",
  "refresh token",
  "machine token",
  "revoked",
];

/** What signed operations answer to each kind of caller. */
const SIGNED: Readonly<Record<Caller, string>> = {
  none: "MissingAuthenticationTokenException",
  "garbage signature": "InvalidSignatureException",
  "wrong secret": "InvalidSignatureException",
  "stale date": "InvalidSignatureException",
  "no permission": "AccessDeniedException",
  right: ACCEPTED,
  "own token": "IncompleteSignatureException",
  "other pool's token": "IncompleteSignatureException",
  "ID token": "IncompleteSignatureException",
  "refresh token": "IncompleteSignatureException",
  "machine token": "IncompleteSignatureException",
  revoked: "UnrecognizedClientException",
};

/** What operations with an access token answer: signatures prove nothing to them, the token is everything. */
const WITH_TOKEN: Readonly<Record<Caller, string>> = {
  none: "refused",
  "garbage signature": "refused",
  "wrong secret": "refused",
  "stale date": "refused",
  "no permission": "refused",
  right: "refused",
  "own token": ACCEPTED,
  // It stands for its own user, of its own pool; see the test on what it leaves alone.
  "other pool's token": ACCEPTED,
  "ID token": "Invalid Access Token",
  "refresh token": "Invalid Access Token",
  "machine token": "Access Token does not have required scopes",
  revoked: "Access Token has been revoked",
};

/** Operations that carry their own proof or need none: nothing in the place of another changes their answer. */
const PUBLIC: Readonly<Record<Caller, string>> = Object.fromEntries(
  CALLERS.map((caller) => [caller, "as without proof"]),
) as Record<Caller, string>;

const EXPECTED = { sigv4: SIGNED, accessToken: WITH_TOKEN, none: PUBLIC };
const ABSENT_POOL = "us-east-1_absent000";

describe(`each of ${operationNames.length} operations, called in each of ${CALLERS.length} ways`, () => {
  let production: Production;
  let url: string;
  let keys: Record<"none" | "all" | "deleted", Credentials>;
  let pools: Record<"own" | "other", { id: string; client: Awaited<ReturnType<typeof makeClient>> }>;
  let shared: Tokens;
  let revoked: Tokens;
  let machine: string;

  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    keys = {
      none: await production.user("nobody"),
      all: await production.user("somebody", [EVERYTHING]),
      deleted: await production.user("gone", [EVERYTHING]),
    };
    await production.server.services.store.principals.removeAccessKey(keys.deleted.accessKeyId);
    const api = signedApi(url, production.root);
    const make = async () => {
      const { Id: id } = await makePool(api);
      return { id, client: await makeClient(api, id) };
    };
    pools = { own: await make(), other: await make() };
    await makeUser(api, pools.own.id, "shared", { password: PASSWORD });
    shared = await signIn(api, pools.own.client, "shared");
    revoked = await signIn(api, pools.own.client, "shared");
    await api("RevokeToken", { Token: revoked.RefreshToken, ClientId: pools.own.client.ClientId });
    machine = await machineToken();
  });
  afterAll(() => production.close());

  /** As the client-credentials grant gives it: the client's own, without a user. Made by hand, with the pool's key. */
  async function machineToken(): Promise<string> {
    const { services } = production.server;
    const pool = await services.store.userPools.find(pools.own.id);
    if (!pool) throw new Error("The pool is gone");
    const { kid, privateKey } = await services.tokenKeys.signingKey(pool, "access");
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(services.clock.now() / 1000);
    const signed = `${encode({ kid, alg: "RS256" })}.${encode({
      sub: pools.own.client.ClientId,
      token_use: "access",
      scope: "api/read",
      auth_time: now,
      iss: services.issuer(pool),
      exp: now + 3600,
      iat: now,
      version: 2,
      jti: "00000000-0000-4000-8000-000000000000",
      client_id: pools.own.client.ClientId,
    })}`;
    return `${signed}.${(await signRs256(privateKey, Buffer.from(signed))).toString("base64url")}`;
  }

  /** A user who may be changed in any way by the one call that gets the token. */
  async function tokenOfNewUser(where: "own" | "other"): Promise<string> {
    const { id, client } = pools[where];
    const username = `u${randomBytes(6).toString("hex")}`;
    const api = signedApi(url, production.root);
    await makeUser(api, id, username, { password: PASSWORD });
    return (await signIn(api, client, username)).AccessToken;
  }

  async function tokenOf(caller: Caller): Promise<string | undefined> {
    if (caller === "own token") return tokenOfNewUser("own");
    if (caller === "other pool's token") return tokenOfNewUser("other");
    if (caller === "ID token") return shared.IdToken;
    // Its form is not that of an access token: what its characters are is told before what it is.
    if (caller === "refresh token") return shared.RefreshToken;
    if (caller === "machine token") return machine;
    return caller === "revoked" ? revoked.AccessToken : undefined;
  }

  function signatureOf(caller: Caller, operation: OperationName, body: string): Record<string, string> {
    const call = { headers: apiHeaders(operation), body };
    const sign = (credentials: Credentials, at = Date.now()) => signedCall(url, credentials, call, { at });
    switch (caller) {
      case "garbage signature": {
        const signed = sign(keys.all);
        const garbage = randomBytes(32).toString("hex");
        return { ...signed, authorization: (signed.authorization ?? "").replace(/[0-9a-f]{64}$/, garbage) };
      }
      case "wrong secret":
        return sign({ ...keys.all, secretAccessKey: randomBytes(30).toString("base64") });
      case "stale date":
        return sign(keys.all, Date.now() - 16 * 60_000);
      case "no permission":
        return sign(keys.none);
      case "right":
        return sign(keys.all);
      case "revoked":
        return sign(keys.deleted);
      default:
        return {};
    }
  }

  async function call(operation: OperationName, caller: Caller): Promise<Answered> {
    const { auth } = operationFacts[operation];
    const input: Record<string, unknown> = validInput(operation, drawsFrom(7));
    if (input.UserPoolId !== undefined) input.UserPoolId = ABSENT_POOL;
    const token = auth === "none" ? undefined : await tokenOf(caller);
    if (auth === "accessToken") {
      delete input.Session;
      delete input.AccessToken;
      if (token !== undefined) input.AccessToken = token;
    }
    const body = JSON.stringify(input);
    const headers = signatureOf(caller, operation, body);
    // A token where a signature belongs, as a page or a proxy might send it.
    const bearer: Record<string, string> =
      auth === "sigv4" && headers.authorization === undefined && token !== undefined
        ? { authorization: `Bearer ${token}` }
        : {};
    return send(url, operation, body, { ...headers, ...bearer });
  }

  /** What an answer says of the proof, in the words of the tables above. */
  function verdictOn(
    operation: OperationName,
    caller: Caller,
    answer: Answered,
    withoutProof: Answered,
  ): string {
    const { auth } = operationFacts[operation];
    if (auth === "none") return answer.code === withoutProof.code ? "as without proof" : String(answer.code);
    if (auth === "sigv4")
      return answer.code !== null && SIGNATURE_REFUSALS.includes(answer.code) ? answer.code : ACCEPTED;
    const isAsWithoutProof = answer.code === withoutProof.code && answer.message === withoutProof.message;
    // Without a token: a missing member, or nothing to act on.
    if (!SENDS_TOKEN.includes(caller)) return isAsWithoutProof && answer.code !== null ? "refused" : ACCEPTED;
    return answer.code === "NotAuthorizedException" && TOKEN_REFUSAL.test(answer.message)
      ? answer.message
      : ACCEPTED;
  }

  it("answers as the table says, and no cell is left out", { timeout: 240_000 }, async () => {
    const wrong: string[] = [];
    const tested = new Map<string, number>();
    for (const operation of operationNames) {
      const { auth } = operationFacts[operation];
      const withoutProof = await call(operation, "none");
      for (const caller of CALLERS) {
        const answer = await call(operation, caller);
        const expected = EXPECTED[auth][caller];
        const verdict = verdictOn(operation, caller, answer, withoutProof);
        if (verdict !== expected)
          wrong.push(
            `${operation} × ${caller}: ${verdict} (${answer.code}: ${answer.message}), not ${expected}`,
          );
        const row = `${auth.padEnd(12)}${caller.padEnd(20)}${expected}`;
        tested.set(row, (tested.get(row) ?? 0) + 1);
      }
    }
    console.log([...tested].map(([row, count]) => `${String(count).padStart(4)} × ${row}`).join("\n"));
    const cells = [...tested.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `D1: ${cells} cells of ${operationNames.length * CALLERS.length}; machine tokens are made by hand`,
    );
    expect(wrong).toEqual([]);
    expect(cells).toBe(operationNames.length * CALLERS.length);
  });

  it("lets no token act on a user of another pool", async () => {
    const api = signedApi(url, production.root);
    await makeUser(api, pools.own.id, "twin", {
      password: PASSWORD,
      attributes: { email: "own@example.com" },
    });
    await makeUser(api, pools.other.id, "twin", {
      password: PASSWORD,
      attributes: { email: "other@example.com" },
    });
    const before = await api("AdminGetUser", { UserPoolId: pools.own.id, Username: "twin" });
    const { AccessToken } = await signIn(api, pools.other.client, "twin");
    const attributes = await api("GetUser", { AccessToken });
    expect(attributes.UserAttributes).toContainEqual({ Name: "email", Value: "other@example.com" });
    await api("UpdateUserAttributes", {
      AccessToken,
      UserAttributes: [{ Name: "email", Value: "new@example.com" }],
    });
    await api("DeleteUser", { AccessToken });
    expect(await api("AdminGetUser", { UserPoolId: pools.own.id, Username: "twin" })).toEqual(before);
  });
});
