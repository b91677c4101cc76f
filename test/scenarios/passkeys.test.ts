import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { type Api, apiOf, claimsOf, race, refusal } from "../support/api.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  secretHash,
} from "../support/builders.ts";
import { OWN_SENDER } from "../support/scene.ts";
import {
  type Algorithm,
  type Ceremony,
  type CreationOptions,
  EDDSA,
  ES256,
  FLAGS,
  type RequestOptions,
  RS256,
  VirtualAuthenticator,
} from "../support/virtual-authenticator.ts";
import { startWorld, type World } from "../support/world.ts";

const RP = "example.com";
const ALGORITHMS: readonly [string, Algorithm][] = [
  ["ES256", ES256],
  ["RS256", RS256],
  ["EdDSA", EDDSA],
];
const REFUSED = "NotAuthorizedException: Invalid passkey for the user.";

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

type MfaConfig = Omit<Input<"SetUserPoolMfaConfig">, "UserPoolId">;
type WebAuthn = NonNullable<MfaConfig["WebAuthnConfiguration"]>;

interface Settings {
  readonly pool?: Partial<Input<"CreateUserPool">>;
  readonly client?: Partial<Input<"CreateUserPoolClient">>;
  readonly webAuthn?: WebAuthn | null;
}

/** A pool that takes passkeys of example.com, with alice in it. */
async function prepared({ pool = {}, client = {}, webAuthn = { RelyingPartyId: RP } }: Settings = {}) {
  const { Id: UserPoolId } = await makePool(api, {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] } },
    ...pool,
  });
  const configure = (config: MfaConfig) => api("SetUserPoolMfaConfig", { UserPoolId, ...config });
  if (webAuthn) await configure({ WebAuthnConfiguration: webAuthn });
  const app = await makeClient(api, UserPoolId, {
    ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    ...client,
  });
  const { ClientId } = app;
  const hash = (name: string): Record<string, string> =>
    app.ClientSecret === undefined ? {} : { SECRET_HASH: secretHash(app, name) };
  const token = async (username = "alice") => {
    const { AuthenticationResult } = await api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: username, PASSWORD, ...hash(username) },
    });
    return AuthenticationResult?.AccessToken ?? "";
  };
  const begin = (more: Record<string, string> = {}, username = "alice") =>
    api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters: { USERNAME: username, ...hash(username), ...more },
    });
  const answer = (
    ChallengeName: Input<"RespondToAuthChallenge">["ChallengeName"],
    Session: string | undefined,
    more: Record<string, string>,
    username = "alice",
  ) =>
    api("RespondToAuthChallenge", {
      ClientId,
      ChallengeName,
      ...(Session ? { Session } : {}),
      ChallengeResponses: { USERNAME: username, ...hash(username), ...more },
    });
  const ask = async (username = "alice") => {
    const challenge = await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" }, username);
    if (challenge.ChallengeName !== "WEB_AUTHN") throw new Error(`Asked for ${challenge.ChallengeName}`);
    const options: RequestOptions & Record<string, unknown> = JSON.parse(
      challenge.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "",
    );
    return { options, Session: challenge.Session };
  };
  const prove = (Session: string | undefined, credential: unknown, username = "alice") =>
    answer("WEB_AUTHN", Session, { CREDENTIAL: JSON.stringify(credential) }, username);
  const register = async (
    authenticator: VirtualAuthenticator,
    ceremony: Ceremony = {},
    username = "alice",
  ) => {
    const AccessToken = await token(username);
    const options = await startRegistration(AccessToken);
    return api("CompleteWebAuthnRegistration", {
      AccessToken,
      Credential: authenticator.create(options, ceremony),
    });
  };
  if (!pool.UsernameAttributes)
    await makeUser(api, UserPoolId, "alice", {
      password: PASSWORD,
      attributes: { email: "alice@example.com" },
    });
  return { UserPoolId, ClientId, configure, token, begin, answer, ask, prove, register };
}

async function startRegistration(AccessToken: string): Promise<CreationOptions & Record<string, unknown>> {
  const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
  return CredentialCreationOptions as CreationOptions & Record<string, unknown>;
}

