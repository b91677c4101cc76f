import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { CognitoJwtVerifier, JwtRsaVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import * as jose from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, claimsOf, refusal } from "../support/api.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  type Tokens,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
/** A server whose tokens name Amazon's issuer. */
const amazon = await startWorld({ issuer: "aws" });
afterAll(async () => {
  await closeWithinModel(world);
  await closeWithinModel(amazon);
});

type Client = Awaited<ReturnType<typeof makeClient>>;

let poolId = "";
let issuer = "";
let client: Client;
let tokens: Tokens;
beforeAll(async () => {
  poolId = (await makePool(api)).Id;
  issuer = `${world.url}/${poolId}`;
  client = await makeClient(api, poolId);
  await makeUser(api, poolId, "ana", { password: PASSWORD });
  tokens = await signIn(api, client, "ana");
});

const readJson = async (url: string) => (await fetch(url)).json();

describe("the key set of a pool", () => {
  it("has two RSA keys of 2048 bits; the first signs ID tokens, the second access tokens", async () => {
    const response = await fetch(`${issuer}/.well-known/jwks.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const set = (await response.json()) as jose.JSONWebKeySet;
    expect(Object.keys(set)).toEqual(["keys"]);
    expect(set.keys).toHaveLength(2);
    for (const key of set.keys) {
      expect(Object.keys(key)).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
      expect(key).toMatchObject({ alg: "RS256", e: "AQAB", kty: "RSA", use: "sig" });
      expect(key.kid).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(key.n ?? "", "base64url")).toHaveLength(256);
    }
    expect(set.keys[0]?.kid).toBe(jose.decodeProtectedHeader(tokens.IdToken).kid);
    expect(set.keys[1]?.kid).toBe(jose.decodeProtectedHeader(tokens.AccessToken).kid);
  });

  it("stays the same, is there before the first sign-in, and is each pool's own", async () => {
    const other = await makePool(api);
    const before = await readJson(`${world.url}/${other.Id}/.well-known/jwks.json`);
    expect(await readJson(`${world.url}/${other.Id}/.well-known/jwks.json`)).toEqual(before);
    expect(await readJson(`${issuer}/.well-known/jwks.json`)).not.toEqual(before);
    const otherClient = await makeClient(api, other.Id);
    await makeUser(api, other.Id, "ana", { password: PASSWORD });
    const { IdToken } = await signIn(api, otherClient, "ana");
    expect(jose.decodeProtectedHeader(IdToken).kid).toBe((before as jose.JSONWebKeySet).keys[0]?.kid);
  });

  it("does not exist for a pool that does not", async () => {
    for (const document of ["jwks.json", "openid-configuration"]) {
      const response = await fetch(`${world.url}/us-east-1_Unknown00/.well-known/${document}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: "User pool us-east-1_Unknown00 does not exist." });
    }
  });
});

describe("the discovery document of a pool", () => {
  it("has the members of Cognito's", async () => {
    expect(await readJson(`${issuer}/.well-known/openid-configuration`)).toEqual({
      authorization_endpoint: `${world.url}/oauth2/authorize`,
      end_session_endpoint: `${world.url}/logout`,
      id_token_signing_alg_values_supported: ["RS256"],
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ["code", "token"],
      revocation_endpoint: `${world.url}/oauth2/revoke`,
      scopes_supported: ["openid", "email", "phone", "profile"],
      subject_types_supported: ["public"],
      token_endpoint: `${world.url}/oauth2/token`,
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      userinfo_endpoint: `${world.url}/oauth2/userInfo`,
    });
  });

  it("leads a library from the issuer to the keys", async () => {
    const { jwks_uri } = (await readJson(`${issuer}/.well-known/openid-configuration`)) as {
      jwks_uri: string;
    };
    const keys = jose.createRemoteJWKSet(new URL(jwks_uri));
    const { payload } = await jose.jwtVerify(tokens.IdToken, keys, { issuer, audience: client.ClientId });
    expect(payload["cognito:username"]).toBe("ana");
  });
});

describe("jose", () => {
  it("verifies both tokens against the remote key set, and no token of another pool", async () => {
    const keys = jose.createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    const id = await jose.jwtVerify(tokens.IdToken, keys, {
      issuer,
      audience: client.ClientId,
      algorithms: ["RS256"],
    });
    expect(id.payload.token_use).toBe("id");
    const access = await jose.jwtVerify(tokens.AccessToken, keys, { issuer, algorithms: ["RS256"] });
    expect(access.payload.client_id).toBe(client.ClientId);
    const other = await makePool(api);
    const otherKeys = jose.createRemoteJWKSet(new URL(`${world.url}/${other.Id}/.well-known/jwks.json`));
    await expect(jose.jwtVerify(tokens.IdToken, otherKeys)).rejects.toThrow(jose.errors.JWKSNoMatchingKey);
  });
});

