import {
  associateWebAuthnCredential,
  autoSignIn,
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  deleteUserAttributes,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  fetchUserAttributes,
  forgetDevice,
  getCurrentUser,
  listWebAuthnCredentials,
  rememberDevice,
  resendSignUpCode,
  resetPassword,
  sendUserAttributeVerificationCode,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttribute,
  verifyTOTPSetup,
} from "@aws-amplify/auth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { type BrowserMemory, configureAmplify, withPasskeysOf } from "../support/amplify.ts";
import { claimsOf, refusal } from "../support/api.ts";
import { fromBase32 } from "../support/base32.ts";
import { closeWithinModel, PASSWORD, startSignIn } from "../support/builders.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, SMS, scene, wrong } from "../support/scene.ts";
import { VirtualAuthenticator } from "../support/virtual-authenticator.ts";
import { startWorld, type World } from "../support/world.ts";

const EMAIL = "alice@example.com";
const PHONE = "+15550100";
const username = "alice";
const ACCESS_REVOKED = "NotAuthorizedException: Access Token has been revoked";
const DONE = { isSignedIn: true, nextStep: { signInStep: "DONE" } };

const step = (signInStep: string, more: object = {}) => ({
  isSignedIn: false,
  nextStep: expect.objectContaining({ signInStep, ...more }),
});
const answer = (challengeResponse: string) => confirmSignIn({ challengeResponse });