describe("the registration of a passkey", () => {
  it("asks the browser for a credential that it can find again by itself", async () => {
    const { token } = await prepared();
    const AccessToken = await token();
    const options = await startRegistration(AccessToken);
    expect(options).toEqual({
      rp: { id: RP, name: RP },
      user: {
        id: Buffer.from(String(claimsOf(AccessToken).sub)).toString("base64url"),
        name: "alice",
        displayName: "alice",
      },
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      pubKeyCredParams: [ES256, RS256, EDDSA].map((alg) => ({ type: "public-key", alg })),
      timeout: 60_000,
      excludeCredentials: [],
      authenticatorSelection: {
        requireResidentKey: true,
        residentKey: "required",
        userVerification: "preferred",
      },
    });
  });

  it("names the user by the address where the pool has no other name", async () => {
    const { token, UserPoolId } = await prepared({ pool: { UsernameAttributes: ["email"] } });
    await makeUser(api, UserPoolId, "bob@example.com", {
      password: PASSWORD,
      attributes: { email: "bob@example.com", name: "Bob Bobson" },
    });
    const { user } = await startRegistration(await token("bob@example.com"));
    expect(user).toMatchObject({ name: "bob@example.com", displayName: "Bob Bobson" });
  });

  describe.each(ALGORITHMS)("with %s", (_, algorithm) => {
    it.each(["none", "packed"] as const)(
      "takes %s attestation and signs in with the passkey",
      async (attestation) => {
        const { register, ask, prove } = await prepared();
        const authenticator = new VirtualAuthenticator(algorithm);
        expect(await register(authenticator, { attestation })).toEqual({});
        const { options, Session } = await ask();
        const done = await prove(Session, authenticator.get(options));
        expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
        expect(claimsOf(done.AuthenticationResult?.IdToken)["cognito:username"]).toBe("alice");
      },
    );
  });

  it("takes pages below the relying party's domain, on any port", async () => {
    const { register } = await prepared();
    for (const origin of ["https://example.com", "https://login.example.com:8443"])
      await register(new VirtualAuthenticator(), { origin });
  });

  it("takes pages of localhost without https, for the relying party localhost only", async () => {
    const local = await prepared({ webAuthn: { RelyingPartyId: "localhost" } });
    await local.register(new VirtualAuthenticator(), { origin: "http://localhost:5173" });
    const { register } = await prepared();
    expect(await refusal(register(new VirtualAuthenticator(), { origin: "http://localhost:5173" }))).toMatch(
      /^WebAuthnOriginNotAllowedException/,
    );
  });

  it.each<[string, string, Ceremony]>([
    ["another site", "WebAuthnOriginNotAllowedException", { origin: "https://example.org" }],
    [
      "a site that only ends like ours",
      "WebAuthnOriginNotAllowedException",
      { origin: "https://evilexample.com" },
    ],
    [
      "a site that begins like ours",
      "WebAuthnOriginNotAllowedException",
      { origin: "https://example.com.evil.org" },
    ],
    ["a page without https", "WebAuthnOriginNotAllowedException", { origin: "http://example.com" }],
    ["an origin with a path", "WebAuthnOriginNotAllowedException", { origin: "https://example.com/" }],
    ["an origin with a user", "WebAuthnOriginNotAllowedException", { origin: "https://a@example.com" }],
    ["no origin", "WebAuthnOriginNotAllowedException", { origin: "null" }],
    [
      "a frame in another site",
      "WebAuthnOriginNotAllowedException",
      { crossOrigin: true, topOrigin: "https://evil.org" },
    ],
    ["another relying party", "WebAuthnRelyingPartyMismatchException", { rpId: "login.example.com" }],
    ["the answer to a sign-in", "InvalidParameterException", { type: "webauthn.get" }],
    ["another challenge", "WebAuthnChallengeNotFoundException", { challenge: "A".repeat(43) }],
    ["nobody present", "WebAuthnCredentialNotSupportedException", { flags: FLAGS.UV }],
    [
      "a signature changed on the way",
      "WebAuthnCredentialNotSupportedException",
      { attestation: "packed", tamper: true },
    ],
    ["an attestation nobody asked for", "WebAuthnCredentialNotSupportedException", { attestation: "tpm" }],
    ["a copy without an original", "InvalidParameterException", { flags: FLAGS.UP | FLAGS.BS }],
    ["bytes after the attestation", "InvalidParameterException", { tail: Buffer.of(0) }],
  ])("refuses %s", async (_, code, ceremony) => {
    const { register, token } = await prepared();
    const answer = await refusal(register(new VirtualAuthenticator(), ceremony));
    expect(answer.split(":")[0]).toBe(code);
    const { Credentials } = await api("ListWebAuthnCredentials", { AccessToken: await token() });
    expect(Credentials).toEqual([]);
  });

  it("refuses an authenticator that does not verify its user where that is required", async () => {
    const { register } = await prepared({ webAuthn: { RelyingPartyId: RP, UserVerification: "required" } });
    expect(await refusal(register(new VirtualAuthenticator(), { flags: FLAGS.UP }))).toMatch(
      /^WebAuthnCredentialNotSupportedException/,
    );
    await register(new VirtualAuthenticator(), { flags: FLAGS.UP | FLAGS.UV });
  });

  it.each<[string, (credential: ReturnType<VirtualAuthenticator["create"]>) => unknown]>([
    ["no object", () => "credential"],
    ["nothing in it", () => ({})],
    ["another type", (credential) => ({ ...credential, type: "password" })],
    ["two ids", (credential) => ({ ...credential, rawId: "AAAA" })],
    ["an id that is not the attested one", (credential) => ({ ...credential, id: "AAAA", rawId: "AAAA" })],
    ["no response", (credential) => ({ ...credential, response: null })],
    [
      "no JSON for client data",
      (credential) => ({ ...credential, response: { ...credential.response, clientDataJSON: "AAAA" } }),
    ],
    [
      "an empty attestation",
      (credential) => ({ ...credential, response: { ...credential.response, attestationObject: "" } }),
    ],
    [
      "an attestation cut short",
      (credential) => ({
        ...credential,
        response: {
          ...credential.response,
          attestationObject: credential.response.attestationObject.slice(0, 120),
        },
      }),
    ],
    [
      "a number for an attestation",
      (credential) => ({ ...credential, response: { ...credential.response, attestationObject: "AQ" } }),
    ],
  ])("refuses a credential that has %s", async (_, change) => {
    const { token } = await prepared();
    const AccessToken = await token();
    const credential = new VirtualAuthenticator().create(await startRegistration(AccessToken));
    const Credential = change(credential) as Input<"CompleteWebAuthnRegistration">["Credential"];
    expect(await refusal(api("CompleteWebAuthnRegistration", { AccessToken, Credential }))).toBe(
      "InvalidParameterException: Invalid credential.",
    );
  });

  it("takes one answer to a challenge, of twenty at once too", async () => {
    const { token } = await prepared();
    const AccessToken = await token();
    const Credential = new VirtualAuthenticator().create(await startRegistration(AccessToken));
    const complete = () => api("CompleteWebAuthnRegistration", { AccessToken, Credential });
    expect(await race(Array.from({ length: 20 }, complete))).toEqual({
      won: 1,
      refusals: ["WebAuthnChallengeNotFoundException: The challenge is not found or has expired."],
    });
    expect((await api("ListWebAuthnCredentials", { AccessToken })).Credentials).toHaveLength(1);
  });

  it("ends with the next one that begins, and with its time", async () => {
    const { token } = await prepared();
    const AccessToken = await token();
    const complete = (options: CreationOptions) =>
      api("CompleteWebAuthnRegistration", {
        AccessToken,
        Credential: new VirtualAuthenticator().create(options),
      });
    const early = await startRegistration(AccessToken);
    const late = await startRegistration(AccessToken);
    expect(await refusal(complete(early))).toMatch(/^WebAuthnChallengeNotFoundException/);
    await world.advanceSeconds(181);
    expect(await refusal(complete(late))).toMatch(/^WebAuthnChallengeNotFoundException/);
  });

  it("belongs to the client that began it", async () => {
    const { UserPoolId, token } = await prepared();
    const other = await makeClient(api, UserPoolId);
    const { AuthenticationResult } = await api("InitiateAuth", {
      ClientId: other.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "alice", PASSWORD },
    });
    const Credential = new VirtualAuthenticator().create(await startRegistration(await token()));
    const complete = api("CompleteWebAuthnRegistration", {
      AccessToken: AuthenticationResult?.AccessToken ?? "",
      Credential,
    });
    expect(await refusal(complete)).toMatch(/^WebAuthnClientMismatchException/);
  });

  it("belongs to the user who began it", async () => {
    const { UserPoolId, token } = await prepared();
    await makeUser(api, UserPoolId, "mallory", { password: PASSWORD });
    const Credential = new VirtualAuthenticator().create(await startRegistration(await token()));
    const complete = api("CompleteWebAuthnRegistration", { AccessToken: await token("mallory"), Credential });
    expect(await refusal(complete)).toMatch(/^WebAuthnChallengeNotFoundException/);
  });

  it("takes a credential that another user of the pool has for nobody else", async () => {
    const { UserPoolId, register } = await prepared();
    await makeUser(api, UserPoolId, "mallory", { password: PASSWORD });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    expect(await refusal(register(authenticator, {}, "mallory"))).toBe(
      "InvalidParameterException: Invalid credential.",
    );
  });

  it("needs WEB_AUTHN among the pool's first factors, and a relying party", async () => {
    const without = await prepared({ pool: { Policies: {} } });
    const AccessToken = await without.token();
    const notEnabled = "WebAuthnNotEnabledException: WebAuthn is not enabled for this userpool";
    expect(await refusal(api("StartWebAuthnRegistration", { AccessToken }))).toBe(notEnabled);
    expect(await refusal(api("CompleteWebAuthnRegistration", { AccessToken, Credential: {} }))).toBe(
      notEnabled,
    );
    const nowhere = await prepared({ webAuthn: null });
    expect(await refusal(startRegistration(await nowhere.token()))).toMatch(
      /^WebAuthnConfigurationMissingException/,
    );
  });

  it("stops at twenty passkeys", async () => {
    const { register, token } = await prepared();
    for (let n = 0; n < 20; n++) await register(new VirtualAuthenticator());
    expect(await refusal(startRegistration(await token()))).toMatch(/^LimitExceededException/);
  });

  it("is over for a user who is gone", async () => {
    const { UserPoolId, token } = await prepared();
    const AccessToken = await token();
    await api("AdminDeleteUser", { UserPoolId, Username: "alice" });
    for (const call of [
      api("StartWebAuthnRegistration", { AccessToken }),
      api("CompleteWebAuthnRegistration", { AccessToken, Credential: {} }),
      api("ListWebAuthnCredentials", { AccessToken }),
      api("DeleteWebAuthnCredential", { AccessToken, CredentialId: "x" }),
    ])
      expect(await refusal(call)).toBe("NotAuthorizedException: Access Token has been revoked");
  });
});