describe("aws-jwt-verify", () => {
  /** Its own fetcher speaks HTTPS only. */
  const jwksCache = new SimpleJwksCache({
    fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() },
  });

  it("verifies both tokens by JwtRsaVerifier with this server's issuer", async () => {
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    const forId = JwtRsaVerifier.create({ issuer, audience: client.ClientId, jwksUri }, { jwksCache });
    expect((await forId.verify(tokens.IdToken))["cognito:username"]).toBe("ana");
    const forAccess = JwtRsaVerifier.create({ issuer, audience: null, jwksUri }, { jwksCache });
    expect((await forAccess.verify(tokens.AccessToken)).username).toBe("ana");
    await expect(forId.verify(tokens.AccessToken)).rejects.toThrow();
  });

  it("verifies both tokens by CognitoJwtVerifier where the server names Amazon's issuer", async () => {
    const there = apiOf(amazon);
    const pool = await makePool(there, { UsernameAttributes: ["email"] });
    const own = await makeClient(there, pool.Id);
    const sub = await makeUser(there, pool.Id, "ana@example.com", { password: PASSWORD });
    const { IdToken, AccessToken } = await signIn(there, own, "ana@example.com");
    expect(claimsOf(IdToken).iss).toBe(`https://cognito-idp.us-east-1.amazonaws.com/${pool.Id}`);
    const jwks = (await readJson(`${amazon.url}/${pool.Id}/.well-known/jwks.json`)) as never;
    const verifier = (tokenUse: "id" | "access") => {
      const created = CognitoJwtVerifier.create({ userPoolId: pool.Id, tokenUse, clientId: own.ClientId });
      created.cacheJwks(jwks);
      return created;
    };
    expect((await verifier("id").verify(IdToken))["cognito:username"]).toBe(sub);
    expect((await verifier("access").verify(AccessToken)).username).toBe(sub);
    await expect(verifier("id").verify(AccessToken)).rejects.toThrow();
    expect((await there("GetUser", { AccessToken })).Username).toBe(sub);
    const discovery = (await readJson(`${amazon.url}/${pool.Id}/.well-known/openid-configuration`)) as object;
    expect(discovery).toMatchObject({
      issuer: `https://cognito-idp.us-east-1.amazonaws.com/${pool.Id}`,
      jwks_uri: `${amazon.url}/${pool.Id}/.well-known/jwks.json`,
    });
  });
});

