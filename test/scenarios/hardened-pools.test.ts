import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../src/config/config.ts";
import type { Explanation } from "../../src/domain/explanation/index.ts";
import { DAY } from "../../src/runtime/clock.ts";
import { apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { DeviceSide } from "../support/device-side.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, scene } from "../support/scene.ts";
import {
  type CreationOptions,
  type RequestOptions,
  VirtualAuthenticator,
} from "../support/virtual-authenticator.ts";
import { startWorld, type World } from "../support/world.ts";

const WRONG = "NotAuthorizedException: Incorrect username or password.";
const STOPPED = "NotAuthorizedException: Password attempts exceeded";
const EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const EMAIL = { email: "ana@example.com", email_verified: "true" };
const TEN_MINUTES = 600;
const LONGEST_LOCK = 900;

describe("a hardened pool", () => {
  let world: World;
  let standard: World;
  beforeAll(async () => {
    world = await startWorld({ pools: { "*": { profile: "hardened" } } });
    standard = await startWorld({ pools: { "us-east-1_SomeOther": { profile: "hardened" } } });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await closeWithinModel(standard);
  });

  const guess = (place: Scene, name: string, password = "Wrong-Horse-9") =>
    refusal(place.signIn(name, password));
  /** Wrong passwords that are all looked at: each lock is waited out. */
  async function fail(place: Scene, name: string, times: number, at: World = world) {
    for (let count = 0; count < times; count++) {
      expect([count, await guess(place, name)]).toEqual([count, WRONG]);
      await at.advanceSeconds(LONGEST_LOCK);
    }
  }

  describe("codes", () => {
    it.each([
      ["of a forgotten password live ten minutes", () => world, "hardened"],
      ["of a forgotten password live an hour in any other pool", () => standard, "standard"],
    ] as const)("%s", async (_, worldOf, profile) => {
      const place = await scene(worldOf(), { AutoVerifiedAttributes: ["email"] });
      await place.user("ana", EMAIL);
      const { api, ClientId } = place;
      const confirm = async (Password: string) =>
        api("ConfirmForgotPassword", {
          ClientId,
          Username: "ana",
          ConfirmationCode: await place.code(EMAIL.email),
          Password,
        });
      await api("ForgotPassword", { ClientId, Username: "ana" });
      await worldOf().advanceSeconds(TEN_MINUTES - 5);
      await confirm(OTHER_PASSWORD);
      await api("ForgotPassword", { ClientId, Username: "ana" });
      await worldOf().advanceSeconds(TEN_MINUTES + 5);
      if (profile === "standard") await confirm(`${OTHER_PASSWORD}x`);
      else expect(await refusal(confirm(`${OTHER_PASSWORD}x`))).toBe(EXPIRED);
    });

    it("of a name that no user has seem to live as long", async () => {
      const place = await scene(
        world,
        { AutoVerifiedAttributes: ["email"] },
        { PreventUserExistenceErrors: "ENABLED" },
      );
      const { api, ClientId } = place;
      await place.user("ana", EMAIL);
      const confirm = (Username: string) =>
        refusal(
          api("ConfirmForgotPassword", {
            ClientId,
            Username,
            ConfirmationCode: "000000",
            Password: OTHER_PASSWORD,
          }),
        );
      for (const Username of ["ana", "nobody"]) await api("ForgotPassword", { ClientId, Username });
      const before = [await confirm("ana"), await confirm("nobody")];
      await world.advanceSeconds(TEN_MINUTES + 5);
      const after = [await confirm("ana"), await confirm("nobody")];
      expect([before[0], after[0]]).toEqual([before[1], after[1]]);
      expect(before[0]).not.toBe(after[0]);
    });

    it("of sign-up and of attributes live ten minutes too", async () => {
      const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
      const { api, ClientId } = place;
      const UserAttributes = [{ Name: "email", Value: "new@example.com" }];
      await api("SignUp", { ClientId, Username: "new", Password: PASSWORD, UserAttributes });
      const ConfirmationCode = await place.code("new@example.com");
      await world.advanceSeconds(TEN_MINUTES + 5);
      expect(await refusal(api("ConfirmSignUp", { ClientId, Username: "new", ConfirmationCode }))).toBe(
        EXPIRED,
      );
      await place.user("ana", { email: EMAIL.email });
      const { AccessToken } = await place.tokens("ana");
      await api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" });
      const Code = await place.code(EMAIL.email);
      await world.advanceSeconds(TEN_MINUTES + 5);
      expect(await refusal(api("VerifyUserAttribute", { AccessToken, AttributeName: "email", Code }))).toBe(
        EXPIRED,
      );
    });

    it.each([
      ["of a second factor live ten minutes, though the client allows fifteen", () => world, "hardened"],
      ["of a second factor live as the client says in any other pool", () => standard, "standard"],
    ] as const)("%s", async (_, worldOf, profile) => {
      const place = await scene(worldOf(), { EmailConfiguration: OWN_SENDER }, { AuthSessionValidity: 15 });
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        EmailMfaConfiguration: {},
      });
      await place.user("ana", EMAIL);
      const answered = async (waits: number) => {
        const { Session } = await place.signIn("ana");
        const code = await place.code(EMAIL.email);
        await worldOf().advanceSeconds(waits);
        return place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
      };
      expect((await answered(TEN_MINUTES - 5)).AuthenticationResult).toBeDefined();
      if (profile === "standard") await answered(TEN_MINUTES + 5);
      else
        expect(await refusal(answered(TEN_MINUTES + 5))).toContain("NotAuthorizedException: Invalid session");
    });
  });

  describe("a hundred failures in a row", () => {
    it("stop a user, however much time passes between and after, and a name that no user has alike", async () => {
      const place = await scene(world, {}, { PreventUserExistenceErrors: "ENABLED" });
      await place.user("ana");
      await fail(place, "ana", 50);
      await world.advanceSeconds((30 * DAY) / 1000);
      const { store, clock } = world.server.services;
      await store.removeExpired(clock.now());
      await fail(place, "ana", 50);
      await fail(place, "nobody", 100);
      for (const name of ["ana", "nobody"]) expect(await guess(place, name, PASSWORD)).toBe(STOPPED);
      await world.advanceSeconds((30 * DAY) / 1000);
      await store.removeExpired(clock.now());
      expect(await guess(place, "ana", PASSWORD)).toBe(STOPPED);
    });

    it("are not reached by 99, and begin anew after a success", async () => {
      const place = await scene(world);
      await place.user("ana");
      await fail(place, "ana", 99);
      await place.tokens("ana");
      await fail(place, "ana", 99);
      await place.tokens("ana");
    });

    it("are not made of right passwords that lead to a challenge, nor of those of a disabled user", async () => {
      const place = await scene(world);
      const { api, UserPoolId } = place;
      await place.invited("ana");
      await place.user("ben");
      await api("AdminDisableUser", { UserPoolId, Username: "ben" });
      for (let count = 0; count < 101; count++) {
        expect((await place.signIn("ana")).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
        expect(await guess(place, "ben", PASSWORD)).toBe("NotAuthorizedException: User is disabled.");
      }
    });

    it("are what ExplainUser says of who cannot sign in", async () => {
      const place = await scene(world);
      await place.user("ana");
      await fail(place, "ana", 100);
      const explained = async () => {
        const response = await fetch(world.url, {
          method: "POST",
          headers: {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "CognateService.ExplainUser",
          },
          body: JSON.stringify({ UserPoolId: place.UserPoolId, Username: "ana" }),
        });
        return (await response.json()) as Explanation;
      };
      const { Obstacles } = await explained();
      const [stop] = Obstacles.filter(({ Reason }) => Reason === "LOCKED");
      expect(stop).toMatchObject({
        Blocks: true,
        Explanation: expect.stringContaining("A hundred sign-ins"),
      });
      expect(stop).not.toHaveProperty("Until");
      expect(JSON.stringify(stop?.Commands)).toContain("admin-set-user-password");
      await place.api("AdminSetUserPassword", {
        UserPoolId: place.UserPoolId,
        Username: "ana",
        Password: PASSWORD,
        Permanent: true,
      });
      expect((await explained()).Obstacles).toEqual([]);
    });

    it("do not stop a user of any other pool", async () => {
      const place = await scene(standard);
      await place.user("ana");
      await fail(place, "ana", 101, standard);
      await place.tokens("ana");
    });

    it("hold until the password is set anew: by the user with a code, or by an administrator", async () => {
      const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
      const { api, ClientId, UserPoolId } = place;
      await place.user("ana", EMAIL);
      await fail(place, "ana", 100);
      await api("ForgotPassword", { ClientId, Username: "ana" });
      const ConfirmationCode = await place.code(EMAIL.email);
      expect(await guess(place, "ana", PASSWORD)).toBe(STOPPED);
      await api("ConfirmForgotPassword", {
        ClientId,
        Username: "ana",
        ConfirmationCode,
        Password: OTHER_PASSWORD,
      });
      await place.tokens("ana", OTHER_PASSWORD);
      await fail(place, "ana", 100);
      expect(await guess(place, "ana", OTHER_PASSWORD)).toBe(STOPPED);
      await api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password: PASSWORD, Permanent: true });
      await place.tokens("ana");
    });

    it("count wrong second factors and wrong previous passwords as well", async () => {
      const place = await scene(world, { EmailConfiguration: OWN_SENDER });
      await place.user("ana", EMAIL);
      const { AccessToken } = await place.tokens("ana");
      const change = { AccessToken, PreviousPassword: "Wrong-Horse-9", ProposedPassword: OTHER_PASSWORD };
      expect(await refusal(place.api("ChangePassword", change))).toBe(WRONG);
      await fail(place, "ana", 98);
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        EmailMfaConfiguration: {},
      });
      const { Session } = await place.signIn("ana");
      const wrongCode = place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: "000000" });
      expect(await refusal(wrongCode)).toContain("CodeMismatchException");
      await world.advanceSeconds(LONGEST_LOCK);
      expect(await guess(place, "ana", PASSWORD)).toBe(STOPPED);
    });

    it("by a stranger do not keep out who has a passkey", async () => {
      const place = await scene(
        world,
        { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } } },
        { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
      );
      const { api, ClientId, UserPoolId } = place;
      await api("SetUserPoolMfaConfig", {
        UserPoolId,
        WebAuthnConfiguration: { RelyingPartyId: "example.com" },
      });
      await place.user("ana");
      const { AccessToken } = await place.tokens("ana");
      const authenticator = new VirtualAuthenticator();
      const { CredentialCreationOptions } = await api("StartWebAuthnRegistration", { AccessToken });
      const Credential = authenticator.create(
        CredentialCreationOptions as CreationOptions & Record<string, unknown>,
      );
      await api("CompleteWebAuthnRegistration", { AccessToken, Credential });
      await fail(place, "ana", 100);
      expect(await guess(place, "ana", PASSWORD)).toBe(STOPPED);
      const { Session, ChallengeParameters } = await api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "ana", PREFERRED_CHALLENGE: "WEB_AUTHN" },
      });
      const options: RequestOptions = JSON.parse(ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? "");
      const CREDENTIAL = JSON.stringify(authenticator.get(options));
      const { AuthenticationResult } = await place.answer("WEB_AUTHN", Session, {
        USERNAME: "ana",
        CREDENTIAL,
      });
      expect(AuthenticationResult?.AccessToken).toBeDefined();
    });

    it("by a stranger do not keep out who has a remembered device, whose own failures stop it", async () => {
      const place = await scene(world, { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } });
      const { api, ClientId, UserPoolId } = place;
      await place.user("ana");
      const first = (await place.signIn("ana")).AuthenticationResult;
      const device = new DeviceSide(first);
      await api("ConfirmDevice", {
        AccessToken: first?.AccessToken ?? "",
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: device.secret,
      });
      const begin = (password: string) =>
        api("InitiateAuth", {
          ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "ana", PASSWORD: password, DEVICE_KEY: device.key },
        });
      const signIn = async () => {
        const asked = await begin(PASSWORD);
        const answers = { USERNAME: "ana", DEVICE_KEY: device.key, SRP_A: device.publicA };
        const verifier = await place.answer("DEVICE_SRP_AUTH", asked.Session, answers);
        return place.answer(
          "DEVICE_PASSWORD_VERIFIER",
          verifier.Session,
          device.proof(verifier.ChallengeParameters),
        );
      };
      await fail(place, "ana", 100);
      expect(await guess(place, "ana", PASSWORD)).toBe(STOPPED);
      expect((await signIn()).AuthenticationResult?.AccessToken).toBeDefined();
      // A success has ended the row for all.
      await place.tokens("ana");
      await fail(place, "ana", 100);
      for (let count = 0; count < 100; count++) {
        expect([count, await refusal(begin("Wrong-Horse-9"))]).toEqual([count, WRONG]);
        await world.advanceSeconds(LONGEST_LOCK);
      }
      expect(await refusal(begin(PASSWORD))).toBe(STOPPED);
      await api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password: PASSWORD, Permanent: true });
      expect((await signIn()).AuthenticationResult?.AccessToken).toBeDefined();
      const unknown = "us-east-1_00000000-0000-4000-8000-000000000000";
      await fail(place, "ana", 100);
      const claimed = api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ana", PASSWORD, DEVICE_KEY: unknown },
      });
      expect(await refusal(claimed)).toBe(STOPPED);
    });
  });
});