describe("a user's passkeys", () => {
  it("are listed with what is known of them, page by page, and kept from being registered twice", async () => {
    const { register, token } = await prepared();
    const authenticators = [1, 2, 3].map(() => new VirtualAuthenticator());
    for (const authenticator of authenticators) {
      await register(authenticator);
      await world.advanceSeconds(1);
    }
    const ids = authenticators.map(({ id }) => id.toString("base64url"));
    const AccessToken = await token();
    const page = await api("ListWebAuthnCredentials", { AccessToken, MaxResults: 2 });
    expect(page.Credentials[0]).toEqual({
      CredentialId: ids[0],
      FriendlyCredentialName: "Passkey",
      RelyingPartyId: RP,
      AuthenticatorAttachment: "platform",
      AuthenticatorTransports: ["internal", "hybrid"],
      CreatedAt: expect.any(Number),
    });
    const { NextToken } = page;
    const rest = await api("ListWebAuthnCredentials", { AccessToken, MaxResults: 2, NextToken });
    expect([...page.Credentials, ...rest.Credentials].map(({ CredentialId }) => CredentialId)).toEqual(ids);
    expect(rest.NextToken).toBeUndefined();
    const { excludeCredentials } = await startRegistration(AccessToken);
    expect(excludeCredentials).toEqual(ids.map((id) => ({ id, type: "public-key" })));
  });

  it("are deleted by their own user, and sign nobody in after that", async () => {
    const { UserPoolId, register, token, ask, prove, begin } = await prepared();
    await makeUser(api, UserPoolId, "mallory", { password: PASSWORD });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    const { options, Session } = await ask();
    const CredentialId = authenticator.id.toString("base64url");
    const remove = async (username: string) =>
      api("DeleteWebAuthnCredential", { AccessToken: await token(username), CredentialId });
    expect(await refusal(remove("mallory"))).toMatch(/^ResourceNotFoundException/);
    expect(await remove("alice")).toEqual({});
    expect(await refusal(remove("alice"))).toMatch(/^ResourceNotFoundException/);
    expect(await refusal(prove(Session, authenticator.get(options)))).toBe(REFUSED);
    expect((await begin()).AvailableChallenges).not.toContain("WEB_AUTHN");
  });

  it("do not answer for another relying party when the pool changes its own", async () => {
    const { register, begin, configure } = await prepared();
    await register(new VirtualAuthenticator());
    await configure({ WebAuthnConfiguration: { RelyingPartyId: "other.example" } });
    expect((await begin()).AvailableChallenges).not.toContain("WEB_AUTHN");
    await configure({ WebAuthnConfiguration: { RelyingPartyId: RP } });
    expect((await begin()).AvailableChallenges).toContain("WEB_AUTHN");
  });

  it("are among what GetUserAuthFactors shows", async () => {
    const { register, token } = await prepared();
    const AccessToken = await token();
    expect(await api("GetUserAuthFactors", { AccessToken })).toEqual({
      Username: "alice",
      ConfiguredUserAuthFactors: ["PASSWORD", "EMAIL_OTP"],
    });
    await register(new VirtualAuthenticator());
    expect((await api("GetUserAuthFactors", { AccessToken })).ConfiguredUserAuthFactors).toEqual([
      "PASSWORD",
      "EMAIL_OTP",
      "WEB_AUTHN",
    ]);
  });
});

