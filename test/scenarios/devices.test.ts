import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceConfigurationType } from "../../src/api/generated/shapes.ts";
import { SRP_N, toJavaBytes } from "../../src/crypto/srp.ts";
import { claimsOf, race, refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { DeviceSide, SrpSide } from "../support/device-side.ts";
import { named, OWN_SENDER, type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const NO_DEVICE = "ResourceNotFoundException: Device does not exist.";
const WRONG_PROOF = "NotAuthorizedException: Incorrect username or password.";
const INVALID_REFRESH = "NotAuthorizedException: Invalid Refresh Token";
const UNKNOWN_KEY = "us-east-1_00000000-0000-4000-8000-000000000000";
const EMAIL = "alice@example.com";

/** A device replaces the second factor. */
const TRUSTED: DeviceConfigurationType = { ChallengeRequiredOnNewDevice: true };

describe("remembered devices", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  /** A pool that tracks devices, with the user alice. */
  async function prepared(DeviceConfiguration: DeviceConfigurationType = {}, withMfa = false) {
    const place = await scene(
      world,
      { DeviceConfiguration, ...(withMfa ? { EmailConfiguration: OWN_SENDER } : {}) },
      { EnableTokenRevocation: true },
    );
    await place.user("alice", { email: EMAIL, email_verified: "true" });
    if (withMfa)
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        EmailMfaConfiguration: {},
      });
    return place;
  }

  /** USER_PASSWORD_AUTH, naming a device. */
  const signIn = ({ api, ClientId }: Scene, DEVICE_KEY?: string, USERNAME = "alice") =>
    api("InitiateAuth", {
      ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME, PASSWORD, ...(DEVICE_KEY === undefined ? {} : { DEVICE_KEY }) },
    });

  /** Signs in with whatever the pool asks, without a device, and confirms the new one. */
  async function confirmed(place: Scene, username = "alice") {
    let answer = await signIn(place, undefined, username);
    if (answer.ChallengeName === "EMAIL_OTP")
      answer = await place.answer("EMAIL_OTP", answer.Session, {
        USERNAME: username,
        EMAIL_OTP_CODE: await place.code(EMAIL),
      });
    const result = answer.AuthenticationResult;
    const device = new DeviceSide(result);
    const AccessToken = result?.AccessToken ?? "";
    const confirmation = await place.api("ConfirmDevice", {
      AccessToken,
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: device.secret,
      DeviceName: "laptop",
    });
    return { device, AccessToken, RefreshToken: result?.RefreshToken ?? "", confirmation };
  }

  const deviceSrpAuth = (place: Scene, device: DeviceSide, Session: string | undefined) =>
    place.answer("DEVICE_SRP_AUTH", Session, {
      USERNAME: "alice",
      DEVICE_KEY: device.key,
      SRP_A: device.publicA,
    });

  /** Names the device and comes as far as DEVICE_PASSWORD_VERIFIER. */
  async function askedForProof(place: Scene, device: DeviceSide) {
    const challenge = await signIn(place, device.key);
    expect(challenge.ChallengeName).toBe("DEVICE_SRP_AUTH");
    return deviceSrpAuth(place, device, challenge.Session);
  }

  describe("a sign-in in a pool that tracks devices", () => {
    it("gives a new device with its keys, and the claim device_key in the access token only", async () => {
      const place = await prepared();
      const { AuthenticationResult: result } = await signIn(place);
      expect(result?.NewDeviceMetadata?.DeviceKey).toMatch(/^us-east-1_[0-9a-f-]{36}$/);
      expect(result?.NewDeviceMetadata?.DeviceGroupKey).toMatch(/^-[\w-]{8}$/);
      expect(claimsOf(result?.AccessToken).device_key).toBe(result?.NewDeviceMetadata?.DeviceKey);
      expect(claimsOf(result?.IdToken)).not.toHaveProperty("device_key");
    });

    it("gives a new device for a key in AuthParameters that is unknown or no key at all", async () => {
      const place = await prepared();
      for (const key of [UNKNOWN_KEY, "nonsense", "x".repeat(5_000)]) {
        const { AuthenticationResult: result } = await signIn(place, key);
        expect(result?.NewDeviceMetadata?.DeviceKey).toMatch(/^us-east-1_/);
        expect(result?.NewDeviceMetadata?.DeviceKey).not.toBe(key);
      }
    });

    it("by an administrator gives one too, and remembers the address in ContextData", async () => {
      const place = await prepared({ DeviceOnlyRememberedOnUserPrompt: true });
      const { device } = await confirmed(place);
      const { api, UserPoolId, ClientId } = place;
      const { AuthenticationResult: result } = await api("AdminInitiateAuth", {
        UserPoolId,
        ClientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "alice", PASSWORD, DEVICE_KEY: device.key },
        ContextData: { IpAddress: "192.0.2.7", ServerName: "s", ServerPath: "/", HttpHeaders: [] },
      });
      expect(result?.NewDeviceMetadata).toBeUndefined();
      expect(claimsOf(result?.AccessToken).device_key).toBe(device.key);
      const { Device } = await api("AdminGetDevice", {
        UserPoolId,
        Username: "alice",
        DeviceKey: device.key,
      });
      expect(named(Device.DeviceAttributes).last_ip_used).toBe("192.0.2.7");
    });

    it("gives neither in a pool without DeviceConfiguration, whatever key is sent", async () => {
      const place = await scene(world);
      await place.user("alice");
      const { AuthenticationResult: result } = await signIn(place, UNKNOWN_KEY);
      expect(result).not.toHaveProperty("NewDeviceMetadata");
      expect(claimsOf(result?.AccessToken)).not.toHaveProperty("device_key");
      const { AuthenticationResult: again } = await place.refresh(result?.RefreshToken ?? "");
      expect(again?.AccessToken).toBeTruthy();
    });
  });

  describe("a sign-in by SRP", () => {
    const withSrp = async () => {
      const place = await prepared(TRUSTED);
      const ExplicitAuthFlows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"] as const;
      return place.client({ ExplicitAuthFlows: [...ExplicitAuthFlows] });
    };

    async function srp({ api, UserPoolId, ClientId }: Scene, DEVICE_KEY?: string) {
      const side = new SrpSide({ group: UserPoolId.split("_")[1] ?? "", name: "alice" }, PASSWORD);
      const challenge = await api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: {
          USERNAME: "alice",
          SRP_A: side.publicA,
          ...(DEVICE_KEY === undefined ? {} : { DEVICE_KEY }),
        },
      });
      return (deviceKey?: string, password?: string) =>
        api("RespondToAuthChallenge", {
          ClientId,
          ChallengeName: "PASSWORD_VERIFIER",
          ChallengeResponses: {
            ...side.proof(challenge.ChallengeParameters, password),
            ...(deviceKey === undefined ? {} : { DEVICE_KEY: deviceKey }),
          },
        });
    }

    it("is of the device named in PASSWORD_VERIFIER, or before it in InitiateAuth", async () => {
      const place = await withSrp();
      const { device } = await confirmed(place);
      expect((await (await srp(place))(device.key)).ChallengeName).toBe("DEVICE_SRP_AUTH");
      expect((await (await srp(place, device.key))()).ChallengeName).toBe("DEVICE_SRP_AUTH");
    });

    it("tells of an unknown device once the password is right, counts that as no failure, and takes the answer without it", async () => {
      const place = await withSrp();
      const answer = await srp(place, UNKNOWN_KEY);
      expect(await refusal(answer(UNKNOWN_KEY, "Wrong-Horse-9"))).toBe(WRONG_PROOF);
      for (let i = 0; i < 6; i++) expect(await refusal(answer(UNKNOWN_KEY))).toBe(NO_DEVICE);
      expect((await answer()).AuthenticationResult?.NewDeviceMetadata?.DeviceKey).toBeTruthy();
    });
  });

  describe("a choice-based sign-in", () => {
    const withChoice = async (DeviceConfiguration = TRUSTED) => {
      const place = await prepared(DeviceConfiguration);
      const { api, UserPoolId } = place;
      await api("UpdateUserPool", {
        UserPoolId,
        DeviceConfiguration,
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      });
      return place.client({ ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    };
    const begin = ({ api, ClientId }: Scene, parameters: Record<string, string>) =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_AUTH",
        AuthParameters: { USERNAME: "alice", ...parameters },
      });

    it("by password takes the device from the request that brings the password", async () => {
      const place = await withChoice();
      const { device } = await confirmed(place);
      const PREFERRED_CHALLENGE = "PASSWORD";
      const atOnce = await begin(place, { PREFERRED_CHALLENGE, PASSWORD, DEVICE_KEY: device.key });
      expect(atOnce.ChallengeName).toBe("DEVICE_SRP_AUTH");
      const { Session } = await begin(place, { PREFERRED_CHALLENGE });
      const answer = (more: Record<string, string>) =>
        place.answer("PASSWORD", Session, { USERNAME: "alice", PASSWORD, ...more });
      expect(await refusal(answer({ DEVICE_KEY: UNKNOWN_KEY }))).toBe(NO_DEVICE);
      expect((await answer({ DEVICE_KEY: device.key })).ChallengeName).toBe("DEVICE_SRP_AUTH");
    });

    it("by a code is tied to the device that answers, or to a new one", async () => {
      const place = await withChoice();
      const { device } = await confirmed(place);
      const byCode = async (DEVICE_KEY: string) => {
        const { Session } = await begin(place, { PREFERRED_CHALLENGE: "EMAIL_OTP" });
        const EMAIL_OTP_CODE = await place.code(EMAIL);
        return place.answer("EMAIL_OTP", Session, { USERNAME: "alice", EMAIL_OTP_CODE, DEVICE_KEY });
      };
      const known = (await byCode(device.key)).AuthenticationResult;
      expect(claimsOf(known?.AccessToken).device_key).toBe(device.key);
      const unknown = (await byCode(UNKNOWN_KEY)).AuthenticationResult;
      expect(unknown?.NewDeviceMetadata?.DeviceKey).toBeTruthy();
    });
  });

  describe("ConfirmDevice", () => {
    it("remembers the device at once, or leaves it to the user where the pool prompts", async () => {
      const always = await prepared();
      expect((await confirmed(always)).confirmation).toEqual({ UserConfirmationNecessary: false });
      const prompting = await prepared({ DeviceOnlyRememberedOnUserPrompt: true });
      const { confirmation, device } = await confirmed(prompting);
      expect(confirmation).toEqual({ UserConfirmationNecessary: true });
      const { api, UserPoolId } = prompting;
      const { Device } = await api("AdminGetDevice", {
        UserPoolId,
        Username: "alice",
        DeviceKey: device.key,
      });
      expect(named(Device.DeviceAttributes)["dev:device_remembered_status"]).toBe("not_remembered");
    });

    it("takes the access token of another sign-in of the same user, and of nobody else", async () => {
      const place = await prepared();
      await place.user("bob");
      const { AuthenticationResult: first } = await signIn(place);
      const { AuthenticationResult: second } = await signIn(place);
      const { AuthenticationResult: stranger } = await signIn(place, undefined, "bob");
      const device = new DeviceSide(second);
      const confirm = (AccessToken = "") =>
        place.api("ConfirmDevice", {
          AccessToken,
          DeviceKey: device.key,
          DeviceSecretVerifierConfig: device.secret,
        });
      const invalid = "InvalidParameterException: Invalid device key given.";
      expect(await refusal(confirm(stranger?.AccessToken))).toBe(invalid);
      expect(await confirm(first?.AccessToken)).toEqual({ UserConfirmationNecessary: false });
    });

    it("refuses a key that no sign-in gave, and one that is confirmed already", async () => {
      const place = await prepared();
      const { device, AccessToken } = await confirmed(place);
      const confirm = (DeviceKey: string) =>
        place.api("ConfirmDevice", { AccessToken, DeviceKey, DeviceSecretVerifierConfig: device.secret });
      expect(await refusal(confirm(UNKNOWN_KEY))).toBe(
        "InvalidParameterException: Invalid device key given.",
      );
      expect(await refusal(confirm(device.key))).toBe("DeviceKeyExistsException: Device already exists.");
    });

    it("confirms once of twenty at the same time", async () => {
      const place = await prepared();
      const { AuthenticationResult: result } = await signIn(place);
      const device = new DeviceSide(result);
      const { secret } = device;
      const calls = Array.from({ length: 20 }, () =>
        place.api("ConfirmDevice", {
          AccessToken: result?.AccessToken ?? "",
          DeviceKey: device.key,
          DeviceSecretVerifierConfig: secret,
        }),
      );
      expect(await race(calls)).toEqual({
        won: 1,
        refusals: ["DeviceKeyExistsException: Device already exists."],
      });
    });

    it.each([
      ["no secret", undefined, "Missing required parameter Salt"],
      ["no salt", { PasswordVerifier: "AgM=" }, "Missing required parameter Salt"],
      ["no verifier", { Salt: "AQID" }, "Missing required parameter PasswordVerifier"],
      ["a salt that is not base64", { Salt: "*", PasswordVerifier: "AgM=" }, "Invalid Salt given."],
      ["a verifier of 1", { Salt: "AQID", PasswordVerifier: "AQ==" }, "Invalid PasswordVerifier given."],
      [
        "a verifier as large as N",
        { Salt: "AQID", PasswordVerifier: toJavaBytes(SRP_N).toString("base64") },
        "Invalid PasswordVerifier given.",
      ],
      [
        "a verifier longer than N",
        { Salt: "AQID", PasswordVerifier: Buffer.alloc(386, 1).toString("base64") },
        "Invalid PasswordVerifier given.",
      ],
    ])("refuses %s", async (_, DeviceSecretVerifierConfig, text) => {
      const place = await prepared();
      const { AuthenticationResult: result } = await signIn(place);
      const confirm = place.api("ConfirmDevice", {
        AccessToken: result?.AccessToken ?? "",
        DeviceKey: result?.NewDeviceMetadata?.DeviceKey ?? "",
        ...(DeviceSecretVerifierConfig ? { DeviceSecretVerifierConfig } : {}),
      });
      expect(await refusal(confirm)).toBe(`InvalidParameterException: ${text}`);
    });
  });

  describe("a remembered device, where it replaces the second factor", () => {
    it("proves itself instead, and the sign-in is tied to it", async () => {
      const place = await prepared(TRUSTED, true);
      const { device } = await confirmed(place);
      const sent = await place.messagesTo(EMAIL);
      const challenge = await signIn(place, device.key);
      expect(challenge).toMatchObject({
        ChallengeName: "DEVICE_SRP_AUTH",
        ChallengeParameters: { USERNAME: "alice", DEVICE_KEY: device.key },
      });
      const verifier = await deviceSrpAuth(place, device, challenge.Session);
      expect(verifier.ChallengeName).toBe("DEVICE_PASSWORD_VERIFIER");
      expect(Object.keys(verifier.ChallengeParameters ?? {}).sort()).toEqual([
        "DEVICE_KEY",
        "SALT",
        "SECRET_BLOCK",
        "SRP_B",
        "USERNAME",
      ]);
      expect(verifier.Session?.length).toBeLessThan(2_048);
      const { AuthenticationResult: result } = await place.answer(
        "DEVICE_PASSWORD_VERIFIER",
        verifier.Session,
        device.proof(verifier.ChallengeParameters),
      );
      expect(result).not.toHaveProperty("NewDeviceMetadata");
      expect(claimsOf(result?.AccessToken).device_key).toBe(device.key);
      expect(await place.messagesTo(EMAIL)).toBe(sent);
    });

    it("does not replace it unnamed, not remembered, forgotten, or another user's", async () => {
      const place = await prepared(TRUSTED, true);
      const { api, UserPoolId } = place;
      const { device } = await confirmed(place);
      await place.user("bob", { email: "bob@example.com", email_verified: "true" });
      const asked = async (key?: string, username?: string) =>
        (await signIn(place, key, username)).ChallengeName;
      expect(await asked()).toBe("EMAIL_OTP");
      expect(await asked(UNKNOWN_KEY)).toBe("EMAIL_OTP");
      expect(await asked(device.key, "bob")).toBe("EMAIL_OTP");
      const change = { UserPoolId, Username: "alice", DeviceKey: device.key };
      await api("AdminUpdateDeviceStatus", { ...change, DeviceRememberedStatus: "not_remembered" });
      expect(await asked(device.key)).toBe("EMAIL_OTP");
      await api("AdminUpdateDeviceStatus", { ...change, DeviceRememberedStatus: "remembered" });
      expect(await asked(device.key)).toBe("DEVICE_SRP_AUTH");
      await api("AdminForgetDevice", change);
      expect(await asked(device.key)).toBe("EMAIL_OTP");
    });

    it("comes after a new password, never instead of it", async () => {
      const place = await prepared(TRUSTED, true);
      const { device } = await confirmed(place);
      const { api, UserPoolId } = place;
      await api("AdminSetUserPassword", { UserPoolId, Username: "alice", Password: PASSWORD });
      const challenge = await signIn(place, device.key);
      expect(challenge.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
      const next = await place.answer("NEW_PASSWORD_REQUIRED", challenge.Session, {
        USERNAME: "alice",
        NEW_PASSWORD: PASSWORD,
      });
      expect(next.ChallengeName).toBe("DEVICE_SRP_AUTH");
    });

    it("that is no longer remembered when it has proved itself leads to the second factor", async () => {
      const place = await prepared(TRUSTED, true);
      const { device } = await confirmed(place);
      const { api, UserPoolId } = place;
      const verifier = await askedForProof(place, device);
      const change = { UserPoolId, Username: "alice", DeviceKey: device.key };
      await api("AdminUpdateDeviceStatus", { ...change, DeviceRememberedStatus: "not_remembered" });
      const next = await place.answer(
        "DEVICE_PASSWORD_VERIFIER",
        verifier.Session,
        device.proof(verifier.ChallengeParameters),
      );
      expect(next.ChallengeName).toBe("EMAIL_OTP");
    });

    it("that is forgotten meanwhile gets nothing", async () => {
      const place = await prepared(TRUSTED, true);
      const { device } = await confirmed(place);
      const { api, UserPoolId } = place;
      const verifier = await askedForProof(place, device);
      await api("AdminForgetDevice", { UserPoolId, Username: "alice", DeviceKey: device.key });
      const proof = device.proof(verifier.ChallengeParameters);
      expect(await refusal(place.answer("DEVICE_PASSWORD_VERIFIER", verifier.Session, proof))).toBe(
        NO_DEVICE,
      );
    });
  });

  describe("a remembered device, where it does not replace the second factor", () => {
    it("is what the sign-in is tied to, after the second factor", async () => {
      const place = await prepared({}, true);
      const { device } = await confirmed(place);
      const code = await signIn(place, device.key);
      expect(code.ChallengeName).toBe("EMAIL_OTP");
      const { AuthenticationResult: result } = await place.answer("EMAIL_OTP", code.Session, {
        USERNAME: "alice",
        EMAIL_OTP_CODE: await place.code(EMAIL),
      });
      expect(result).not.toHaveProperty("NewDeviceMetadata");
      expect(claimsOf(result?.AccessToken).device_key).toBe(device.key);
    });

    it("that is forgotten before the second factor is shown gets nothing", async () => {
      const place = await prepared({}, true);
      const { device } = await confirmed(place);
      const { Session } = await signIn(place, device.key);
      const { api, UserPoolId } = place;
      await api("AdminForgetDevice", { UserPoolId, Username: "alice", DeviceKey: device.key });
      const answer = place.answer("EMAIL_OTP", Session, {
        USERNAME: "alice",
        EMAIL_OTP_CODE: await place.code(EMAIL),
      });
      expect(await refusal(answer)).toBe(NO_DEVICE);
    });
  });

  describe("the proof of a device", () => {
    it("counts like a password when it is wrong, and leaves the session to a right one", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const verifier = await askedForProof(place, device);
      const answer = (password?: string) =>
        place.answer(
          "DEVICE_PASSWORD_VERIFIER",
          verifier.Session,
          device.proof(verifier.ChallengeParameters, password),
        );
      for (let i = 0; i < 5; i++) expect(await refusal(answer("wrong"))).toBe(WRONG_PROOF);
      const locked = "NotAuthorizedException: Password attempts exceeded";
      expect(await refusal(answer())).toBe(locked);
      expect(await refusal(signIn(place))).toBe(locked);
      await world.advanceSeconds(2);
      expect((await answer()).AuthenticationResult?.AccessToken).toBeTruthy();
    });

    it("works once, also for twenty at the same time", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const verifier = await askedForProof(place, device);
      const proof = device.proof(verifier.ChallengeParameters);
      const calls = Array.from({ length: 20 }, () =>
        place.answer("DEVICE_PASSWORD_VERIFIER", verifier.Session, proof),
      );
      const used = "NotAuthorizedException: Invalid session for the user, session can only be used once.";
      const { won, refusals } = await race(calls);
      expect(won).toBe(1);
      expect(refusals).toEqual([used]);
    });

    it("begins once per session", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const { Session } = await signIn(place, device.key);
      await deviceSrpAuth(place, device, Session);
      expect(await refusal(deviceSrpAuth(place, device, Session))).toBe(
        "NotAuthorizedException: Invalid session for the user, session can only be used once.",
      );
    });

    it("is bound to its session: a SECRET_BLOCK of another one proves nothing", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const [one, two] = [await askedForProof(place, device), await askedForProof(place, device)];
      const proof = device.proof(one.ChallengeParameters);
      expect(await refusal(place.answer("DEVICE_PASSWORD_VERIFIER", two.Session, proof))).toBe(WRONG_PROOF);
    });

    it("is not to be had by another device of the same user", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const { device: second } = await confirmed(place);
      const { Session } = await signIn(place, device.key);
      expect(await refusal(deviceSrpAuth(place, second, Session))).toBe(NO_DEVICE);
    });

    it("needs the challenges in their order, the session, and every response", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const { Session } = await signIn(place, device.key);
      const begin = (responses: Record<string, string>, session = Session) =>
        refusal(place.answer("DEVICE_SRP_AUTH", session, { USERNAME: "alice", ...responses }));
      const missing = (name: string) => `InvalidParameterException: Missing required parameter ${name}`;
      expect(await begin({ SRP_A: "ab" })).toBe(missing("DEVICE_KEY"));
      expect(await begin({ DEVICE_KEY: device.key })).toBe(missing("SRP_A"));
      expect(await begin({ DEVICE_KEY: device.key, SRP_A: "0" })).toBe(
        "InvalidParameterException: Invalid SRP_A value.",
      );
      expect(await refusal(deviceSrpAuth(place, device, undefined))).toBe(missing("Session"));
      const proof = { ...device.proof({ SALT: "01", SRP_B: "02" }), USERNAME: "alice" };
      expect(await refusal(place.answer("DEVICE_PASSWORD_VERIFIER", Session, proof))).toBe(
        "NotAuthorizedException: Invalid session for the user.",
      );
      const verifier = await deviceSrpAuth(place, device, Session);
      for (const name of [
        "DEVICE_KEY",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "PASSWORD_CLAIM_SIGNATURE",
        "TIMESTAMP",
      ]) {
        const { [name]: _, ...rest } = device.proof(verifier.ChallengeParameters);
        expect(await refusal(place.answer("DEVICE_PASSWORD_VERIFIER", verifier.Session, rest))).toBe(
          missing(name),
        );
      }
    });

    it("ends with its session", async () => {
      const place = await prepared(TRUSTED);
      const { device } = await confirmed(place);
      const verifier = await askedForProof(place, device);
      await world.advanceSeconds(181);
      const proof = device.proof(verifier.ChallengeParameters);
      expect(await refusal(place.answer("DEVICE_PASSWORD_VERIFIER", verifier.Session, proof))).toBe(
        "NotAuthorizedException: Invalid session for the user, session is expired.",
      );
    });
  });

  describe("refreshing", () => {
    const refresh = ({ api, ClientId }: Scene, REFRESH_TOKEN: string, DEVICE_KEY?: string) =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN, ...(DEVICE_KEY === undefined ? {} : { DEVICE_KEY }) },
      });
    const exchange = ({ api, ClientId }: Scene, RefreshToken: string, DeviceKey?: string) =>
      api("GetTokensFromRefreshToken", {
        ClientId,
        RefreshToken,
        ...(DeviceKey === undefined ? {} : { DeviceKey }),
      });

    it("needs the device of the sign-in, and keeps the claim", async () => {
      const place = await prepared();
      const { device, RefreshToken } = await confirmed(place);
      const { device: other } = await confirmed(place);
      for (const call of [refresh, exchange]) {
        expect(await refusal(call(place, RefreshToken))).toBe(INVALID_REFRESH);
        expect(await refusal(call(place, RefreshToken, other.key))).toBe(INVALID_REFRESH);
        const { AuthenticationResult: result } = await call(place, RefreshToken, device.key);
        expect(claimsOf(result?.AccessToken).device_key).toBe(device.key);
        expect(result).not.toHaveProperty("NewDeviceMetadata");
      }
    });

    it("needs a device that is confirmed and not forgotten", async () => {
      const place = await prepared();
      const { AuthenticationResult: result } = await signIn(place);
      const key = result?.NewDeviceMetadata?.DeviceKey ?? "";
      expect(await refusal(refresh(place, result?.RefreshToken ?? "", key))).toBe(INVALID_REFRESH);
      const { device, AccessToken, RefreshToken } = await confirmed(place);
      await place.api("ForgetDevice", { AccessToken, DeviceKey: device.key });
      expect(await refusal(refresh(place, RefreshToken, device.key))).toBe(INVALID_REFRESH);
      expect(await refusal(exchange(place, RefreshToken, device.key))).toBe(INVALID_REFRESH);
    });

    it("needs none where the pool tracks devices no more, or did not at sign-in", async () => {
      const place = await prepared();
      const { api, UserPoolId } = place;
      const { RefreshToken } = await confirmed(place);
      await api("UpdateUserPool", { UserPoolId });
      expect((await refresh(place, RefreshToken)).AuthenticationResult?.AccessToken).toBeTruthy();
      const { RefreshToken: untied } = await place.tokens("alice");
      await api("UpdateUserPool", { UserPoolId, DeviceConfiguration: {} });
      expect((await refresh(place, untied)).AuthenticationResult?.AccessToken).toBeTruthy();
      expect(await refusal(refresh(place, RefreshToken))).toBe(INVALID_REFRESH);
    });

    it("rotates for the device of the sign-in only", async () => {
      const place = await prepared();
      const rotating = await place.client({
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
      });
      const { device, RefreshToken } = await confirmed(rotating);
      expect(await refusal(exchange(rotating, RefreshToken, UNKNOWN_KEY))).toBe(INVALID_REFRESH);
      const { AuthenticationResult: result } = await exchange(rotating, RefreshToken, device.key);
      expect(await refusal(exchange(rotating, result?.RefreshToken ?? ""))).toBe(INVALID_REFRESH);
      const again = await exchange(rotating, result?.RefreshToken ?? "", device.key);
      expect(again.AuthenticationResult?.RefreshToken).toBeTruthy();
    });
  });

  describe("a user's devices", () => {
    it("are shown to the user and, with more, to administrators", async () => {
      const place = await prepared();
      const { api, UserPoolId } = place;
      const { device, AccessToken } = await confirmed(place);
      const { Device } = await api("GetDevice", { AccessToken, DeviceKey: device.key });
      expect(Device.DeviceAttributes).toEqual([
        { Name: "device_status", Value: "valid" },
        { Name: "device_name", Value: "laptop" },
        { Name: "last_ip_used", Value: "127.0.0.1" },
      ]);
      expect(Device.DeviceKey).toBe(device.key);
      expect(Device.DeviceLastAuthenticatedDate).toBe(Math.floor(Device.DeviceCreateDate ?? 0));
      expect(Device.DeviceLastModifiedDate).toBe(Device.DeviceCreateDate);
      const shown = await api("AdminGetDevice", { UserPoolId, Username: "alice", DeviceKey: device.key });
      const owner = `alice.${UserPoolId}`;
      const arn = expect.stringMatching(
        new RegExp(`^arn:aws:cognito-idp:us-east-1:\\d{12}:owner/${owner}/device/${device.key}$`),
      );
      expect(shown.Device.DeviceAttributes).toEqual([
        { Name: "device_status", Value: "valid" },
        { Name: "device_name", Value: "laptop" },
        { Name: "dev:device_arn", Value: arn },
        { Name: "dev:device_owner", Value: owner },
        { Name: "last_ip_used", Value: "127.0.0.1" },
        { Name: "dev:device_remembered_status", Value: "remembered" },
        { Name: "dev:device_sdk", Value: "aws-sdk" },
      ]);
      expect(await api("ListDevices", { AccessToken })).toEqual({ Devices: [Device] });
      expect(await api("AdminListDevices", { UserPoolId, Username: "alice" })).toEqual({
        Devices: [shown.Device],
      });
    });

    it("tell when they were last signed in with and last changed", async () => {
      const place = await prepared({ DeviceOnlyRememberedOnUserPrompt: true });
      const { device, AccessToken } = await confirmed(place);
      const show = async () => (await place.api("GetDevice", { AccessToken, DeviceKey: device.key })).Device;
      const before = await show();
      await world.advanceSeconds(60);
      await signIn(place, device.key);
      const seen = await show();
      expect(seen.DeviceLastAuthenticatedDate).toBeGreaterThanOrEqual(
        (before.DeviceLastAuthenticatedDate ?? 0) + 60,
      );
      expect(seen.DeviceLastModifiedDate).toBe(before.DeviceLastModifiedDate);
      const DeviceRememberedStatus = "remembered";
      const output = await place.api("UpdateDeviceStatus", {
        AccessToken,
        DeviceKey: device.key,
        DeviceRememberedStatus,
      });
      expect(output).toEqual({});
      expect((await show()).DeviceLastModifiedDate).toBeGreaterThan(before.DeviceLastModifiedDate ?? 0);
    });

    it("are listed page by page, with tokens that are good for this user only", async () => {
      const place = await prepared({ DeviceOnlyRememberedOnUserPrompt: true });
      const { api, UserPoolId } = place;
      await place.user("bob");
      const keys: string[] = [];
      let AccessToken = "";
      for (let i = 0; i < 5; i++) {
        const one = await confirmed(place);
        keys.push(one.device.key);
        ({ AccessToken } = one);
      }
      const first = await api("ListDevices", { AccessToken, Limit: 2 });
      const second = await api("ListDevices", {
        AccessToken,
        Limit: 3,
        PaginationToken: first.PaginationToken,
      });
      expect(second).not.toHaveProperty("PaginationToken");
      expect([...(first.Devices ?? []), ...(second.Devices ?? [])].map((one) => one.DeviceKey)).toEqual(keys);
      const page = await api("AdminListDevices", { UserPoolId, Username: "alice", Limit: 4 });
      const rest = await api("AdminListDevices", {
        UserPoolId,
        Username: "alice",
        PaginationToken: page.PaginationToken,
      });
      expect(rest.Devices?.map((one) => one.DeviceKey)).toEqual(keys.slice(4));
      for (const call of [
        api("AdminListDevices", { UserPoolId, Username: "bob", PaginationToken: page.PaginationToken }),
        api("ListDevices", { AccessToken, PaginationToken: page.PaginationToken }),
      ])
        expect(await refusal(call)).toBe("InvalidParameterException: Invalid pagination token");
    });

    it("are forgotten by the user, for good", async () => {
      const place = await prepared();
      const { api, UserPoolId } = place;
      const { device, AccessToken } = await confirmed(place);
      const { key: DeviceKey } = device;
      expect(await api("ForgetDevice", { AccessToken, DeviceKey })).toBeUndefined();
      expect(await api("ListDevices", { AccessToken })).toEqual({ Devices: [] });
      const gone = [
        () => api("GetDevice", { AccessToken, DeviceKey }),
        () => api("ForgetDevice", { AccessToken, DeviceKey }),
        () => api("UpdateDeviceStatus", { AccessToken, DeviceKey, DeviceRememberedStatus: "remembered" }),
        () => api("AdminGetDevice", { UserPoolId, Username: "alice", DeviceKey }),
        () => api("AdminForgetDevice", { UserPoolId, Username: "alice", DeviceKey }),
        () => api("AdminUpdateDeviceStatus", { UserPoolId, Username: "alice", DeviceKey }),
      ];
      for (const call of gone) expect(await refusal(call())).toBe(NO_DEVICE);
      const again = api("ConfirmDevice", {
        AccessToken,
        DeviceKey,
        DeviceSecretVerifierConfig: device.secret,
      });
      expect(await refusal(again)).toBe("InvalidParameterException: Invalid device key given.");
    });

    it("are nobody else's", async () => {
      const place = await prepared();
      const { api, UserPoolId } = place;
      await place.user("bob");
      const { device } = await confirmed(place);
      const { AccessToken } = await confirmed(place, "bob");
      const { key: DeviceKey } = device;
      const foreign = [
        () => api("GetDevice", { AccessToken, DeviceKey }),
        () => api("ForgetDevice", { AccessToken, DeviceKey }),
        () => api("UpdateDeviceStatus", { AccessToken, DeviceKey, DeviceRememberedStatus: "remembered" }),
        () => api("AdminGetDevice", { UserPoolId, Username: "bob", DeviceKey }),
        () => api("AdminForgetDevice", { UserPoolId, Username: "bob", DeviceKey }),
      ];
      for (const call of foreign) expect(await refusal(call())).toBe(NO_DEVICE);
    });

    it("are not to be had in a pool without DeviceConfiguration", async () => {
      const place = await scene(world);
      const { api, UserPoolId } = place;
      await place.user("alice");
      const { AccessToken } = await place.tokens("alice");
      const DeviceKey = UNKNOWN_KEY;
      const named = { UserPoolId, Username: "alice", DeviceKey };
      const calls = [
        () => api("ConfirmDevice", { AccessToken, DeviceKey }),
        () => api("GetDevice", { AccessToken, DeviceKey }),
        () => api("ListDevices", { AccessToken }),
        () => api("ForgetDevice", { AccessToken, DeviceKey }),
        () => api("UpdateDeviceStatus", { AccessToken, DeviceKey, DeviceRememberedStatus: "remembered" }),
        () => api("AdminGetDevice", named),
        () => api("AdminListDevices", { UserPoolId, Username: "alice" }),
        () => api("AdminForgetDevice", named),
        () => api("AdminUpdateDeviceStatus", { ...named, DeviceRememberedStatus: "remembered" }),
      ];
      for (const call of calls)
        expect(await refusal(call())).toBe(
          `InvalidUserPoolConfigurationException: User pool ${UserPoolId} is not configured for device tracking`,
        );
    });

    it("of a user that does not exist: each operation answers within its model", async () => {
      const { api, UserPoolId } = await prepared();
      const named = { UserPoolId, Username: "nobody", DeviceKey: UNKNOWN_KEY };
      const notFound = "ResourceNotFoundException: User does not exist.";
      expect(await refusal(api("AdminGetDevice", named))).toBe(notFound);
      expect(await refusal(api("AdminListDevices", { UserPoolId, Username: "nobody" }))).toBe(notFound);
      const unknownUser = "UserNotFoundException: User does not exist.";
      expect(await refusal(api("AdminForgetDevice", named))).toBe(unknownUser);
      expect(await refusal(api("AdminUpdateDeviceStatus", named))).toBe(unknownUser);
    });

    it("need a valid access token", async () => {
      const { api } = await prepared();
      const invalid = "NotAuthorizedException: Invalid Access Token";
      const DeviceKey = UNKNOWN_KEY;
      expect(await refusal(api("GetDevice", { DeviceKey }))).toBe(invalid);
      expect(await refusal(api("ForgetDevice", { DeviceKey }))).toBe(invalid);
      expect(await refusal(api("ListDevices", { AccessToken: "a.b.c" }))).toBe(invalid);
    });
  });
});