// Amplify runs here as it is. It wants no browser but for passkeys: see withPasskeysOf.
describe("Amplify v6", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  interface Settings {
    readonly pool?: Partial<Input<"CreateUserPool">>;
    readonly client?: Partial<Input<"CreateUserPoolClient">>;
    /** MfaConfiguration and the factors. */
    readonly mfa?: Omit<Input<"SetUserPoolMfaConfig">, "UserPoolId">;
  }

  /** A pool with a client for Amplify, which is configured for it in a new browser. */
  async function prepared({ pool = {}, client = {}, mfa }: Settings = {}) {
    const place = await scene(
      world,
      { EmailConfiguration: OWN_SENDER, ...pool },
      {
        ExplicitAuthFlows: [
          "ALLOW_USER_SRP_AUTH",
          "ALLOW_USER_PASSWORD_AUTH",
          "ALLOW_USER_AUTH",
          "ALLOW_REFRESH_TOKEN_AUTH",
        ],
        ...client,
      },
    );
    if (mfa) await place.api("SetUserPoolMfaConfig", { UserPoolId: place.UserPoolId, ...mfa });
    return { place, browser: configureAmplify({ url: world.url, ...place }) };
  }

  const alice = (place: Scene) =>
    place.user(username, { email: EMAIL, email_verified: "true", phone_number: PHONE });

  /** The same with alice, signed in by SRP. */
  async function signedIn(settings: Settings = {}): Promise<{ place: Scene; browser: BrowserMemory }> {
    const prepares = await prepared(settings);
    await alice(prepares.place);
    expect(await signIn({ username, password: PASSWORD })).toEqual(DONE);
    return prepares;
  }

  const accessToken = async () => String((await fetchAuthSession()).tokens?.accessToken);
  const totp = (secret: string, stepsAhead = 0) =>
    totpCode(fromBase32(secret), Math.floor(world.server.services.clock.now() / 30_000) + stepsAhead);

  describe("signing up", () => {
    const userAttributes = { email: EMAIL };

    it("confirms with the e-mailed code, sent again on demand, and then signs in", async () => {
      const { place } = await prepared({ pool: { AutoVerifiedAttributes: ["email"] } });
      const started = await signUp({ username, password: PASSWORD, options: { userAttributes } });
      expect(started).toEqual({
        isSignUpComplete: false,
        userId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        nextStep: {
          signUpStep: "CONFIRM_SIGN_UP",
          codeDeliveryDetails: { destination: "a***@e***", deliveryMedium: "EMAIL", attributeName: "email" },
        },
      });
      expect(await signIn({ username, password: PASSWORD })).toEqual(step("CONFIRM_SIGN_UP"));
      expect(await resendSignUpCode({ username })).toMatchObject({ deliveryMedium: "EMAIL" });
      const code = await place.code(EMAIL);
      const guess = confirmSignUp({ username, confirmationCode: wrong(code) });
      await expect(guess).rejects.toMatchObject({ name: "CodeMismatchException" });
      expect(await confirmSignUp({ username, confirmationCode: code })).toEqual({
        isSignUpComplete: true,
        nextStep: { signUpStep: "DONE" },
      });
      expect(await signIn({ username, password: PASSWORD })).toEqual(DONE);
      const user = await getCurrentUser();
      expect(user).toMatchObject({ username, userId: started.userId });
    });

    it("goes on to autoSignIn with the password", async () => {
      const { place } = await prepared({ pool: { AutoVerifiedAttributes: ["email"] } });
      await signUp({ username, password: PASSWORD, options: { userAttributes, autoSignIn: true } });
      expect(await confirmSignUp({ username, confirmationCode: await place.code(EMAIL) })).toEqual({
        isSignUpComplete: true,
        nextStep: { signUpStep: "COMPLETE_AUTO_SIGN_IN" },
      });
      expect(await autoSignIn()).toEqual(DONE);
    });

    it("gets the errors by their names", async () => {
      await signedIn();
      const signUpAs = (name: string, password: string) =>
        signUp({ username: name, password, options: { userAttributes } });
      await expect(signUpAs(username, PASSWORD)).rejects.toMatchObject({ name: "UsernameExistsException" });
      await expect(signUpAs("bob", "short")).rejects.toMatchObject({ name: "InvalidPasswordException" });
    });
  });

  describe("signing in", () => {
    it("names what is wrong", async () => {
      const { place } = await prepared();
      await alice(place);
      await expect(signIn({ username, password: OTHER_PASSWORD })).rejects.toMatchObject({
        name: "NotAuthorizedException",
        message: "Incorrect username or password.",
      });
      await place.api("AdminResetUserPassword", { UserPoolId: place.UserPoolId, Username: username });
      expect(await signIn({ username, password: PASSWORD })).toEqual(step("RESET_PASSWORD"));
      const byPassword = { authFlowType: "USER_PASSWORD_AUTH" } as const;
      expect(await signIn({ username, password: PASSWORD, options: byPassword })).toEqual(
        step("RESET_PASSWORD"),
      );
      await expect(getCurrentUser()).rejects.toMatchObject({ name: "UserUnAuthenticatedException" });
    });

    it("works by the e-mail address where that is the name, and gives the user the UUID", async () => {
      const { place } = await prepared({ pool: { UsernameAttributes: ["email"] } });
      const sub = await place.user(EMAIL);
      expect(await signIn({ username: EMAIL, password: PASSWORD })).toEqual(DONE);
      expect(await getCurrentUser()).toMatchObject({ username: sub, signInDetails: { loginId: EMAIL } });
    });

    it("gives the missing attributes with the new password", async () => {
      const { place } = await prepared({ pool: { Schema: [{ Name: "name", Required: true }] } });
      await place.invited(username);
      expect(await signIn({ username, password: PASSWORD })).toEqual(
        step("CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", { missingAttributes: ["name"] }),
      );
      const userAttributes = { name: "Alice" };
      const challengeResponse = OTHER_PASSWORD;
      expect(await confirmSignIn({ challengeResponse, options: { userAttributes } })).toEqual(DONE);
      expect(await fetchUserAttributes()).toMatchObject({ name: "Alice" });
    });

    it("lets the user choose the first factor, and go on after a wrong code", async () => {
      const { place } = await prepared({
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } },
      });
      await alice(place);
      const options = { authFlowType: "USER_AUTH" } as const;
      expect(await signIn({ username, options })).toEqual(
        step("CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", {
          availableChallenges: ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"],
        }),
      );
      expect(await answer("PASSWORD_SRP")).toEqual(step("CONFIRM_SIGN_IN_WITH_PASSWORD"));
      expect(await answer(PASSWORD)).toEqual(DONE);
      await signOut();
      await signIn({ username, options });
      expect(await answer("EMAIL_OTP")).toEqual(
        step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE", {
          codeDeliveryDetails: { deliveryMedium: "EMAIL", destination: "a***@e***" },
        }),
      );
      const code = await place.code(EMAIL);
      await expect(answer(wrong(code))).rejects.toMatchObject({ name: "CodeMismatchException" });
      expect(await answer(code)).toEqual(DONE);
    });

    it("registers a passkey, lists it, and comes back by it", async () => {
      const { place } = await signedIn({
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } } },
        mfa: { WebAuthnConfiguration: { RelyingPartyId: "example.com" } },
      });
      const authenticator = new VirtualAuthenticator();
      await withPasskeysOf(authenticator, () => associateWebAuthnCredential());
      const { credentials } = await listWebAuthnCredentials();
      expect(credentials).toMatchObject([
        { credentialId: authenticator.id.toString("base64url"), relyingPartyId: "example.com" },
      ]);
      await signOut();
      const options = { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" } as const;
      expect(await withPasskeysOf(authenticator, () => signIn({ username, options }))).toEqual(DONE);
      expect(await place.messagesTo(EMAIL)).toBe(0);
    });
  });

  describe("the second factor", () => {
    const SOFTWARE_TOKEN = { SoftwareTokenMfaConfiguration: { Enabled: true } };
    const BY_SMS = { SmsMfaConfiguration: { SmsConfiguration: SMS } };
    const BY_EMAIL = { EmailMfaConfiguration: {} };

    it("is set up inside the sign-in with an authenticator app", async () => {
      const { place } = await prepared({ mfa: { MfaConfiguration: "ON", ...SOFTWARE_TOKEN } });
      await alice(place);
      const { nextStep } = await signIn({ username, password: PASSWORD });
      if (nextStep.signInStep !== "CONTINUE_SIGN_IN_WITH_TOTP_SETUP") throw new Error(nextStep.signInStep);
      const { sharedSecret } = nextStep.totpSetupDetails;
      await expect(answer("000000")).rejects.toMatchObject({ name: "EnableSoftwareTokenMFAException" });
      expect(await answer(totp(sharedSecret))).toEqual(DONE);
      await signOut();
      expect(await signIn({ username, password: PASSWORD })).toEqual(step("CONFIRM_SIGN_IN_WITH_TOTP_CODE"));
      await expect(answer("000000")).rejects.toMatchObject({ name: "CodeMismatchException" });
      expect(await answer(totp(sharedSecret, 1))).toEqual(DONE);
    });

    it("is chosen and set up inside the sign-in: an address, and then the code sent there", async () => {
      const { place } = await prepared({ mfa: { MfaConfiguration: "ON", ...SOFTWARE_TOKEN, ...BY_EMAIL } });
      await place.user(username);
      expect(await signIn({ username, password: PASSWORD })).toEqual(
        step("CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION"),
      );
      expect(await answer("EMAIL")).toEqual(step("CONTINUE_SIGN_IN_WITH_EMAIL_SETUP"));
      expect(await answer(EMAIL)).toEqual(step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE"));
      expect(await answer(await place.code(EMAIL))).toEqual(DONE);
    });

    it("is the user's own choice where it is optional, and is picked in the sign-in when there are several", async () => {
      const { place } = await signedIn({
        mfa: { MfaConfiguration: "OPTIONAL", ...SOFTWARE_TOKEN, ...BY_SMS, ...BY_EMAIL },
      });
      const details = await setUpTOTP();
      expect(String(details.getSetupUri("app", username))).toMatch(/^otpauth:/);
      await verifyTOTPSetup({ code: totp(details.sharedSecret) });
      await updateMFAPreference({ totp: "PREFERRED" });
      expect(await fetchMFAPreference()).toEqual({ enabled: ["TOTP"], preferred: "TOTP" });
      await updateMFAPreference({ totp: "NOT_PREFERRED", sms: "ENABLED", email: "ENABLED" });
      const { enabled, preferred } = await fetchMFAPreference();
      expect([...(enabled ?? [])].sort()).toEqual(["EMAIL", "SMS", "TOTP"]);
      expect(preferred).toBeUndefined();
      await signOut();

      const password = PASSWORD;
      const { nextStep } = await signIn({ username, password });
      if (nextStep.signInStep !== "CONTINUE_SIGN_IN_WITH_MFA_SELECTION") throw new Error(nextStep.signInStep);
      expect([...(nextStep.allowedMFATypes ?? [])].sort()).toEqual(["EMAIL", "SMS", "TOTP"]);
      const codeDeliveryDetails = { deliveryMedium: "SMS", destination: "+****0100" };
      expect(await answer("SMS")).toEqual(step("CONFIRM_SIGN_IN_WITH_SMS_CODE", { codeDeliveryDetails }));
      expect(await answer(await place.code(PHONE))).toEqual(DONE);
      await signOut();
      await signIn({ username, password });
      expect(await answer("EMAIL")).toEqual(step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE"));
      expect(await answer(await place.code(EMAIL))).toEqual(DONE);
      await signOut();
      await signIn({ username, password });
      expect(await answer("TOTP")).toEqual(step("CONFIRM_SIGN_IN_WITH_TOTP_CODE"));
      expect(await answer(totp(details.sharedSecret, 1))).toEqual(DONE);

      await updateMFAPreference({ totp: "DISABLED", sms: "DISABLED", email: "DISABLED" });
      expect(await fetchMFAPreference()).toEqual({});
      await signOut();
      expect(await signIn({ username, password })).toEqual(DONE);
    });
  });

  describe("a remembered device", () => {
    const password = PASSWORD;
    const withDevices = (DeviceConfiguration: NonNullable<Settings["pool"]>["DeviceConfiguration"]) => ({
      pool: { DeviceConfiguration },
      mfa: { MfaConfiguration: "ON", SmsMfaConfiguration: { SmsConfiguration: SMS } } as const,
    });

    /** Whether a code was asked for. */
    async function signInAgain(place: Scene): Promise<boolean> {
      const { isSignedIn, nextStep } = await signIn({ username, password });
      if (isSignedIn) return false;
      expect(nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_SMS_CODE");
      expect(await answer(await place.code(PHONE))).toEqual(DONE);
      return true;
    }

    it("is so when the user says so, takes the place of the code, refreshes, and is forgotten", async () => {
      const { place, browser } = await prepared(
        withDevices({ ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true }),
      );
      await alice(place);
      expect(await signInAgain(place)).toBe(true);
      const deviceKey = browser.kept("deviceKey");
      expect(deviceKey).toMatch(/^us-east-1_/);
      await signOut();
      expect(await signInAgain(place)).toBe(true);
      await rememberDevice();
      await signOut();
      expect(await signInAgain(place)).toBe(false);
      expect(claimsOf(await accessToken()).device_key).toBe(deviceKey);
      expect(await fetchDevices()).toEqual([
        expect.objectContaining({ id: deviceKey, createDate: expect.any(Date) }),
      ]);
      const { tokens } = await fetchAuthSession({ forceRefresh: true });
      expect(tokens?.accessToken.payload.device_key).toBe(deviceKey);
      await forgetDevice();
      expect(browser.kept("deviceKey")).toBeUndefined();
      expect(await fetchDevices()).toEqual([]);
      await signOut();
      expect(await signInAgain(place)).toBe(true);
    });

    it("that was forgotten elsewhere is replaced by a new one", async () => {
      const { place, browser } = await prepared(withDevices({ ChallengeRequiredOnNewDevice: true }));
      await alice(place);
      await signInAgain(place);
      const DeviceKey = browser.kept("deviceKey") ?? "";
      const { UserPoolId } = place;
      await place.api("AdminForgetDevice", { UserPoolId, Username: username, DeviceKey });
      await signOut();
      expect(await signInAgain(place)).toBe(true);
      expect(browser.kept("deviceKey")).not.toBe(DeviceKey);
    });
  });

  describe("a session", () => {
    it("is refreshed with the same refresh token, and with a new one each time where the client rotates them", async () => {
      const { place, browser } = await signedIn();
      const [first, refreshToken] = [await accessToken(), browser.kept("refreshToken")];
      await fetchAuthSession({ forceRefresh: true });
      expect(await accessToken()).not.toBe(first);
      expect(browser.kept("refreshToken")).toBe(refreshToken);
      await signOut();

      const { ClientId } = await place.client({
        ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
      });
      const rotating = configureAmplify({ url: world.url, UserPoolId: place.UserPoolId, ClientId });
      await signIn({ username, password: PASSWORD });
      const seen = new Set([rotating.kept("refreshToken")]);
      for (let i = 0; i < 2; i++) {
        const { tokens } = await fetchAuthSession({ forceRefresh: true });
        expect(tokens?.idToken?.payload["cognito:username"]).toBe(username);
        seen.add(rotating.kept("refreshToken"));
      }
      expect(seen.size).toBe(3);
    });

    it("that was revoked elsewhere leaves nobody signed in at the next refresh", async () => {
      const { place } = await signedIn();
      await place.api("AdminUserGlobalSignOut", { UserPoolId: place.UserPoolId, Username: username });
      expect((await fetchAuthSession({ forceRefresh: true })).tokens).toBeUndefined();
      await expect(getCurrentUser()).rejects.toMatchObject({ name: "UserUnAuthenticatedException" });
    });

    it("ends by signOut, and by a global one all others end too", async () => {
      const { place } = await signedIn();
      const other = await startSignIn(place.api, place, username);
      const otherToken = other.AuthenticationResult?.AccessToken ?? "";
      const whoAmI = (AccessToken: string) => place.api("GetUser", { AccessToken });
      const first = await accessToken();
      await signOut();
      expect(await refusal(whoAmI(first))).toBe(ACCESS_REVOKED);
      expect((await whoAmI(otherToken)).Username).toBe(username);
      await signIn({ username, password: PASSWORD });
      await signOut({ global: true });
      expect(await refusal(whoAmI(otherToken))).toBe(ACCESS_REVOKED);
    });
  });

  describe("an account", () => {
    it("gets a new password from its user", async () => {
      await signedIn();
      await expect(
        updatePassword({ oldPassword: OTHER_PASSWORD, newPassword: PASSWORD }),
      ).rejects.toMatchObject({ name: "NotAuthorizedException" });
      await updatePassword({ oldPassword: PASSWORD, newPassword: OTHER_PASSWORD });
      await signOut();
      expect(await signIn({ username, password: OTHER_PASSWORD })).toEqual(DONE);
    });

    it("gets a new password by a code when the old one is forgotten", async () => {
      const { place } = await prepared();
      await alice(place);
      expect(await resetPassword({ username })).toEqual({
        isPasswordReset: false,
        nextStep: {
          resetPasswordStep: "CONFIRM_RESET_PASSWORD_WITH_CODE",
          codeDeliveryDetails: { destination: "a***@e***", deliveryMedium: "EMAIL", attributeName: "email" },
        },
      });
      const code = await place.code(EMAIL);
      const confirm = (confirmationCode: string) =>
        confirmResetPassword({ username, confirmationCode, newPassword: OTHER_PASSWORD });
      await expect(confirm(wrong(code))).rejects.toMatchObject({ name: "CodeMismatchException" });
      await confirm(code);
      expect(await signIn({ username, password: OTHER_PASSWORD })).toEqual(DONE);
    });

    it("changes its attributes, and proves a new address", async () => {
      const { place } = await signedIn({
        pool: {
          AutoVerifiedAttributes: ["email"],
          UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
        },
      });
      const done = { isUpdated: true, nextStep: { updateAttributeStep: "DONE" } };
      const update = (attributeKey: "email" | "name", value: string) =>
        updateUserAttribute({ userAttribute: { attributeKey, value } });
      expect(await update("name", "Alice")).toEqual(done);
      expect(await update("email", "new@example.com")).toMatchObject({
        isUpdated: false,
        nextStep: {
          updateAttributeStep: "CONFIRM_ATTRIBUTE_WITH_CODE",
          codeDeliveryDetails: { attributeName: "email", deliveryMedium: "EMAIL", destination: "n***@e***" },
        },
      });
      expect(await fetchUserAttributes()).toMatchObject({ name: "Alice", email: EMAIL });
      const again = await sendUserAttributeVerificationCode({ userAttributeKey: "email" });
      expect(again).toMatchObject({ attributeName: "email" });
      const confirmationCode = await place.code("new@example.com");
      await expect(
        confirmUserAttribute({ userAttributeKey: "email", confirmationCode: wrong(confirmationCode) }),
      ).rejects.toMatchObject({ name: "CodeMismatchException" });
      await confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
      await deleteUserAttributes({ userAttributeKeys: ["name"] });
      const attributes = await fetchUserAttributes();
      expect(attributes).toMatchObject({ email: "new@example.com", email_verified: "true" });
      expect(attributes).not.toHaveProperty("name");
    });

    it("is deleted by its user", async () => {
      const { place } = await signedIn();
      await deleteUser();
      await expect(getCurrentUser()).rejects.toMatchObject({ name: "UserUnAuthenticatedException" });
      const { UserPoolId } = place;
      expect(await refusal(place.api("AdminGetUser", { UserPoolId, Username: username }))).toBe(
        "UserNotFoundException: User does not exist.",
      );
    });
  });
});
