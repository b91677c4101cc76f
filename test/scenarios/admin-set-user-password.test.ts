import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  attributes,
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

const NEW = "Brand-New-Pass-7";

let poolId = "";
let client: Awaited<ReturnType<typeof makeClient>>;
beforeAll(async () => {
  poolId = (await makePool(api, { AutoVerifiedAttributes: ["email"] })).Id;
  client = await makeClient(api, poolId);
});

const setPassword = (Username: string, Password: string, Permanent?: boolean) =>
  api("AdminSetUserPassword", {
    UserPoolId: poolId,
    Username,
    Password,
    ...(Permanent === undefined ? {} : { Permanent }),
  });
const getUser = (Username: string) => api("AdminGetUser", { UserPoolId: poolId, Username });
const statusOf = async (username: string) => (await getUser(username)).UserStatus;

/** A user in each status that operations produce, made as people come to it. */
const inStatus = {
  async UNCONFIRMED(username: string) {
    await api("SignUp", { ClientId: client.ClientId, Username: username, Password: PASSWORD });
  },
  async CONFIRMED(username: string) {
    await makeUser(api, poolId, username, { password: PASSWORD });
  },
  async FORCE_CHANGE_PASSWORD(username: string) {
    await makeUser(api, poolId, username);
  },
  async RESET_REQUIRED(username: string) {
    await makeUser(api, poolId, username, {
      password: PASSWORD,
      attributes: { email: `${username}@example.com`, email_verified: "true" },
    });
    await api("AdminResetUserPassword", { UserPoolId: poolId, Username: username });
  },
} as const;
const STATUSES = Object.keys(inStatus) as (keyof typeof inStatus)[];

describe.skipIf(awsCliMissing)(`admin-set-user-password (${awsCliMissing ?? "by the AWS CLI"})`, () => {
  it("with --permanent confirms, with --no-permanent and with neither asks for a new password", async () => {
    const aws = awsCli(world.url);
    await makeUser(api, poolId, "by-cli");
    const command = [
      "admin-set-user-password",
      ...["--user-pool-id", poolId, "--username", "by-cli", "--password", PASSWORD],
    ];
    const expected = [
      ["--permanent", "CONFIRMED"],
      ["--no-permanent", "FORCE_CHANGE_PASSWORD"],
    ] as const;
    for (const [flag, status] of expected) {
      const run = await aws(...command, flag);
      expect([run.status, run.output]).toEqual([0, undefined]);
      expect(await statusOf("by-cli")).toBe(status);
    }
    await setPassword("by-cli", PASSWORD, true);
    await aws(...command);
    const got = await aws("admin-get-user", "--user-pool-id", poolId, "--username", "by-cli");
    expect(got.output).toEqual({
      Username: "by-cli",
      UserAttributes: [{ Name: "sub", Value: expect.any(String) }],
      UserCreateDate: expect.anything(),
      UserLastModifiedDate: expect.anything(),
      Enabled: true,
      UserStatus: "FORCE_CHANGE_PASSWORD",
    });
  });
});

