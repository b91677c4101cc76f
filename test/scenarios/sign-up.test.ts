import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { atFullHour, type Scene, SMS, scene, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const CODE_MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const CODE_EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const NO_SUCH_USER = "UserNotFoundException: Username/client id combination not found.";
const LIMIT = "LimitExceededException: Attempt limit exceeded, please try after some time.";
const CONFIRMED_ALREADY = "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED";
const UNWRITABLE = "NotAuthorizedException: A client attempted to write unauthorized attribute";
const VERIFIES_EMAIL = { AutoVerifiedAttributes: ["email"] } satisfies Partial<Input<"CreateUserPool">>;
const VERIFIES_BOTH = {
  AutoVerifiedAttributes: ["email", "phone_number"],
  SmsConfiguration: SMS,
} satisfies Partial<Input<"CreateUserPool">>;
const EMAIL = { email: "ana@example.com" };
const PHONE = { phone_number: "+15555550123" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const signUp = (
  { api, ClientId }: Scene,
  given: Record<string, string> = EMAIL,
  more: Partial<Input<"SignUp">> = {},
) =>
  api("SignUp", {
    ClientId,
    Username: "ana",
    Password: PASSWORD,
    UserAttributes: attributes(given),
    ...more,
  });
const confirm = (
  { api, ClientId }: Scene,
  ConfirmationCode: string,
  more: Partial<Input<"ConfirmSignUp">> = {},
) => api("ConfirmSignUp", { ClientId, Username: "ana", ConfirmationCode, ...more });
const resend = ({ api, ClientId }: Scene, Username = "ana") =>
  api("ResendConfirmationCode", { ClientId, Username });
const adminConfirm = ({ api, UserPoolId }: Scene, Username = "ana") =>
  api("AdminConfirmSignUp", { UserPoolId, Username });

describe.skipIf(awsCliMissing)(`a person who signs up, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("is unconfirmed until the code comes back, then signs in with a verified address", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    const aws = awsCli(world.url);
    const signedUp = await aws(
      ...["sign-up", "--client-id", place.ClientId, "--username", "ana", "--password", PASSWORD],
      ...["--user-attributes", "Name=email,Value=ana@example.com", "Name=name,Value=Ana"],
    );
    expect(signedUp.output).toEqual({
      UserConfirmed: false,
      UserSub: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      CodeDeliveryDetails: { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***" },
    });
    expect(await place.status("ana")).toBe("UNCONFIRMED");
    expect(await refusal(place.signIn("ana"))).toBe("UserNotConfirmedException: User is not confirmed.");

    const message = await world.lastMessage("ana@example.com");
    expect(message).toMatchObject({
      kind: "SignUp",
      subject: "Your verification code",
      code: expect.stringMatching(/^\d{6}$/),
      username: "ana",
    });
    const confirmed = await aws(
      ...["confirm-sign-up", "--client-id", place.ClientId, "--username", "ana"],
      ...["--confirmation-code", message.code],
    );
    expect(confirmed).toMatchObject({ status: 0, errorText: "" });
    expect(await place.status("ana")).toBe("CONFIRMED");
    expect(await place.attributes("ana")).toEqual({ ...EMAIL, email_verified: "true", name: "Ana" });
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });
});

describe("SignUp", () => {
  it.each([
    ["the pool verifies nothing", {}, { ...EMAIL, ...PHONE }],
    ["the user gives no address", VERIFIES_BOTH, {}],
    ["the user gives another address than the pool verifies", VERIFIES_EMAIL, PHONE],
  ])("sends no code and says nothing of one when %s", async (_, pool, given) => {
    const place = await scene(world, pool);
    const answer = await signUp(place, given as Record<string, string>);
    expect(answer).toEqual({ UserConfirmed: false, UserSub: expect.any(String) });
    expect(await world.inbox({ userPoolId: place.UserPoolId })).toEqual([]);
  });

  it("sends one code, to the phone, when both addresses are to be verified; the e-mail stays unverified", async () => {
    const place = await scene(world, VERIFIES_BOTH);
    expect((await signUp(place, { ...EMAIL, ...PHONE })).CodeDeliveryDetails).toEqual({
      AttributeName: "phone_number",
      DeliveryMedium: "SMS",
      Destination: "+*******0123",
    });
    expect(await place.messagesTo("ana@example.com")).toBe(0);
    await confirm(place, await place.code("+15555550123"));
    expect(await place.attributes("ana")).toEqual({
      ...EMAIL,
      ...PHONE,
      email_verified: "false",
      phone_number_verified: "true",
    });
  });

  it("sends the code by e-mail when only that address is given", async () => {
    const place = await scene(world, VERIFIES_BOTH);
    expect((await signUp(place)).CodeDeliveryDetails?.DeliveryMedium).toBe("EMAIL");
  });

  it("is refused for a name that exists, whether confirmed or not", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    expect(await refusal(signUp(place))).toBe("UsernameExistsException: User already exists");
    await adminConfirm(place);
    expect(await refusal(signUp(place, {}))).toBe("UsernameExistsException: User already exists");
    expect(await place.messagesTo("ana@example.com")).toBe(1);
  });

  it("tells names apart by case, unless the pool does not", async () => {
    const sensitive = await scene(world);
    await signUp(sensitive, {});
    expect((await signUp(sensitive, {}, { Username: "ANA" })).UserConfirmed).toBe(false);
    const insensitive = await scene(world, { UsernameConfiguration: { CaseSensitive: false } });
    await signUp(insensitive, {});
    expect(await refusal(signUp(insensitive, {}, { Username: "ANA" }))).toBe(
      "UsernameExistsException: User already exists",
    );
  });

  it("of twenty at once under one name lets one win", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    const outcome = await race(Array.from({ length: 20 }, () => signUp(place)));
    expect(outcome).toEqual({ won: 1, refusals: ["UsernameExistsException: User already exists"] });
    expect(await place.messagesTo("ana@example.com")).toBe(1);
  });

  it("is refused where only administrators make users", async () => {
    const place = await scene(world, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    expect(await refusal(signUp(place))).toBe(
      "NotAuthorizedException: SignUp is not permitted for this user pool",
    );
  });

  it.each([
    ["Sh0rt!", "Password not long enough"],
    ["lower-case-0nly", "Password must have uppercase characters"],
    ["UPPER-CASE-0NLY", "Password must have lowercase characters"],
    ["No-digits-here", "Password must have numeric characters"],
    ["N0symbolsHere", "Password must have symbol characters"],
  ])("is refused with the password %s", async (Password, reason) => {
    const place = await scene(world);
    expect(await refusal(signUp(place, EMAIL, { Password }))).toBe(
      `InvalidPasswordException: Password did not conform with policy: ${reason}`,
    );
  });

  it("is refused without a password", async () => {
    const { api, ClientId } = await scene(world);
    expect(await refusal(api("SignUp", { ClientId, Username: "ana" }))).toMatch(
      /^(InvalidParameter|InvalidPassword)Exception: .*password/,
    );
  });

  it.each([
    ["an e-mail address without @", { email: "ana.example.com" }, "Invalid email address format."],
    ["a phone number without +", { phone_number: "5555550123" }, "Invalid phone number format."],
    [
      "an attribute outside the schema",
      { "custom:none": "x" },
      "Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.",
    ],
  ])("is refused with %s", async (_, given, sentence) => {
    const place = await scene(world);
    expect((await refusal(signUp(place, given as Record<string, string>))).trimEnd()).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it("is refused without the attributes that the pool requires", async () => {
    const one = await scene(world, { Schema: [{ Name: "email", Required: true }] });
    expect(await refusal(signUp(one, {}))).toBe(
      "InvalidParameterException: Attributes did not conform to the schema: email: The attribute is required",
    );
    const two = await scene(world, {
      Schema: [
        { Name: "name", Required: true },
        { Name: "email", Required: true },
      ],
    });
    expect(await refusal(signUp(two, {}))).toBe(
      "InvalidParameterException: Attributes did not conform to the schema: name: The attribute is required\nemail: The attribute is required\n",
    );
  });

  it.each(["sub", "email_verified", "phone_number_verified", "identities"])(
    "is refused with the protected attribute %s",
    async (name) => {
      const place = await scene(world);
      expect(await refusal(signUp(place, { ...EMAIL, [name]: "true" }))).toBe(UNWRITABLE);
    },
  );

  it("is refused with a developer-only attribute, and with one outside the client's write list", async () => {
    const place = await scene(
      world,
      {
        Schema: [
          { Name: "plan", AttributeDataType: "String", DeveloperOnlyAttribute: true },
          { Name: "team", AttributeDataType: "String" },
        ],
      },
      { WriteAttributes: ["email"] },
    );
    expect(await refusal(signUp(place, { "dev:custom:plan": "gold" }))).toBe(UNWRITABLE);
    expect(await refusal(signUp(place, { "custom:team": "red" }))).toBe(UNWRITABLE);
    expect(await refusal(signUp(place, { name: "Ana" }))).toBe(UNWRITABLE);
    expect((await signUp(place, EMAIL)).UserConfirmed).toBe(false);
  });

  it("is refused for a client that does not exist", async () => {
    const { api } = await scene(world);
    expect(
      await refusal(api("SignUp", { ClientId: "0123456789", Username: "ana", Password: PASSWORD })),
    ).toBe("ResourceNotFoundException: User pool client 0123456789 does not exist.");
  });

  it("takes the form of the name from the pool: no address where addresses are aliases", async () => {
    const aliases = await scene(world, { AliasAttributes: ["email", "phone_number"] });
    expect(await refusal(signUp(aliases, {}, { Username: "ana@example.com" }))).toBe(
      "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.",
    );
    expect(await refusal(signUp(aliases, {}, { Username: "+15555550123" }))).toBe(
      "InvalidParameterException: Username cannot be of phone number format, since user pool is configured for phone number alias.",
    );
  });

  it.each([
    [["email"], "ana", "Username should be an email."],
    [["phone_number"], "ana@example.com", "Username should be a phone number."],
    [["email", "phone_number"], "ana", "Username should be either an email or a phone number."],
  ] as const)(
    "takes the form of the name from the pool: where %j name users, not %s",
    async (names, Username, sentence) => {
      const place = await scene(world, { UsernameAttributes: [...names] });
      expect(await refusal(signUp(place, {}, { Username }))).toBe(`InvalidParameterException: ${sentence}`);
    },
  );

  it("with an address as the name makes a UUID the username and the address an attribute", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"], ...VERIFIES_EMAIL });
    const { UserSub } = await signUp(place, {}, { Username: "ana@example.com" });
    await confirm(place, await place.code("ana@example.com"), { Username: "ana@example.com" });
    const user = await place.api("AdminGetUser", {
      UserPoolId: place.UserPoolId,
      Username: "ana@example.com",
    });
    expect(user.Username).toBe(UserSub);
    expect(await place.attributes("ana@example.com")).toEqual({ ...EMAIL, email_verified: "true" });
    expect(await refusal(signUp(place, {}, { Username: "ana@example.com" }))).toBe(
      "UsernameExistsException: User already exists",
    );
  });
});

describe("a name that is another user's sub", () => {
  it("goes on meaning that user: nobody steps in by signing up under it", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    const { UserSub: sub = "" } = await signUp(place);
    await signUp(place, {}, { Username: sub }).catch(() => undefined);
    expect((await api("AdminGetUser", { UserPoolId, Username: sub })).Username).toBe("ana");
  });
});

describe("ConfirmSignUp", () => {
  it("is refused for a wrong code, five times; then the code is dead", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const code = await place.code("ana@example.com");
    for (let n = 1; n <= 5; n++) expect(await refusal(confirm(place, wrong(code)))).toBe(CODE_MISMATCH);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
    await resend(place);
    expect(await confirm(place, await place.code("ana@example.com"))).not.toHaveProperty("message");
  });

  it("is refused when no code was sent, for a confirmed user, and for one with a temporary password", async () => {
    const place = await scene(world);
    await signUp(place);
    expect(await refusal(confirm(place, "123456"))).toBe(CODE_EXPIRED);
    await adminConfirm(place);
    expect(await refusal(confirm(place, "123456"))).toBe(CONFIRMED_ALREADY);
    await place.invited("bob");
    expect(await refusal(confirm(place, "123456", { Username: "bob" }))).toBe(
      "NotAuthorizedException: User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD",
    );
  });

  it("is refused for an unknown user, in other words where the client hides who exists", async () => {
    const place = await scene(world);
    expect(await refusal(confirm(place, "123456", { Username: "nobody" }))).toBe(NO_SUCH_USER);
    const hiding = await place.client({ PreventUserExistenceErrors: "ENABLED" });
    expect(await refusal(confirm(hiding, "123456", { Username: "nobody" }))).toMatch(
      /^(ExpiredCodeException|CodeMismatchException): /,
    );
  });

  it("takes the code for a day, on the server's clock", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const code = await place.code("ana@example.com");
    await world.advanceSeconds(24 * 3600 - 5);
    expect(await refusal(confirm(place, wrong(code)))).toBe(CODE_MISMATCH);
    await world.advanceSeconds(6);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });

  it("of twenty right answers at once lets one win", async () => {
    await atFullHour(world);
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const code = await place.code("ana@example.com");
    const { won, refusals } = await race(Array.from({ length: 20 }, () => confirm(place, code)));
    expect(won).toBe(1);
    expect([CONFIRMED_ALREADY, CODE_EXPIRED, LIMIT]).toEqual(expect.arrayContaining(refusals));
  });

  it("really tries at most five of many wrong codes that come at once", async () => {
    await atFullHour(world);
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const code = await place.code("ana@example.com");
    const outcomes = await Promise.all(
      Array.from({ length: 14 }, () => refusal(confirm(place, wrong(code)))),
    );
    expect(outcomes.filter((outcome) => outcome === CODE_MISMATCH)).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === CODE_EXPIRED)).toHaveLength(9);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });

  it("counts fifteen tries an hour", async () => {
    await atFullHour(world);
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    for (let n = 1; n <= 15; n++) expect(await refusal(confirm(place, "x"))).not.toBe(LIMIT);
    expect(await refusal(confirm(place, "x"))).toBe(LIMIT);
    expect(await refusal(confirm(place, await place.code("ana@example.com")))).toBe(LIMIT);
    await world.advanceSeconds(3600);
    await resend(place);
    await confirm(place, await place.code("ana@example.com"));
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("confirms but proves nothing when the address changed after the code was sent", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    const { api, UserPoolId } = place;
    await signUp(place);
    const code = await place.code("ana@example.com");
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: attributes({ email: "other@example.com" }),
    });
    await confirm(place, code);
    expect(await place.attributes("ana")).toEqual({ email: "other@example.com", email_verified: "false" });
  });
});

describe("an address that two people sign up with, in a pool where it is an alias", () => {
  async function twoWithOneAddress() {
    const place = await scene(world, { AliasAttributes: ["email"], ...VERIFIES_EMAIL });
    await signUp(place, EMAIL, { Username: "first" });
    await confirm(place, await place.code("ana@example.com"), { Username: "first" });
    await signUp(place, EMAIL, { Username: "second" });
    return { place, code: await place.code("ana@example.com") };
  }

  it("is refused to the second when confirming, and stays the first one's", async () => {
    const { place, code } = await twoWithOneAddress();
    expect(await refusal(confirm(place, code, { Username: "second" }))).toBe(
      "AliasExistsException: An account with the given email already exists.",
    );
    expect(await place.status("second")).toBe("UNCONFIRMED");
    const { AccessToken } = await place.tokens("ana@example.com");
    expect((await place.api("GetUser", { AccessToken })).Username).toBe("first");
  });

  it("goes over to the second with ForceAliasCreation; the first keeps it unverified", async () => {
    const { place, code } = await twoWithOneAddress();
    await confirm(place, code, { Username: "second", ForceAliasCreation: true });
    expect(await place.attributes("first")).toEqual({ ...EMAIL, email_verified: "false" });
    expect(await place.attributes("second")).toEqual({ ...EMAIL, email_verified: "true" });
    const { AccessToken } = await place.tokens("ana@example.com");
    expect((await place.api("GetUser", { AccessToken })).Username).toBe("second");
    expect((await place.signIn("first")).AuthenticationResult).toBeDefined();
  });

  it("can be had by one of them alone when both confirm at the same moment", async () => {
    const place = await scene(world, { AliasAttributes: ["email"], ...VERIFIES_EMAIL });
    const names = ["a", "b", "c", "d"];
    const codes = new Map<string, string>();
    for (const Username of names) {
      await signUp(place, EMAIL, { Username });
      codes.set(Username, await place.code("ana@example.com"));
    }
    const { won, refusals } = await race(
      names.map((Username) => confirm(place, codes.get(Username) ?? "", { Username })),
    );
    expect(won).toBe(1);
    expect(refusals).toEqual(["AliasExistsException: An account with the given email already exists."]);
  });
});

describe("ResendConfirmationCode", () => {
  it("sends a new code that replaces the old one", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const old = await place.code("ana@example.com");
    expect(await resend(place)).toEqual({
      CodeDeliveryDetails: { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***" },
    });
    expect((await world.lastMessage("ana@example.com")).kind).toBe("ResendCode");
    const code = await place.code("ana@example.com");
    if (code !== old) expect(await refusal(confirm(place, old))).toBe(CODE_MISMATCH);
    await confirm(place, code);
  });

  it("is refused for a confirmed user, an unknown one, and where the pool verifies nothing", async () => {
    const place = await scene(world);
    await signUp(place);
    expect(await refusal(resend(place))).toBe(
      "NotAuthorizedException: Cannot resend codes. Auto verification not turned on.",
    );
    await adminConfirm(place);
    expect(await refusal(resend(place))).toBe("InvalidParameterException: User is already confirmed.");
    expect(await refusal(resend(place, "nobody"))).toBe(NO_SUCH_USER);
  });

  it("gives a plausible answer for an unknown user where the client hides who exists", async () => {
    const place = await scene(world, VERIFIES_EMAIL, { PreventUserExistenceErrors: "ENABLED" });
    const answer = await resend(place, "nobody");
    expect(answer.CodeDeliveryDetails).toMatchObject({ DeliveryMedium: "EMAIL", AttributeName: "email" });
    expect(await resend(place, "nobody")).toEqual(answer);
  });

  it("is done at most five times an hour", async () => {
    await atFullHour(world);
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    for (let n = 1; n <= 5; n++) await resend(place);
    expect(await refusal(resend(place))).toBe(LIMIT);
    expect(await place.messagesTo("ana@example.com")).toBe(6);
  });
});

describe("AdminConfirmSignUp", () => {
  it("confirms without a code, proves no address, and ends the code that was sent", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    await signUp(place);
    const code = await place.code("ana@example.com");
    expect(await adminConfirm(place)).toEqual({});
    expect(await place.status("ana")).toBe("CONFIRMED");
    expect(await place.attributes("ana")).toEqual({ ...EMAIL, email_verified: "false" });
    expect(await refusal(confirm(place, code))).toBe(CONFIRMED_ALREADY);
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });

  it("is refused for every user but an unconfirmed one, and for a user or pool that does not exist", async () => {
    const place = await scene(world);
    await place.user("ana", { email: "ana@example.com", email_verified: "true" });
    expect(await refusal(adminConfirm(place))).toBe(CONFIRMED_ALREADY);
    await place.api("AdminResetUserPassword", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(await refusal(adminConfirm(place))).toBe(
      "NotAuthorizedException: User cannot be confirmed. Current status is RESET_REQUIRED",
    );
    await place.invited("bob");
    expect(await refusal(adminConfirm(place, "bob"))).toBe(
      "NotAuthorizedException: User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD",
    );
    expect(await refusal(adminConfirm(place, "nobody"))).toBe("UserNotFoundException: User does not exist.");
  });
});
