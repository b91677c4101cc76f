import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminCreateUserRequest, PasswordPolicyType } from "../../src/api/generated/shapes.ts";
import { apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  attributes,
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DAY_SECONDS = 86_400;

let poolId = "";
let client: Awaited<ReturnType<typeof makeClient>>;
beforeAll(async () => {
  poolId = (await makePool(api, { Schema: [{ Name: "tier", AttributeDataType: "Number" }] })).Id;
  client = await makeClient(api, poolId);
});

const create = (given: Partial<AdminCreateUserRequest> & { Username: string }, pool = poolId) =>
  api("AdminCreateUser", { UserPoolId: pool, ...given });

const suppressed = { MessageAction: "SUPPRESS" } as const;

describe.skipIf(awsCliMissing)(`AdminCreateUser, by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  it("makes a user who must change the password, and answers with a UserType", async () => {
    const run = await awsCli(world.url)(
      "admin-create-user",
      "--user-pool-id",
      poolId,
      "--username",
      "cli-user",
      "--user-attributes",
      "Name=email,Value=cli@example.com",
      "Name=email_verified,Value=true",
      "--message-action",
      "SUPPRESS",
    );
    expect(run.output).toEqual({
      User: {
        Username: "cli-user",
        Attributes: [
          { Name: "sub", Value: expect.stringMatching(UUID) },
          { Name: "email", Value: "cli@example.com" },
          { Name: "email_verified", Value: "true" },
        ],
        UserCreateDate: expect.anything(),
        UserLastModifiedDate: run.output.User.UserCreateDate,
        Enabled: true,
        UserStatus: "FORCE_CHANGE_PASSWORD",
      },
    });
  });
});

describe("AdminCreateUser", () => {
  it("needs nothing but a username", async () => {
    const { User } = await create({ Username: "only-a-name" });
    expect(User).toEqual({
      Username: "only-a-name",
      Attributes: [{ Name: "sub", Value: expect.stringMatching(UUID) }],
      UserCreateDate: expect.any(Number),
      UserLastModifiedDate: User?.UserCreateDate,
      Enabled: true,
      UserStatus: "FORCE_CHANGE_PASSWORD",
    });
    expect(await world.inbox({ userPoolId: poolId, username: "only-a-name" })).toEqual([]);
  });

  it("gives each user a sub of its own that is no UUID of version 4", async () => {
    const subs = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { User } = await create({ Username: `sub-${i}`, ...suppressed });
      const sub = User?.Attributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
      expect(sub).toMatch(UUID);
      expect(sub[14]).not.toBe("4");
      subs.add(sub);
    }
    expect(subs.size).toBe(20);
  });

  it("sends nothing with MessageAction SUPPRESS", async () => {
    await create({
      Username: "silent",
      UserAttributes: attributes({ email: "silent@example.com", phone_number: "+15550001111" }),
      DesiredDeliveryMediums: ["EMAIL", "SMS"],
      ...suppressed,
    });
    expect(await world.inbox({ to: "silent@example.com" })).toEqual([]);
    expect(await world.inbox({ to: "+15550001111" })).toEqual([]);
  });

  it("invites by e-mail, with a temporary password that signs in", async () => {
    await create({
      Username: "invited",
      UserAttributes: attributes({ email: "invited@example.com" }),
      DesiredDeliveryMediums: ["EMAIL"],
    });
    const message = await world.lastMessage("invited@example.com");
    expect(message).toMatchObject({
      channel: "EMAIL",
      kind: "AdminCreateUser",
      userPoolId: poolId,
      username: "invited",
      subject: "Your temporary password",
    });
    expect(message.body).toBe(`Your username is invited and temporary password is ${message.code}. `);
    expect((await startSignIn(api, client, "invited", message.code)).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
  });

  it("invites by SMS unless told otherwise, and by every medium asked for", async () => {
    const both = attributes({ email: "both@example.com", phone_number: "+15550002222" });
    await create({ Username: "by-default", UserAttributes: both });
    expect((await world.lastMessage("+15550002222")).channel).toBe("SMS");
    expect(await world.inbox({ to: "both@example.com" })).toEqual([]);
    await create({ Username: "by-both", UserAttributes: both, DesiredDeliveryMediums: ["EMAIL", "SMS"] });
    const [mail, sms] = [
      await world.lastMessage("both@example.com"),
      await world.lastMessage("+15550002222"),
    ];
    expect([mail.username, sms.username]).toEqual(["by-both", "by-both"]);
    expect(sms.code).toBe(mail.code);
    expect(sms.subject).toBeNull();
    expect(sms.body).toBe(`Your username is by-both and temporary password is ${sms.code}. `);
  });

  it("uses the pool's own invitation", async () => {
    const pool = await makePool(api, {
      AdminCreateUserConfig: {
        InviteMessageTemplate: {
          EmailSubject: "Welcome, {username}",
          EmailMessage: "<p>{username} / {####}</p>",
          SMSMessage: "{username}: {####}",
        },
      },
    });
    const address = "own-template@example.com";
    await create(
      {
        Username: "<b>ana</b>",
        TemporaryPassword: TEMPORARY_PASSWORD,
        UserAttributes: attributes({ email: address }),
        DesiredDeliveryMediums: ["EMAIL"],
      },
      pool.Id,
    );
    expect(await world.lastMessage(address)).toMatchObject({
      subject: "Welcome, <b>ana</b>",
      body: `<p>&#60;b&#62;ana&#60;/b&#62; / ${TEMPORARY_PASSWORD}</p>`,
      code: TEMPORARY_PASSWORD,
    });
  });

  it("takes the temporary password that is given", async () => {
    await create({ Username: "given", TemporaryPassword: TEMPORARY_PASSWORD, ...suppressed });
    const answer = await startSignIn(api, client, "given", TEMPORARY_PASSWORD);
    expect(answer.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });

  it.each([
    ["Short-1", "Password not long enough"],
    ["no-upper-case-1", "Password must have uppercase characters"],
    ["NO-LOWER-CASE-1", "Password must have lowercase characters"],
    ["No-Numbers-Here", "Password must have numeric characters"],
    ["NoSymbolsHere1", "Password must have symbol characters"],
  ])("refuses the temporary password %s: %s", async (password, reason) => {
    expect(await refusal(create({ Username: "weak", TemporaryPassword: password }))).toBe(
      `InvalidPasswordException: Password did not conform with password policy: ${reason}`,
    );
    expect(await refusal(api("AdminGetUser", { UserPoolId: poolId, Username: "weak" }))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });

  it("makes passwords that satisfy the policy, whatever the policy is", async () => {
    const policies: fc.Arbitrary<PasswordPolicyType> = fc.record({
      MinimumLength: fc.integer({ min: 6, max: 99 }),
      RequireUppercase: fc.boolean(),
      RequireLowercase: fc.boolean(),
      RequireNumbers: fc.boolean(),
      RequireSymbols: fc.boolean(),
    });
    let n = 0;
    const invitation = async (PasswordPolicy: PasswordPolicyType) => {
      const pool = await makePool(api, { Policies: { PasswordPolicy } });
      const address = `policy-${n++}@example.com`;
      await create(
        {
          Username: "ana",
          UserAttributes: attributes({ email: address }),
          DesiredDeliveryMediums: ["EMAIL"],
        },
        pool.Id,
      );
      const { code } = await world.lastMessage(address);
      // The policy judges its own password: what it makes, it takes from an administrator too.
      await create({ Username: "ben", TemporaryPassword: code, ...suppressed }, pool.Id);
      return code;
    };
    await fc.assert(
      fc.asyncProperty(policies, async (policy) => {
        const code = await invitation(policy);
        expect(code.length).toBeGreaterThanOrEqual(policy.MinimumLength ?? 0);
        expect(code.length).toBeLessThanOrEqual(256);
        if (policy.RequireUppercase) expect(code).toMatch(/[A-Z]/);
        if (policy.RequireLowercase) expect(code).toMatch(/[a-z]/);
        if (policy.RequireNumbers) expect(code).toMatch(/[0-9]/);
        if (policy.RequireSymbols) expect(code).toMatch(/[^A-Za-z0-9]/);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps attributes as given, with flags in lower case", async () => {
    const { User } = await create({
      Username: "flags",
      UserAttributes: attributes({
        email: "flags@example.com",
        email_verified: "True",
        phone_number: "+15550003333",
        phone_number_verified: "FALSE",
        "custom:tier": "7",
        name: "Ana Q.",
        address: "1 Main Street\nTown",
      }),
      ...suppressed,
    });
    expect(User?.Attributes?.slice(1)).toEqual(
      attributes({
        email: "flags@example.com",
        email_verified: "true",
        phone_number: "+15550003333",
        phone_number_verified: "false",
        "custom:tier": "7",
        name: "Ana Q.",
        address: "1 Main Street\nTown",
      }),
    );
  });

  it.each([
    [
      { "custom:role": "x" },
      "Attributes did not conform to the schema: Type for attribute {custom:role} could not be determined",
    ],
    [{ sub: "x" }, "Cannot modify the non-mutable attribute sub"],
    [{ email: "no-address" }, "Invalid email address format."],
    [{ email: "two@at@example.com" }, "Invalid email address format."],
    [{ phone_number: "5550001111" }, "Invalid phone number format."],
    [{ phone_number: "+1 555 000 1111" }, "Invalid phone number format."],
  ])("refuses the attributes %j", async (given, sentence) => {
    expect(await refusal(create({ Username: "refused", UserAttributes: attributes(given as never) }))).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it.each([
    [{ birthdate: "2000" }, "birthdate"],
    [{ "custom:tier": "high" }, "custom:tier"],
    [{ email_verified: "perhaps", email: "x@example.com" }, "email_verified"],
    [{ email_verified: "true" }, "email"],
    [{ phone_number_verified: "true" }, "phone_number"],
  ])("refuses the attributes %j, by the name at fault", async (given, name) => {
    expect(
      await refusal(create({ Username: "refused", UserAttributes: attributes(given as never) })),
    ).toMatch(new RegExp(`^InvalidParameterException: .*${name}`));
  });

  it("takes attribute values of up to 2048 bytes", async () => {
    const named = (name: string) =>
      create({ Username: `long-${name.length}`, UserAttributes: attributes({ name }), ...suppressed });
    expect((await named("é".repeat(1024))).User?.Attributes?.[1]?.Value).toHaveLength(1024);
    expect(await refusal(named("é".repeat(1025)))).toMatch(
      /^InvalidParameterException: Attributes did not conform to the schema: name: /,
    );
    expect(await refusal(named("x".repeat(2049)))).toBe(
      "InvalidParameterException: 1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048",
    );
  });

  it.each([
    [
      { Username: "" },
      "Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { Username: "a b" },
      "Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
    ],
    [
      { Username: "ana", MessageAction: "SHOUT" },
      "Value 'SHOUT' at 'messageAction' failed to satisfy constraint: Member must satisfy enum value set: [RESEND, SUPPRESS]",
    ],
    [
      { Username: "ana", TemporaryPassword: " Leading-Space-1" },
      "Value at 'temporaryPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
    ],
  ])("refuses the input %j", async (given, sentence) => {
    const refused = await refusal(create(given as never));
    expect(refused).toMatch(/^InvalidParameterException: \d validation errors? detected: /);
    expect(refused).toContain(sentence);
  });

  it("refuses a name of more than 128 characters", async () => {
    expect(await refusal(create({ Username: "x".repeat(129) }))).toBe(
      "InvalidParameterException: 1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128",
    );
  });

  it("refuses a name that is taken, as that and as nothing else", async () => {
    await create({ Username: "taken", ...suppressed });
    expect(await refusal(create({ Username: "taken", ...suppressed }))).toBe(
      "UsernameExistsException: User account already exists",
    );
  });

  it("distinguishes case, as pools made by the API do", async () => {
    await create({ Username: "Case", ...suppressed });
    await create({ Username: "case", ...suppressed });
    expect((await api("AdminGetUser", { UserPoolId: poolId, Username: "Case" })).Username).toBe("Case");
  });

  it("makes one user when ten ask for the same name at once", async () => {
    const calls = Array.from({ length: 10 }, () => create({ Username: "raced", ...suppressed }));
    expect(await race(calls)).toEqual({
      won: 1,
      refusals: ["UsernameExistsException: User account already exists"],
    });
  });

  it("gives a deleted user's name to a new one at once, who is someone else", async () => {
    const before = await create({ Username: "again", ...suppressed });
    await api("AdminDeleteUser", { UserPoolId: poolId, Username: "again" });
    const after = await create({ Username: "again", ...suppressed });
    expect(after.User?.Attributes?.[0]?.Value).not.toBe(before.User?.Attributes?.[0]?.Value);
  });
});

describe("AdminCreateUser with MessageAction RESEND", () => {
  const resend = (Username: string, more: Partial<AdminCreateUserRequest> = {}) =>
    create({ Username, MessageAction: "RESEND", DesiredDeliveryMediums: ["EMAIL"], ...more });

  it("sends a new temporary password, and the old one is dead", async () => {
    const email = "resend@example.com";
    const { User } = await create({
      Username: "resend",
      UserAttributes: attributes({ email }),
      DesiredDeliveryMediums: ["EMAIL"],
    });
    const first = await world.lastMessage(email);
    await world.advanceSeconds(1);
    const resent = await resend("resend");
    expect(resent.User).toEqual({ ...User, UserLastModifiedDate: expect.any(Number) });
    expect(resent.User?.UserLastModifiedDate).toBeGreaterThan(User?.UserLastModifiedDate ?? 0);
    const second = await world.lastMessage(email);
    expect(second.kind).toBe("AdminCreateUser");
    expect(second.code).not.toBe(first.code);
    expect(await refusal(startSignIn(api, client, "resend", first.code))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    expect((await startSignIn(api, client, "resend", second.code)).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
  });

  it("takes a given temporary password too, under the same policy", async () => {
    await create({ Username: "resend-given", ...suppressed });
    expect(await refusal(resend("resend-given", { TemporaryPassword: "short" }))).toBe(
      "InvalidPasswordException: Password did not conform with password policy: Password not long enough",
    );
    await resend("resend-given", { TemporaryPassword: "Second-Day-Pass-2" });
    expect((await startSignIn(api, client, "resend-given", "Second-Day-Pass-2")).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
  });

  it("refuses an unknown user", async () => {
    expect(await refusal(resend("nobody"))).toBe("UserNotFoundException: User does not exist.");
  });

  it("refuses a user who has a password already", async () => {
    await makeUser(api, poolId, "settled", { password: PASSWORD });
    expect(await refusal(resend("settled"))).toBe(
      "UnsupportedUserStateException: Resend not possible. settled status is not FORCE_CHANGE_PASSWORD",
    );
  });
});

describe("a temporary password", () => {
  const expired =
    "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.";

  it("works for 7 days, and then says why it does not", async () => {
    await makeUser(api, poolId, "seven-days");
    await world.advanceSeconds(7 * DAY_SECONDS - 1);
    expect((await startSignIn(api, client, "seven-days", TEMPORARY_PASSWORD)).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
    await world.advanceSeconds(1);
    expect(await refusal(startSignIn(api, client, "seven-days", TEMPORARY_PASSWORD))).toBe(expired);
    expect(await refusal(startSignIn(api, client, "seven-days", "Wrong-Horse-9"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("works as many days as the policy says", async () => {
    const pool = await makePool(api, { Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 1 } } });
    const short = await makeClient(api, pool.Id);
    await makeUser(api, pool.Id, "one-day");
    await world.advanceSeconds(DAY_SECONDS - 1);
    await startSignIn(api, short, "one-day", TEMPORARY_PASSWORD);
    await world.advanceSeconds(1);
    expect(await refusal(startSignIn(api, short, "one-day", TEMPORARY_PASSWORD))).toBe(expired);
  });

  it("that expired is replaced by RESEND, and by AdminSetUserPassword", async () => {
    await makeUser(api, poolId, "cured");
    await world.advanceSeconds(8 * DAY_SECONDS);
    await create({ Username: "cured", MessageAction: "RESEND", TemporaryPassword: TEMPORARY_PASSWORD });
    expect((await startSignIn(api, client, "cured", TEMPORARY_PASSWORD)).ChallengeName).toBe(
      "NEW_PASSWORD_REQUIRED",
    );
    await world.advanceSeconds(8 * DAY_SECONDS);
    expect(await refusal(startSignIn(api, client, "cured", TEMPORARY_PASSWORD))).toBe(expired);
    const named = { UserPoolId: poolId, Username: "cured" };
    await api("AdminSetUserPassword", { ...named, Password: PASSWORD, Permanent: true });
    await world.advanceSeconds(800 * DAY_SECONDS);
    expect((await startSignIn(api, client, "cured", PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("cannot be recovered by its holder", async () => {
    await makeUser(api, poolId, "forgetful", {
      attributes: { email: "forgetful@example.com", email_verified: "true" },
    });
    const state = "NotAuthorizedException: User password cannot be reset in the current state.";
    const person = { ClientId: client.ClientId, Username: "forgetful" };
    expect(await refusal(api("ForgotPassword", person))).toBe(state);
    const named = { UserPoolId: poolId, Username: "forgetful" };
    expect(await refusal(api("AdminResetUserPassword", named))).toBe(state);
  });
});

describe("a pool that lets people sign in by code", () => {
  const policies = { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } as const;

  it("makes users without a password CONFIRMED, and those with one as everywhere", async () => {
    const pool = await makePool(api, { Policies: policies as never });
    const without = await create({ Username: "otp", ...suppressed }, pool.Id);
    expect(without.User?.UserStatus).toBe("CONFIRMED");
    const { User } = await create(
      { Username: "password", TemporaryPassword: TEMPORARY_PASSWORD, ...suppressed },
      pool.Id,
    );
    expect(User?.UserStatus).toBe("FORCE_CHANGE_PASSWORD");
    const otp = await makeClient(api, pool.Id);
    expect(await refusal(startSignIn(api, otp, "otp", PASSWORD))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("wants all required attributes of a user without a password, for no later step asks for them", async () => {
    const Schema = [
      { Name: "email", Required: true },
      { Name: "name", Required: true },
    ];
    const pool = await makePool(api, { Policies: policies as never, Schema });
    expect(await refusal(create({ Username: "otp" }, pool.Id))).toBe(
      "InvalidParameterException: Attributes did not conform to the schema: name: The attribute is required\nemail: The attribute is required\n",
    );
    const email = attributes({ email: "otp@example.com" });
    expect(await refusal(create({ Username: "otp", UserAttributes: email }, pool.Id))).toBe(
      "InvalidParameterException: Attributes did not conform to the schema: name: The attribute is required",
    );
    await create({ Username: "later", TemporaryPassword: TEMPORARY_PASSWORD, ...suppressed }, pool.Id);
  });
});
