import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type ICognitoStorage,
} from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceConfigurationType } from "../../src/api/generated/shapes.ts";
import { claimsOf } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const PHONE = "+15550100";
const WITH_MFA_REPLACED: DeviceConfigurationType = { ChallengeRequiredOnNewDevice: true };

interface SignedIn {
  readonly session: CognitoUserSession;
  readonly user: CognitoUser;
  readonly deviceKey: unknown;
  /** Whether the client was told that the user has to confirm the device. */
  readonly userDecides: boolean;
  /** How often a code was asked for. */
  readonly codes: number;
}

const callback = <T>(resolve: (value: T) => void, reject: (error: unknown) => void) => ({
  onSuccess: resolve,
  onFailure: reject,
});

describe("the stock JavaScript client and the devices it keeps", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  async function prepared(DeviceConfiguration: DeviceConfigurationType, withMfa = false) {
    const place = await scene(
      world,
      { DeviceConfiguration, ...(withMfa ? { SmsConfiguration: SMS } : {}) },
      { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
    );
    await place.user("alice", { phone_number: PHONE });
    if (withMfa)
      await place.api("SetUserPoolMfaConfig", {
        UserPoolId: place.UserPoolId,
        MfaConfiguration: "ON",
        SmsMfaConfiguration: { SmsConfiguration: SMS },
      });
    return place;
  }

  /** A new CognitoUser, as after a page load, on the storage of the browser. */
  function signIn(place: Scene, Storage: ICognitoStorage, flow = "USER_SRP_AUTH"): Promise<SignedIn> {
    const { UserPoolId, ClientId } = place;
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, Storage, endpoint: `${world.url}/` });
    const user = new CognitoUser({ Username: "alice", Pool, Storage });
    user.setAuthenticationFlowType(flow);
    let codes = 0;
    return new Promise((resolve, reject) => {
      const callbacks = {
        onSuccess: (session: CognitoUserSession, userDecides?: boolean) =>
          resolve({
            session,
            user,
            deviceKey: claimsOf(session.getAccessToken().getJwtToken()).device_key,
            userDecides: userDecides === true,
            codes,
          }),
        onFailure: reject,
        mfaRequired: async () => {
          codes++;
          user.sendMFACode(await place.code(PHONE), callbacks);
        },
      };
      user.authenticateUser(new AuthenticationDetails({ Username: "alice", Password: PASSWORD }), callbacks);
    });
  }

  it.each(["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])(
    "confirms its device by itself and proves it at the next sign-in, by %s",
    async (flow) => {
      const place = await prepared(WITH_MFA_REPLACED);
      const browser = new MemoryStorage();
      const first = await signIn(place, browser, flow);
      expect(first.userDecides).toBe(false);
      expect(browser.deviceKey).toBe(first.deviceKey);
      const second = await signIn(place, browser, flow);
      expect(second.deviceKey).toBe(first.deviceKey);
      const { Devices } = await place.api("AdminListDevices", {
        UserPoolId: place.UserPoolId,
        Username: "alice",
      });
      expect(Devices?.map(({ DeviceKey }) => DeviceKey)).toEqual([first.deviceKey]);
    },
  );

  it("is asked for a code once, where the device replaces the second factor", async () => {
    const place = await prepared(WITH_MFA_REPLACED, true);
    const browser = new MemoryStorage();
    expect((await signIn(place, browser)).codes).toBe(1);
    expect((await signIn(place, browser)).codes).toBe(0);
    expect((await signIn(place, new MemoryStorage())).codes).toBe(1);
  });

  it("is asked for a code each time where it does not, and keeps its device", async () => {
    const place = await prepared({}, true);
    const browser = new MemoryStorage();
    const first = await signIn(place, browser);
    const second = await signIn(place, browser);
    expect([first.codes, second.codes]).toEqual([1, 1]);
    expect(second.deviceKey).toBe(first.deviceKey);
  });

  it("remembers its device when the user says so, and not any more when the user says that", async () => {
    const place = await prepared({ ...WITH_MFA_REPLACED, DeviceOnlyRememberedOnUserPrompt: true }, true);
    const browser = new MemoryStorage();
    const first = await signIn(place, browser);
    expect(first.userDecides).toBe(true);
    expect((await signIn(place, browser)).codes).toBe(1);
    const { user } = await signIn(place, browser);
    await new Promise<string>((resolve, reject) => user.setDeviceStatusRemembered(callback(resolve, reject)));
    expect((await signIn(place, browser)).codes).toBe(0);
    await new Promise<string>((resolve, reject) =>
      user.setDeviceStatusNotRemembered(callback(resolve, reject)),
    );
    expect((await signIn(place, browser)).codes).toBe(1);
  });

  it("refreshes with its device", async () => {
    const place = await prepared({});
    const { user, session, deviceKey } = await signIn(place, new MemoryStorage());
    const refreshed = await new Promise<CognitoUserSession>((resolve, reject) =>
      user.refreshSession(session.getRefreshToken(), (error, result) =>
        error ? reject(error) : resolve(result),
      ),
    );
    expect(claimsOf(refreshed.getAccessToken().getJwtToken()).device_key).toBe(deviceKey);
  });

  it("lists and shows its device, and forgets it", async () => {
    const place = await prepared({});
    const browser = new MemoryStorage();
    const { user, deviceKey } = await signIn(place, browser);
    const listed = await new Promise<{ Devices: { DeviceKey: string }[] }>((resolve, reject) =>
      user.listDevices(10, null, callback(resolve, reject)),
    );
    expect(listed.Devices.map(({ DeviceKey }) => DeviceKey)).toEqual([deviceKey]);
    const shown = await new Promise<unknown>((resolve, reject) => user.getDevice(callback(resolve, reject)));
    expect(shown).toMatchObject({ Device: { DeviceKey: deviceKey } });
    await new Promise<string>((resolve, reject) => user.forgetDevice(callback(resolve, reject)));
    expect(browser.deviceKey).toBeUndefined();
    expect((await signIn(place, browser)).deviceKey).not.toBe(deviceKey);
  });

  it.each(["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])(
    "gets in by %s with a new device when the one it keeps was forgotten elsewhere",
    async (flow) => {
      const place = await prepared(WITH_MFA_REPLACED, true);
      const browser = new MemoryStorage();
      const { deviceKey } = await signIn(place, browser, flow);
      await place.api("AdminForgetDevice", {
        UserPoolId: place.UserPoolId,
        Username: "alice",
        DeviceKey: String(deviceKey),
      });
      const again = await signIn(place, browser, flow);
      expect(again.codes).toBe(1);
      expect(again.deviceKey).not.toBe(deviceKey);
      expect(browser.deviceKey).toBe(again.deviceKey);
    },
  );
});