describe("which pools are hardened", () => {
  it("is the configuration's to say: by id, or all others by *", async () => {
    expect(parseConfig({ pools: { "us-east-1_AbCdEf123": { profile: "hardened" } } }).pools).toEqual({
      "us-east-1_AbCdEf123": { profile: "hardened" },
    });
    for (const pools of [
      { "no pool": { profile: "hardened" } },
      { "*": { profile: "strict" } },
      { "*": { tier: "x" } },
    ])
      expect(() => parseConfig({ pools: pools as never })).toThrow(ConfigError);
  });

  it("may leave one out of all", async () => {
    const first = await startWorld();
    const place = await scene(first);
    await place.user("ana");
    const { dataDir } = first;
    await first.server.close();
    const second = await startWorld({
      dataDir,
      pools: { "*": { profile: "hardened" }, [place.UserPoolId]: { profile: "standard" } },
    });
    const guess = () =>
      refusal(
        apiOf(second)("InitiateAuth", {
          ClientId: place.ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME: "ana", PASSWORD: "Wrong-Horse-9" },
        }),
      );
    for (let count = 0; count < 101; count++) {
      expect([count, await guess()]).toEqual([count, WRONG]);
      await second.advanceSeconds(LONGEST_LOCK);
    }
    await second.close();
  });
});