describe("AdminSetUserPassword", () => {
  it.each(STATUSES)("with Permanent confirms a user who is %s, and the password signs in", async (status) => {
    const username = `permanent-${status}`;
    await inStatus[status](username);
    expect(await statusOf(username)).toBe(status);
    expect(await setPassword(username, NEW, true)).toEqual({});
    expect(await statusOf(username)).toBe("CONFIRMED");
    await signIn(api, client, username, NEW);
  });

  it.each(STATUSES)("with Permanent false asks a user who is %s for a new password", async (status) => {
    const username = `temporary-${status}`;
    await inStatus[status](username);
    expect(await setPassword(username, NEW, false)).toEqual({});
    expect(await statusOf(username)).toBe("FORCE_CHANGE_PASSWORD");
    expect((await startSignIn(api, client, username, NEW)).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it("without Permanent does as with false", async () => {
    await makeUser(api, poolId, "neither", { password: PASSWORD });
    await setPassword("neither", NEW);
    expect(await statusOf("neither")).toBe("FORCE_CHANGE_PASSWORD");
  });

  it("ends the password before", async () => {
    await makeUser(api, poolId, "replaced", { password: PASSWORD });
    await setPassword("replaced", NEW, true);
    expect(await refusal(startSignIn(api, client, "replaced", PASSWORD))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("leaves tokens alone", async () => {
    await makeUser(api, poolId, "signed-in", { password: PASSWORD });
    const { AccessToken, RefreshToken } = await signIn(api, client, "signed-in");
    await setPassword("signed-in", NEW, true);
    expect((await api("GetUser", { AccessToken })).Username).toBe("signed-in");
    await api("InitiateAuth", {
      ClientId: client.ClientId,
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });
  });

  it("leaves a disabled user disabled", async () => {
    await makeUser(api, poolId, "disabled", { password: PASSWORD });
    await api("AdminDisableUser", { UserPoolId: poolId, Username: "disabled" });
    await setPassword("disabled", NEW, true);
    expect(await getUser("disabled")).toMatchObject({ Enabled: false, UserStatus: "CONFIRMED" });
    expect(await refusal(startSignIn(api, client, "disabled", NEW))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
  });

  it("ends a pending reset: the code of before is no use any more", async () => {
    await inStatus.RESET_REQUIRED("overruled");
    const { code } = await world.lastMessage("overruled@example.com");
    await setPassword("overruled", NEW, true);
    const person = { ClientId: client.ClientId, Username: "overruled" };
    expect(
      await refusal(api("ConfirmForgotPassword", { ...person, ConfirmationCode: code, Password: PASSWORD })),
    ).toBe("ExpiredCodeException: Invalid code provided, please request a code again.");
    await signIn(api, client, "overruled", NEW);
  });

  it("refuses an unknown user, and a user of another pool", async () => {
    const other = await makePool(api);
    await makeUser(api, other.Id, "elsewhere");
    for (const username of ["nobody", "elsewhere"])
      expect(await refusal(setPassword(username, NEW, true))).toBe(
        "UserNotFoundException: User does not exist.",
      );
  });

  it("refuses passwords that the model forbids, and never repeats them", async () => {
    await makeUser(api, poolId, "model");
    const at = "Value at 'password' failed to satisfy constraint: Member must";
    const pattern = "satisfy regular expression pattern: ^[\\S]+.*[\\S]+$";
    for (const [password, rule] of [
      ["x", pattern],
      [` ${NEW}`, pattern],
      [`${NEW} `, pattern],
      [`Aa1-${"x".repeat(253)}`, "have length less than or equal to 256"],
    ] as const)
      expect(await refusal(setPassword("model", password, true))).toBe(
        `InvalidParameterException: 1 validation error detected: ${at} ${rule}`,
      );
  });

  it("takes a password of 256 characters, and one with spaces inside", async () => {
    await makeUser(api, poolId, "long");
    for (const password of [`Aa1-${"x".repeat(252)}`, "Correct horse 9", "Ünïcödé-Pass-9-✓"]) {
      await setPassword("long", password, true);
      await signIn(api, client, "long", password);
    }
  });
});

describe("AdminGetUser", () => {
  const shape = (Username: string, more: object) => ({
    Username,
    UserAttributes: [{ Name: "sub", Value: expect.any(String) }],
    UserCreateDate: expect.any(Number),
    UserLastModifiedDate: expect.any(Number),
    Enabled: true,
    ...more,
  });

  it.each(["UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD"] as const)(
    "shows a user who is %s, with no member for second factors",
    async (UserStatus) => {
      const username = `get-${UserStatus}`;
      await inStatus[UserStatus](username);
      expect(await getUser(username)).toEqual(shape(username, { UserStatus }));
    },
  );

  it("shows a user who must reset the password, with all attributes", async () => {
    await inStatus.RESET_REQUIRED("get-reset");
    const user = await getUser("get-reset");
    expect(user).toEqual({
      ...shape("get-reset", { UserStatus: "RESET_REQUIRED" }),
      UserAttributes: [
        { Name: "sub", Value: expect.any(String) },
        ...attributes({ email: "get-reset@example.com", email_verified: "true" }),
      ],
    });
  });

  it("shows a disabled user, whose status stays", async () => {
    await inStatus.CONFIRMED("get-disabled");
    await api("AdminDisableUser", { UserPoolId: poolId, Username: "get-disabled" });
    expect(await getUser("get-disabled")).toEqual(
      shape("get-disabled", { UserStatus: "CONFIRMED", Enabled: false }),
    );
    await api("AdminEnableUser", { UserPoolId: poolId, Username: "get-disabled" });
    expect((await getUser("get-disabled")).Enabled).toBe(true);
  });

  it("shows when the user was last changed", async () => {
    await makeUser(api, poolId, "dates");
    const made = await getUser("dates");
    expect(made.UserCreateDate).toBe(made.UserLastModifiedDate);
    await world.advanceSeconds(90);
    await setPassword("dates", NEW, true);
    const changed = await getUser("dates");
    expect(changed.UserCreateDate).toBe(made.UserCreateDate);
    expect((changed.UserLastModifiedDate ?? 0) - (made.UserLastModifiedDate ?? 0)).toBeGreaterThanOrEqual(90);
  });

  it("sends dates as seconds with at most three decimals", async () => {
    await makeUser(api, poolId, "decimals", { temporaryPassword: TEMPORARY_PASSWORD });
    const { UserCreateDate = 0 } = await getUser("decimals");
    expect(String(UserCreateDate)).toMatch(/^\d{10}(\.\d{1,3})?$/);
  });

  it("refuses an unknown user", async () => {
    expect(await refusal(getUser("nobody"))).toBe("UserNotFoundException: User does not exist.");
  });
});