describe("a sign-in by passkey", () => {
  async function withPasskey(settings: Settings = {}, algorithm: Algorithm = ES256) {
    const scene = await prepared(settings);
    const authenticator = new VirtualAuthenticator(algorithm);
    await scene.register(authenticator);
    return { ...scene, authenticator };
  }

  it("stands last among the choices, and gives the browser what it needs", async () => {
    const { begin, ask, answer, prove, authenticator } = await withPasskey();
    const AvailableChallenges = ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "WEB_AUTHN"];
    const choice = await begin();
    expect(choice).toMatchObject({ ChallengeName: "SELECT_CHALLENGE", AvailableChallenges });
    const chosen = await answer("SELECT_CHALLENGE", choice.Session, { ANSWER: "WEB_AUTHN" });
    expect(chosen).toMatchObject({ ChallengeName: "WEB_AUTHN", AvailableChallenges });
    const options = JSON.parse(chosen.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
    expect(options).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      timeout: 180_000,
      rpId: RP,
      allowCredentials: [
        {
          type: "public-key",
          id: authenticator.id.toString("base64url"),
          transports: ["internal", "hybrid"],
        },
      ],
      userVerification: "preferred",
    });
    expect((await prove(chosen.Session, authenticator.get(options))).AuthenticationResult).toBeTruthy();
    expect((await ask()).options.challenge).not.toBe(options.challenge);
  });

  it("begins at once for a user who has nothing else", async () => {
    const { UserPoolId, begin, answer, prove } = await prepared();
    const UserAttributes = [{ Name: "email", Value: "bob@example.com" }];
    await api("AdminCreateUser", { UserPoolId, Username: "bob", UserAttributes, MessageAction: "SUPPRESS" });
    const { Session } = await begin({}, "bob");
    const [{ code } = { code: "" }] = await world.inbox({ userPoolId: UserPoolId, username: "bob" });
    const byCode = await answer("EMAIL_OTP", Session, { EMAIL_OTP_CODE: code }, "bob");
    const AccessToken = byCode.AuthenticationResult?.AccessToken ?? "";
    const authenticator = new VirtualAuthenticator();
    const Credential = authenticator.create(await startRegistration(AccessToken));
    await api("CompleteWebAuthnRegistration", { AccessToken, Credential });
    await api("UpdateUserPool", {
      UserPoolId,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
    });
    const challenge = await begin({}, "bob");
    expect(challenge).toMatchObject({ ChallengeName: "WEB_AUTHN", AvailableChallenges: ["WEB_AUTHN"] });
    const options = JSON.parse(challenge.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
    const done = await prove(challenge.Session, authenticator.get(options), "bob");
    expect(done.AuthenticationResult?.RefreshToken).toBeTruthy();
  });

  it("works for a client with a secret", async () => {
    const { ask, prove, authenticator } = await withPasskey({ client: { GenerateSecret: true } });
    const { options, Session } = await ask();
    expect((await prove(Session, authenticator.get(options))).AuthenticationResult).toBeTruthy();
  });

  it("works for an administrator's backend", async () => {
    const { UserPoolId, ClientId, authenticator } = await withPasskey();
    const AuthParameters = { USERNAME: "alice", PREFERRED_CHALLENGE: "WEB_AUTHN" };
    const begun = await api("AdminInitiateAuth", {
      UserPoolId,
      ClientId,
      AuthFlow: "USER_AUTH",
      AuthParameters,
    });
    const options = JSON.parse(begun.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
    const done = await api("AdminRespondToAuthChallenge", {
      UserPoolId,
      ClientId,
      ChallengeName: "WEB_AUTHN",
      Session: begun.Session,
      ChallengeResponses: { USERNAME: "alice", CREDENTIAL: JSON.stringify(authenticator.get(options)) },
    });
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
  });

  it.each<[string, Ceremony]>([
    ["another site", { origin: "https://example.org" }],
    ["a site that only ends like ours", { origin: "https://evilexample.com" }],
    ["a page without https", { origin: "http://example.com" }],
    ["a frame in another site", { crossOrigin: true, topOrigin: "https://evil.org" }],
    ["another relying party", { rpId: "example.org" }],
    ["the answer to a registration", { type: "webauthn.create" }],
    ["another challenge", { challenge: "A".repeat(43) }],
    ["nobody present", { flags: FLAGS.UV }],
    ["a changed counter under the signature", { tamper: true }],
    ["bytes after the authenticator data", { tail: Buffer.of(0) }],
    ["another user's handle", { userHandle: Buffer.from("mallory").toString("base64url") }],
    ["a key that became copyable", { flags: FLAGS.UP | FLAGS.UV | FLAGS.BE }],
  ])("refuses %s, and the right answer still counts", async (_, ceremony) => {
    const { ask, prove, authenticator } = await withPasskey();
    const { options, Session } = await ask();
    expect(await refusal(prove(Session, authenticator.get(options, ceremony)))).toBe(REFUSED);
    expect((await prove(Session, authenticator.get(options))).AuthenticationResult).toBeTruthy();
  });

  it("refuses an authenticator that does not verify its user where that is required", async () => {
    const { ask, prove, authenticator } = await withPasskey({
      webAuthn: { RelyingPartyId: RP, UserVerification: "required" },
    });
    const { options, Session } = await ask();
    expect(options.userVerification).toBe("required");
    expect(await refusal(prove(Session, authenticator.get(options, { flags: FLAGS.UP })))).toBe(REFUSED);
  });

  it.each(ALGORITHMS)("refuses another key behind the right id, with %s", async (_, algorithm) => {
    const { ask, prove, authenticator } = await withPasskey({}, algorithm);
    const { options, Session } = await ask();
    const forged = {
      ...new VirtualAuthenticator(algorithm).get(options),
      id: authenticator.id.toString("base64url"),
      rawId: authenticator.id.toString("base64url"),
    };
    const userHandle = authenticator.get(options).response.userHandle;
    const response = { ...forged.response, userHandle };
    expect(await refusal(prove(Session, { ...forged, response }))).toBe(REFUSED);
  });

  it("refuses the passkey of another user", async () => {
    const { UserPoolId, ask, prove, register } = await withPasskey();
    await makeUser(api, UserPoolId, "mallory", { password: PASSWORD });
    const foreign = new VirtualAuthenticator();
    await register(foreign, {}, "mallory");
    const { options, Session } = await ask();
    expect(await refusal(prove(Session, foreign.get(options)))).toBe(REFUSED);
    const own = await ask("mallory");
    expect(await refusal(prove(own.Session, foreign.get(own.options), "alice"))).toBe(
      "NotAuthorizedException: Invalid session for the user.",
    );
  });

  it("takes what it cannot read for what it is", async () => {
    const { ask, answer } = await withPasskey();
    const { Session } = await ask();
    const sent = (more: Record<string, string>) => refusal(answer("WEB_AUTHN", Session, more));
    expect(await sent({})).toBe("InvalidParameterException: Missing required parameter CREDENTIAL");
    expect(await sent({ CREDENTIAL: "{" })).toBe(
      "InvalidParameterException: CREDENTIAL is not a JSON object.",
    );
    for (const CREDENTIAL of ["null", "[]", "{}", '"x"', '{"id":"AAAA","rawId":"AAAA","type":"public-key"}'])
      expect(await sent({ CREDENTIAL })).toBe(REFUSED);
  });

  it("takes an answer to its own challenge only, and once", async () => {
    const { ask, prove, authenticator } = await withPasskey();
    const first = await ask();
    const second = await ask();
    const credential = authenticator.get(first.options);
    expect(await refusal(prove(second.Session, credential))).toBe(REFUSED);
    await prove(first.Session, credential);
    expect(await refusal(prove(first.Session, credential))).toBe(
      "NotAuthorizedException: Invalid session for the user, session can only be used once.",
    );
    expect(await refusal(prove((await ask()).Session, credential))).toBe(REFUSED);
  });

  it("lets one of twenty equal answers win", async () => {
    const { ask, prove, authenticator } = await withPasskey();
    const { options, Session } = await ask();
    const credential = authenticator.get(options);
    const { won } = await race(Array.from({ length: 20 }, () => prove(Session, credential)));
    expect(won).toBe(1);
  });

  it("expires with its session", async () => {
    const { ask, prove, authenticator } = await withPasskey();
    const { options, Session } = await ask();
    await world.advanceSeconds(181);
    expect(await refusal(prove(Session, authenticator.get(options)))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("refuses and reports a counter that stands still or goes back, as that of a copy does", async () => {
    const { UserPoolId, ClientId, ask, prove, authenticator } = await withPasskey();
    const attempt = async (counter: number) => {
      const { options, Session } = await ask();
      return prove(Session, authenticator.get(options, { counter }));
    };
    const warn = vi.spyOn(world.server.services.logger, "warn");
    expect((await attempt(7)).AuthenticationResult).toBeTruthy();
    expect(warn).not.toHaveBeenCalled();
    expect(await refusal(attempt(7))).toBe(REFUSED);
    expect(await refusal(attempt(6))).toBe(REFUSED);
    expect(await refusal(attempt(0))).toBe(REFUSED);
    expect(warn).toHaveBeenCalledTimes(3);
    expect(warn).toHaveBeenLastCalledWith("The counter of a passkey went back: there may be a copy of it", {
      userPoolId: UserPoolId,
      clientId: ClientId,
    });
    warn.mockRestore();
    expect((await attempt(4_294_967_295)).AuthenticationResult).toBeTruthy();
  });

  it("lets one of twenty answers with the same counter win, each in a session of its own", async () => {
    const { ask, prove, authenticator } = await withPasskey();
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const answers = asked.map(({ options, Session }) =>
      prove(Session, authenticator.get(options, { counter: 9 })),
    );
    expect(await race(answers)).toEqual({ won: 1, refusals: [REFUSED] });
  });

  it("takes passkeys that do not count, as those that are synchronised", async () => {
    const scene = await prepared();
    const authenticator = new VirtualAuthenticator(ES256, "does not count");
    const flags = FLAGS.UP | FLAGS.UV | FLAGS.BE | FLAGS.BS;
    await scene.register(authenticator, { flags });
    for (let n = 0; n < 2; n++) {
      const { options, Session } = await scene.ask();
      const done = await scene.prove(Session, authenticator.get(options, { flags }));
      expect(done.AuthenticationResult).toBeTruthy();
    }
  });

  it("gives nothing to someone who was disabled meanwhile, or owes a new password", async () => {
    const { UserPoolId, ask, prove, authenticator } = await withPasskey();
    const { options, Session } = await ask();
    await api("AdminSetUserPassword", { UserPoolId, Username: "alice", Password: "Temporary-1!" });
    expect(await refusal(prove(Session, authenticator.get(options)))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    await api("AdminDisableUser", { UserPoolId, Username: "alice" });
    expect(await refusal(prove(Session, authenticator.get(options)))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
  });

  it("stays open to whoever has the passkey while a stranger has locked the password", async () => {
    const { ClientId, ask, prove, authenticator, answer, begin } = await withPasskey();
    const guess = () =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "alice", PASSWORD: "Wrong-Guess-1" },
      });
    for (let n = 0; n < 5; n++) await refusal(guess());
    const { options, Session } = await ask();
    const password = await begin({ PREFERRED_CHALLENGE: "PASSWORD" });
    expect(await refusal(answer("PASSWORD", password.Session, { PASSWORD }))).toBe(
      "NotAuthorizedException: Password attempts exceeded",
    );
    expect((await prove(Session, authenticator.get(options))).AuthenticationResult).toBeTruthy();
  });
});

describe("passkeys and MFA", () => {
  const EMAIL_MFA = { EmailMfaConfiguration: {} };
  const pool = {
    EmailConfiguration: OWN_SENDER,
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD" as const, "WEB_AUTHN" as const] } },
  };
  const TWO_FACTORS: WebAuthn = {
    RelyingPartyId: RP,
    FactorConfiguration: "MULTI_FACTOR_WITH_USER_VERIFICATION",
  };

  it("are no way in where MFA is on and a passkey is one factor", async () => {
    const { register, begin, ask, prove, configure } = await prepared({ pool });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    const { options, Session } = await ask();
    await configure({ MfaConfiguration: "ON", ...EMAIL_MFA, WebAuthnConfiguration: { RelyingPartyId: RP } });
    expect((await begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" })).AvailableChallenges).toEqual([
      "PASSWORD_SRP",
      "PASSWORD",
    ]);
    expect(await refusal(prove(Session, authenticator.get(options)))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("are a way in where they count as two factors, if the authenticator verified the user", async () => {
    const { register, begin, ask, prove, configure } = await prepared({ pool });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    await configure({ MfaConfiguration: "ON", ...EMAIL_MFA, WebAuthnConfiguration: TWO_FACTORS });
    expect((await begin()).AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]);
    const { options, Session } = await ask();
    expect(options.userVerification).toBe("required");
    expect(await refusal(prove(Session, authenticator.get(options, { flags: FLAGS.UP })))).toBe(REFUSED);
    expect((await prove(Session, authenticator.get(options))).AuthenticationResult).toBeTruthy();
  });

  it("are the same for a user who turned a factor on where MFA is optional", async () => {
    const { UserPoolId, register, begin, ask, prove, configure } = await prepared({ pool });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    await configure({
      MfaConfiguration: "OPTIONAL",
      ...EMAIL_MFA,
      WebAuthnConfiguration: { RelyingPartyId: RP },
    });
    expect((await begin()).AvailableChallenges).toContain("WEB_AUTHN");
    const EmailMfaSettings = { Enabled: true, PreferredMfa: true };
    await api("AdminSetUserMFAPreference", { UserPoolId, Username: "alice", EmailMfaSettings });
    expect((await begin()).AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD"]);
    await configure({ MfaConfiguration: "OPTIONAL", ...EMAIL_MFA, WebAuthnConfiguration: TWO_FACTORS });
    const { options, Session } = await ask();
    const done = await prove(Session, authenticator.get(options));
    expect(
      await api("GetUserAuthFactors", { AccessToken: done.AuthenticationResult?.AccessToken ?? "" }),
    ).toEqual({
      Username: "alice",
      PreferredMfaSetting: "EMAIL_OTP",
      UserMFASettingList: ["EMAIL_OTP"],
      ConfiguredUserAuthFactors: ["PASSWORD", "WEB_AUTHN"],
    });
  });
});

describe("a name that no user has", () => {
  it("is told apart from users by no answer, where the client hides who exists", async () => {
    const { begin, prove, register } = await prepared({ client: { PreventUserExistenceErrors: "ENABLED" } });
    const authenticator = new VirtualAuthenticator();
    await register(authenticator);
    const preferred = { PREFERRED_CHALLENGE: "WEB_AUTHN" };
    const names = Array.from({ length: 40 }, (_, n) => `nobody${n}@example.org`);
    const answers = await Promise.all(names.map((name) => begin(preferred, name)));
    const again = await Promise.all(names.map((name) => begin(preferred, name)));
    const kinds = answers.map(({ ChallengeName }) => ChallengeName);
    expect(new Set(kinds)).toEqual(new Set(["WEB_AUTHN", "SELECT_CHALLENGE"]));
    expect(again.map(({ ChallengeName }) => ChallengeName)).toEqual(kinds);
    const n = kinds.indexOf("WEB_AUTHN");
    const optionsOf = (answer: (typeof answers)[number] | undefined) =>
      JSON.parse(answer?.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
    const [one, other] = [optionsOf(answers[n]), optionsOf(again[n])];
    expect(one.challenge).not.toBe(other.challenge);
    expect({ ...one, challenge: "" }).toEqual({ ...other, challenge: "" });
    expect(one).toMatchObject({
      rpId: RP,
      allowCredentials: [{ type: "public-key", id: expect.stringMatching(/^[\w-]{27}$/) }],
    });
    const forged = {
      ...authenticator.get(one),
      id: one.allowCredentials[0].id,
      rawId: one.allowCredentials[0].id,
    };
    for (const credential of [forged, authenticator.get(one)])
      expect(await refusal(prove(answers[n]?.Session, credential, names[n]))).toBe(REFUSED);
  });

  it("is not found where the client does not hide it", async () => {
    const { begin } = await prepared({ client: { PreventUserExistenceErrors: "LEGACY" } });
    expect(await refusal(begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" }, "nobody"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });
});