describe("an access token that is not right", () => {
  const INVALID = "NotAuthorizedException: Invalid Access Token";
  const SIGNATURE = "NotAuthorizedException: Could not verify signature for Access Token";
  const getUser = (AccessToken: string) => refusal(api("GetUser", { AccessToken }));

  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const parts = (token: string) => token.split(".") as [string, string, string];
  const header = () => jose.decodeProtectedHeader(tokens.AccessToken) as Record<string, unknown>;
  const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const rs256 = (head: unknown, claims: unknown) => {
    const input = `${part(head)}.${part(claims)}`;
    return `${input}.${sign("sha256", Buffer.from(input), attacker.privateKey).toString("base64url")}`;
  };

  it("is refused unsigned", async () => {
    const [, payload] = parts(tokens.AccessToken);
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      expect(await getUser(`${part({ alg })}.${payload}.`)).toBe(INVALID);
      expect(await getUser(`${part({ ...header(), alg })}.${payload}.`)).toBe(INVALID);
    }
    const [head] = parts(tokens.AccessToken);
    expect(await getUser(`${head}.${payload}.`)).toBe(SIGNATURE);
  });

  it("is refused signed by HMAC with the public key for a secret", async () => {
    const { keys } = (await readJson(`${issuer}/.well-known/jwks.json`)) as jose.JSONWebKeySet;
    const [, payload] = parts(tokens.AccessToken);
    for (const jwk of keys) {
      const key = createPublicKey({ key: jwk as never, format: "jwk" });
      const secrets = [
        key.export({ type: "spki", format: "pem" }),
        key.export({ type: "spki", format: "der" }),
        key.export({ type: "pkcs1", format: "pem" }),
        JSON.stringify(jwk),
        jwk.n ?? "",
      ];
      for (const secret of secrets) {
        const input = `${part({ kid: jwk.kid, alg: "HS256" })}.${payload}`;
        const mac = createHmac("sha256", secret).update(input).digest("base64url");
        expect(await getUser(`${input}.${mac}`)).toBe(INVALID);
      }
    }
  });

  it("is refused signed by another key, whatever the header says of it", async () => {
    const claims = claimsOf(tokens.AccessToken);
    const jwk = attacker.publicKey.export({ format: "jwk" });
    expect(await getUser(rs256(header(), claims))).toBe(SIGNATURE);
    expect(await getUser(rs256({ ...header(), kid: "unknown" }, claims))).toBe(SIGNATURE);
    expect(await getUser(rs256({ ...header(), jwk }, claims))).toBe(SIGNATURE);
    expect(await getUser(rs256({ ...header(), jku: "https://attacker.example/keys" }, claims))).toBe(
      SIGNATURE,
    );
    expect(await getUser(rs256({ alg: "RS256" }, claims))).toBe(INVALID);
    expect(await getUser(rs256({ ...header(), alg: "RS512" }, claims))).toBe(INVALID);
    expect(await getUser(rs256({ ...header(), crit: ["exp"] }, claims))).toBe(INVALID);
  });

  it("is refused signed by another pool's key, and by this pool's key for ID tokens", async () => {
    const other = await makePool(api);
    const otherClient = await makeClient(api, other.Id);
    await makeUser(api, other.Id, "ana", { password: PASSWORD });
    const foreign = await signIn(api, otherClient, "ana");
    const [, payload] = parts(tokens.AccessToken);
    for (const donor of [foreign.AccessToken, tokens.IdToken]) {
      const [head, , signature] = parts(donor);
      expect(await getUser(`${head}.${payload}.${signature}`)).toBe(SIGNATURE);
    }
    expect((await api("GetUser", { AccessToken: foreign.AccessToken })).Username).toBe("ana");
  });

  it("is refused with a changed payload", async () => {
    await makeUser(api, poolId, "victim", { password: PASSWORD });
    const victim = claimsOf((await signIn(api, client, "victim")).AccessToken);
    const mine = claimsOf(tokens.AccessToken);
    const [head, , signature] = parts(tokens.AccessToken);
    for (const change of [
      { sub: victim.sub, username: "victim" },
      { event_id: victim.event_id },
      { exp: Number(mine.exp) + 1 },
      { scope: "aws.cognito.signin.user.admin admin" },
    ])
      expect(await getUser(`${head}.${part({ ...mine, ...change })}.${signature}`)).toBe(SIGNATURE);
  });

  it("is refused when it names another issuer, pool or use", async () => {
    const mine = claimsOf(tokens.AccessToken);
    const [head, , signature] = parts(tokens.AccessToken);
    for (const change of [
      { iss: "https://attacker.example" },
      { iss: `https://cognito-idp.us-east-1.amazonaws.com/${poolId}` },
      { iss: `${world.url}/us-east-1_Unknown00` },
      { iss: undefined },
      { token_use: "id" },
      { token_use: undefined },
    ])
      expect(await getUser(`${head}.${part({ ...mine, ...change })}.${signature}`)).toBe(INVALID);
  });

  it("is refused when it is an ID or a refresh token, or no token at all", async () => {
    for (const text of [tokens.IdToken, tokens.RefreshToken, "x", "a.b.c", "...", "e30.e30.e30", "="])
      expect(await getUser(text)).toBe(INVALID);
  });

  it("is refused in any other spelling of the signature", async () => {
    const [head, payload, signature] = parts(tokens.AccessToken);
    const padded = `${head}.${payload}.${signature}=`;
    const last = signature.at(-1) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? "";
    for (const token of [padded, `${head}.${payload}.${signature.slice(0, -1)}${twin}`])
      expect(await getUser(token)).toMatch(/^NotAuthorizedException: /);
  });

  it("is refused outside the token alphabet without being repeated", async () => {
    const rule =
      "InvalidParameterException: 1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+";
    for (const text of [`${tokens.AccessToken} `, "a+b", "", "é"]) expect(await getUser(text)).toBe(rule);
  });

  it("is refused by every operation that takes one", async () => {
    const [head, payload] = parts(tokens.AccessToken);
    const AccessToken = `${head}.${payload}.AAAA`;
    for (const call of [
      api("GetUser", { AccessToken }),
      api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: PASSWORD }),
      api("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name: "name", Value: "x" }] }),
      api("DeleteUserAttributes", { AccessToken, UserAttributeNames: ["name"] }),
      api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" }),
      api("VerifyUserAttribute", { AccessToken, AttributeName: "email", Code: "000000" }),
      api("SetUserMFAPreference", { AccessToken }),
      api("GlobalSignOut", { AccessToken }),
      api("DeleteUser", { AccessToken }),
    ])
      expect(await refusal(call)).toBe(SIGNATURE);
  });

  it("is refused after its user was disabled, or deleted", async () => {
    for (const username of ["disabled", "deleted"])
      await makeUser(api, poolId, username, { password: PASSWORD });
    const disabled = await signIn(api, client, "disabled");
    await api("AdminDisableUser", { UserPoolId: poolId, Username: "disabled" });
    expect(await getUser(disabled.AccessToken)).toBe("NotAuthorizedException: User is disabled.");
    const deleted = await signIn(api, client, "deleted");
    await api("AdminDeleteUser", { UserPoolId: poolId, Username: "deleted" });
    expect(await getUser(deleted.AccessToken)).toBe("UserNotFoundException: User does not exist.");
  });

  it("that was revoked is refused here, though its signature stays good", async () => {
    await makeUser(api, poolId, "signed-out", { password: PASSWORD });
    const { AccessToken } = await signIn(api, client, "signed-out");
    await api("GlobalSignOut", { AccessToken });
    expect(await getUser(AccessToken)).toBe("NotAuthorizedException: Access Token has been revoked");
    const keys = jose.createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
    await jose.jwtVerify(AccessToken, keys, { issuer });
  });
});
