import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { attributes, closeWithinModel } from "../support/builders.ts";
import { atFullHour, named, OTHER_PASSWORD, type Scene, SMS, scene, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const CODE_MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const CODE_EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const LIMIT = "LimitExceededException: Attempt limit exceeded, please try after some time.";
const UNWRITABLE = "NotAuthorizedException: A client attempted to write unauthorized attribute";
const TAKEN = "AliasExistsException: An account with the given email already exists.";
const VERIFIES_EMAIL = { AutoVerifiedAttributes: ["email"] } satisfies Partial<Input<"CreateUserPool">>;
const PROOF_FIRST = {
  ...VERIFIES_EMAIL,
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ["email"] },
} satisfies Partial<Input<"CreateUserPool">>;
const OLD = { email: "old@example.com", email_verified: "true" };
const TO_NEW = { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "n***@e***" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

/** A signed-in user, and what that user can do with the token. */
async function signedIn(place: Scene, given: Record<string, string> = OLD, name = "ana") {
  const { api, UserPoolId } = place;
  await place.user(name, given);
  const { AccessToken } = await place.tokens(name);
  return {
    AccessToken,
    update: (changes: Record<string, string>) =>
      api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes(changes) }),
    remove: (...UserAttributeNames: string[]) =>
      api("DeleteUserAttributes", { AccessToken, UserAttributeNames }),
    verify: (Code: string, AttributeName = "email") =>
      api("VerifyUserAttribute", { AccessToken, AttributeName, Code }),
    askCode: (AttributeName = "email") =>
      api("GetUserAttributeVerificationCode", { AccessToken, AttributeName }),
    get: async () => named((await api("GetUser", { AccessToken })).UserAttributes),
    adminUpdate: (changes: Record<string, string>) =>
      api("AdminUpdateUserAttributes", { UserPoolId, Username: name, UserAttributes: attributes(changes) }),
    adminRemove: (...UserAttributeNames: string[]) =>
      api("AdminDeleteUserAttributes", { UserPoolId, Username: name, UserAttributeNames }),
  };
}

describe.skipIf(awsCliMissing)(
  `a signed-in user with a new address, by the AWS CLI ${awsCliMissing ?? ""}`,
  () => {
    it("changes it, proves it by the code, and deletes another attribute", async () => {
      const place = await scene(world, VERIFIES_EMAIL);
      const { AccessToken } = await signedIn(place, { ...OLD, name: "Ana" });
      const aws = awsCli(world.url);
      const updated = await aws(
        ...["update-user-attributes", "--access-token", AccessToken],
        ...["--user-attributes", "Name=email,Value=new@example.com", "Name=nickname,Value=An"],
      );
      expect(updated.output).toEqual({ CodeDeliveryDetailsList: [TO_NEW] });
      expect(await place.attributes("ana")).toEqual({
        email: "new@example.com",
        email_verified: "false",
        name: "Ana",
        nickname: "An",
      });
      const verified = await aws(
        ...["verify-user-attribute", "--access-token", AccessToken, "--attribute-name", "email"],
        ...["--code", await place.code("new@example.com")],
      );
      expect(verified).toMatchObject({ status: 0, errorText: "" });
      const removed = await aws(
        ...["delete-user-attributes", "--access-token", AccessToken, "--user-attribute-names", "name"],
      );
      expect(removed).toMatchObject({ status: 0, errorText: "" });
      const shown = await aws("get-user", "--access-token", AccessToken);
      expect(shown.output).toEqual({
        Username: "ana",
        UserAttributes: expect.arrayContaining([
          { Name: "sub", Value: expect.stringMatching(/^[0-9a-f-]{36}$/) },
          { Name: "email", Value: "new@example.com" },
          { Name: "email_verified", Value: "true" },
          { Name: "nickname", Value: "An" },
        ]),
      });
      expect(shown.output.UserAttributes).toHaveLength(4);
    });
  },
);

describe("UpdateUserAttributes of an address", () => {
  it("writes it at once, unverified, and sends no code where the pool does not verify it", async () => {
    const place = await scene(world);
    const ana = await signedIn(place);
    expect(await ana.update({ email: "new@example.com" })).toEqual({ CodeDeliveryDetailsList: [] });
    expect(await place.attributes("ana")).toEqual({ email: "new@example.com", email_verified: "false" });
    expect(await world.inbox({ userPoolId: place.UserPoolId })).toEqual([]);
  });

  it("sends a code to each new address that the pool verifies", async () => {
    const place = await scene(world, {
      AutoVerifiedAttributes: ["email", "phone_number"],
      SmsConfiguration: SMS,
    });
    const ana = await signedIn(place, {});
    const { CodeDeliveryDetailsList } = await ana.update({
      email: "new@example.com",
      phone_number: "+15555550123",
    });
    expect(CodeDeliveryDetailsList).toEqual([
      TO_NEW,
      { AttributeName: "phone_number", DeliveryMedium: "SMS", Destination: "+*******0123" },
    ]);
    await ana.verify(await place.code("+15555550123"), "phone_number");
    await ana.verify(await place.code("new@example.com"));
    expect(await place.attributes("ana")).toEqual({
      email: "new@example.com",
      email_verified: "true",
      phone_number: "+15555550123",
      phone_number_verified: "true",
    });
  });

  it("keeps the verified flag and sends nothing when the value is the same", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    const ana = await signedIn(place);
    expect(await ana.update({ email: "old@example.com" })).toEqual({ CodeDeliveryDetailsList: [] });
    expect(await place.attributes("ana")).toEqual(OLD);
  });

  it("shows in the ID token of the next refresh, not in the one issued before", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { nickname: "A" });
    const { RefreshToken } = await place.tokens("ana");
    await ana.update({ nickname: "B" });
    const { AuthenticationResult } = await place.refresh(RefreshToken);
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({ nickname: "B" });
  });

  it("ends the old address as an alias at once", async () => {
    const place = await scene(world, { AliasAttributes: ["email"], ...VERIFIES_EMAIL });
    const ana = await signedIn(place);
    await ana.update({ email: "new@example.com" });
    expect(await refusal(place.signIn("old@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    expect(await refusal(place.signIn("new@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    await ana.verify(await place.code("new@example.com"));
    expect((await place.signIn("new@example.com")).AuthenticationResult).toBeDefined();
  });

  it("is refused for an address that names another user of the pool", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"] });
    const ana = await signedIn(place, {}, "ana@example.com");
    await place.user("bob@example.com");
    expect(await refusal(ana.update({ email: "bob@example.com" }))).toBe(TAKEN);
    expect((await ana.get()).email).toBe("ana@example.com");
  });
});

describe("a pool that asks for proof before it changes an address", () => {
  it("keeps the old address, its flag and its use for sign-in until the new one is proven", async () => {
    const place = await scene(world, { ...PROOF_FIRST, AliasAttributes: ["email"] });
    const ana = await signedIn(place);
    expect(await ana.update({ email: "new@example.com", name: "Ana" })).toEqual({
      CodeDeliveryDetailsList: [TO_NEW],
    });
    expect(await place.attributes("ana")).toEqual({ ...OLD, name: "Ana" });
    expect((await place.signIn("old@example.com")).AuthenticationResult).toBeDefined();
    expect(await refusal(place.signIn("new@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );

    expect(await ana.verify(await place.code("new@example.com"))).toEqual({});
    expect(await place.attributes("ana")).toEqual({
      email: "new@example.com",
      email_verified: "true",
      name: "Ana",
    });
    expect((await place.signIn("new@example.com")).AuthenticationResult).toBeDefined();
    expect(await refusal(place.signIn("old@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });

  it("forgets the new address when its code is not used within a day", async () => {
    const place = await scene(world, PROOF_FIRST, { AccessTokenValidity: 24 });
    const ana = await signedIn(place);
    await ana.update({ email: "new@example.com" });
    const code = await place.code("new@example.com");
    await world.advanceSeconds(24 * 3600 + 1);
    const again = await place.tokens("ana");
    expect(
      await refusal(
        place.api("VerifyUserAttribute", {
          AccessToken: again.AccessToken,
          AttributeName: "email",
          Code: code,
        }),
      ),
    ).toBe(CODE_EXPIRED);
    expect(await place.attributes("ana")).toEqual(OLD);
  });

  it("takes the last of two new addresses, and only with its own code", async () => {
    const place = await scene(world, PROOF_FIRST);
    const ana = await signedIn(place);
    await ana.update({ email: "new@example.com" });
    const first = await place.code("new@example.com");
    await ana.update({ email: "newer@example.com" });
    const second = await place.code("newer@example.com");
    if (first !== second) expect(await refusal(ana.verify(first))).toBe(CODE_MISMATCH);
    await ana.verify(second);
    expect(await place.attributes("ana")).toEqual({ email: "newer@example.com", email_verified: "true" });
  });

  it("sends the code again to the new address, not to the old one", async () => {
    const place = await scene(world, PROOF_FIRST);
    const ana = await signedIn(place);
    await ana.update({ email: "new@example.com" });
    expect(await ana.askCode()).toEqual({ CodeDeliveryDetails: TO_NEW });
    expect(await place.messagesTo("old@example.com")).toBe(0);
    await ana.verify(await place.code("new@example.com"));
    expect((await place.attributes("ana")).email).toBe("new@example.com");
  });

  it("refuses the proof when another user has proven the address first", async () => {
    const place = await scene(world, { ...PROOF_FIRST, AliasAttributes: ["email"] });
    const ana = await signedIn(place);
    await ana.update({ email: "new@example.com" });
    await place.user("bob", { email: "new@example.com", email_verified: "true" });
    expect(await refusal(ana.verify(await place.code("new@example.com")))).toBe(TAKEN);
    expect(await place.attributes("ana")).toEqual(OLD);
  });

  it("asks an administrator's change for proof too, unless the administrator vouches for the address", async () => {
    const place = await scene(world, PROOF_FIRST);
    const ana = await signedIn(place);
    expect(await ana.adminUpdate({ email: "new@example.com" })).toEqual({});
    expect(await place.attributes("ana")).toEqual(OLD);
    await ana.verify(await place.code("new@example.com"));
    expect((await place.attributes("ana")).email).toBe("new@example.com");
    await ana.adminUpdate({ email: "sure@example.com", email_verified: "true" });
    expect(await place.attributes("ana")).toEqual({ email: "sure@example.com", email_verified: "true" });
    expect(await place.messagesTo("sure@example.com")).toBe(0);
  });
});

describe("the code for an address", () => {
  it("comes on request, proves the address, and works once", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { email: "new@example.com" });
    expect(await ana.askCode()).toEqual({ CodeDeliveryDetails: TO_NEW });
    const message = await world.lastMessage("new@example.com");
    expect(message).toMatchObject({ kind: "VerifyUserAttribute", code: expect.stringMatching(/^\d{6}$/) });
    expect(await ana.verify(message.code)).toEqual({});
    expect((await place.attributes("ana")).email_verified).toBe("true");
    expect(await refusal(ana.verify(message.code))).toBe(CODE_EXPIRED);
  });

  it("is refused when wrong, never asked for, of the other attribute, or of another user", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { email: "new@example.com", phone_number: "+15555550123" });
    const bob = await signedIn(place, { email: "bob@example.com" }, "bob");
    expect(await refusal(ana.verify("123456"))).toBe(CODE_EXPIRED);
    await ana.askCode();
    const code = await place.code("new@example.com");
    expect(await refusal(ana.verify(wrong(code)))).toBe(CODE_MISMATCH);
    expect(await refusal(ana.verify(code, "phone_number"))).toBe(CODE_EXPIRED);
    expect(await refusal(bob.verify(code))).toBe(CODE_EXPIRED);
    await ana.verify(code);
  });

  it("dies with the fifth wrong try", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { email: "new@example.com" });
    await ana.askCode();
    const code = await place.code("new@example.com");
    for (let n = 1; n <= 5; n++) expect(await refusal(ana.verify(wrong(code)))).toBe(CODE_MISMATCH);
    expect(await refusal(ana.verify(code))).toBe(CODE_EXPIRED);
  });

  it("of twenty right answers at once lets one win", async () => {
    await atFullHour(world);
    const place = await scene(world);
    const ana = await signedIn(place, { email: "new@example.com" });
    await ana.askCode();
    const code = await place.code("new@example.com");
    const { won, refusals } = await race(Array.from({ length: 20 }, () => ana.verify(code)));
    expect(won).toBe(1);
    expect([CODE_EXPIRED, LIMIT]).toEqual(expect.arrayContaining(refusals));
  });

  it("is sent at most five times an hour, and tried at most fifteen times", async () => {
    await atFullHour(world);
    const place = await scene(world);
    const ana = await signedIn(place, { email: "new@example.com" });
    for (let n = 1; n <= 5; n++) await ana.askCode();
    expect(await refusal(ana.askCode())).toBe(LIMIT);
    for (let n = 1; n <= 15; n++) expect(await refusal(ana.verify("x"))).not.toBe(LIMIT);
    expect(await refusal(ana.verify("x"))).toBe(LIMIT);
  });

  it("is refused for attributes that are no addresses and for an address that the user lacks", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { name: "Ana" });
    for (const name of ["name", "sub", "custom:x", "email", "phone_number"])
      expect(await refusal(ana.askCode(name))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(ana.verify("123456", "name"))).toMatch(/^InvalidParameterException: /);
  });

  it("is nothing any more once the address was changed or removed: it does not bring the old one back", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { email: "old@example.com" });
    await ana.askCode();
    const first = await place.code("old@example.com");
    await ana.adminUpdate({ email: "admin@example.com", email_verified: "true" });
    expect(await refusal(ana.verify(first))).toBe(CODE_EXPIRED);
    expect(await place.attributes("ana")).toEqual({ email: "admin@example.com", email_verified: "true" });

    await ana.askCode();
    expect(await place.messagesTo("admin@example.com")).toBe(1);
    const second = await place.code("admin@example.com");
    await ana.adminRemove("email");
    expect(await refusal(ana.verify(second))).toBe(CODE_EXPIRED);
    expect(await place.attributes("ana")).toEqual({});
  });

  it("goes to the address that the user has now", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { email: "old@example.com" });
    await ana.askCode();
    await ana.update({ email: "new@example.com" });
    expect(await ana.askCode()).toEqual({ CodeDeliveryDetails: TO_NEW });
  });
});

describe("attributes that a user cannot write", () => {
  const SCHEMA = [
    { Name: "fixed", AttributeDataType: "String", Mutable: false },
    { Name: "plan", AttributeDataType: "String", DeveloperOnlyAttribute: true },
    { Name: "team", AttributeDataType: "String" },
    { Name: "given_name", Required: true },
  ] satisfies NonNullable<Input<"CreateUserPool">["Schema"]>;

  it.each(["sub", "email_verified", "phone_number_verified", "identities", "dev:custom:plan"])(
    "by their nature: %s, through no path",
    async (name) => {
      const place = await scene(world, { Schema: SCHEMA });
      const ana = await signedIn(place, { ...OLD, given_name: "Ana" });
      expect(await refusal(ana.update({ [name]: "true" }))).toBe(UNWRITABLE);
      expect(await refusal(ana.remove(name))).toBe(UNWRITABLE);
    },
  );

  it.each(["sub", "email_verified", "phone_number_verified", "identities", "dev:custom:plan"])(
    "by their nature: %s, not with a new password either",
    async (name) => {
      const place = await scene(world, { Schema: SCHEMA });
      await place.invited("ana", { given_name: "Ana" });
      const { Session } = await place.signIn("ana");
      const renew = (more: Record<string, string>) =>
        place.answer("NEW_PASSWORD_REQUIRED", Session, {
          USERNAME: "ana",
          NEW_PASSWORD: OTHER_PASSWORD,
          ...more,
        });
      expect(await refusal(renew({ [`userAttributes.${name}`]: "true" }))).toBe(UNWRITABLE);
      expect(await refusal(renew({ "userAttributes.given_name": "Anna" }))).toBe(
        "NotAuthorizedException: Cannot modify an already provided given_name",
      );
      for (const unknown of ["custom:none", "constructor", "__proto__"])
        expect((await refusal(renew({ [`userAttributes.${unknown}`]: "x" }))).trimEnd()).toBe(
          `InvalidParameterException: Attributes did not conform to the schema: ${unknown}: Attribute does not exist in the schema.`,
        );
      expect((await renew({})).AuthenticationResult).toBeDefined();
      expect(await place.attributes("ana")).toEqual({ given_name: "Ana" });
    },
  );

  it("because they are immutable, even when never set; an administrator cannot either", async () => {
    const place = await scene(world, { Schema: SCHEMA });
    const ana = await signedIn(place, { given_name: "Ana", "custom:fixed": "at birth" });
    const bob = await signedIn(place, { given_name: "Bob" }, "bob");
    const sentence = /^InvalidParameterException: .*custom:fixed: Attribute cannot be updated\.\n?$/;
    expect(await refusal(ana.update({ "custom:fixed": "x" }))).toMatch(sentence);
    expect(await refusal(ana.remove("custom:fixed"))).toMatch(sentence);
    expect(await refusal(bob.update({ "custom:fixed": "x" }))).toMatch(sentence);
    expect(await refusal(ana.adminUpdate({ "custom:fixed": "x" }))).toMatch(sentence);
    expect(await refusal(ana.adminRemove("custom:fixed"))).toMatch(sentence);
    expect((await place.attributes("ana"))["custom:fixed"]).toBe("at birth");
  });

  it("because the client's write list leaves them out, unless the pool requires them", async () => {
    const place = await scene(world, { Schema: SCHEMA });
    const { AccessToken: _, ...ana } = await signedIn(place, { given_name: "Ana", name: "A" });
    const narrow = await place.client({ WriteAttributes: ["given_name", "nickname"] });
    const { AccessToken } = await narrow.tokens("ana");
    const update = (changes: Record<string, string>) =>
      place.api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes(changes) });
    expect(await refusal(update({ name: "B" }))).toBe(UNWRITABLE);
    expect(await refusal(update({ nickname: "N", name: "B" }))).toBe(UNWRITABLE);
    expect(
      await refusal(place.api("DeleteUserAttributes", { AccessToken, UserAttributeNames: ["name"] })),
    ).toBe(UNWRITABLE);
    await update({ nickname: "N", given_name: "Anna" });
    expect(await ana.get()).toMatchObject({ nickname: "N", given_name: "Anna", name: "A" });
  });

  it("because they do not exist", async () => {
    const place = await scene(world);
    const ana = await signedIn(place);
    for (const name of ["custom:none", "constructor", "__proto__"]) {
      expect((await refusal(ana.update({ [name]: "x" }))).trimEnd()).toBe(
        `InvalidParameterException: Attributes did not conform to the schema: ${name}: Attribute does not exist in the schema.`,
      );
      expect(await refusal(ana.adminUpdate({ [name]: "x" }))).toBe(
        `InvalidParameterException: Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
      );
    }
  });

  it("by an administrator: the sub alone", async () => {
    const place = await scene(world, { Schema: SCHEMA });
    const ana = await signedIn(place, { ...OLD, given_name: "Ana" });
    const sentence = "InvalidParameterException: Cannot modify the non-mutable attribute sub";
    expect(await refusal(ana.adminUpdate({ sub: "x" }))).toBe(sentence);
    expect(await refusal(ana.adminRemove("sub"))).toBe(sentence);
    await ana.adminUpdate({ "dev:custom:plan": "gold", email_verified: "False" });
    expect(await place.attributes("ana")).toMatchObject({
      "dev:custom:plan": "gold",
      email_verified: "false",
    });
  });

  it("with a token that is none, expired or revoked", async () => {
    const place = await scene(world);
    const { AccessToken } = await signedIn(place);
    const call = (token: string) =>
      refusal(place.api("UpdateUserAttributes", { AccessToken: token, UserAttributes: [] }));
    expect(await call("none")).toBe("NotAuthorizedException: Invalid Access Token");
    await world.advanceSeconds(3601);
    expect(await call(AccessToken)).toBe("NotAuthorizedException: Access Token has expired");
  });
});

describe("values that an attribute cannot have", () => {
  it.each([
    [{ email: "no address" }, "Invalid email address format."],
    [{ phone_number: "012345" }, "Invalid phone number format."],
    [{ birthdate: "1.1.90" }, /Attributes did not conform to the schema: birthdate: /],
    [{ "custom:age": "old" }, /Attributes did not conform to the schema: custom:age: /],
    [{ "custom:age": "17" }, /Attributes did not conform to the schema: custom:age: /],
    [{ "custom:age": "200" }, /Attributes did not conform to the schema: custom:age: /],
    [{ "custom:code": "x" }, /Attributes did not conform to the schema: custom:code: /],
    [{ "custom:code": "xxxxxx" }, /Attributes did not conform to the schema: custom:code: /],
    [{ "custom:adult": "perhaps" }, /Attributes did not conform to the schema: custom:adult: /],
    [{ "custom:since": "one day" }, /Attributes did not conform to the schema: custom:since: /],
    [{ updated_at: "-1" }, /Attributes did not conform to the schema: updated_at: /],
  ] as const)("are refused to users and administrators alike: %j", async (changes, sentence) => {
    const place = await scene(world, {
      Schema: [
        {
          Name: "age",
          AttributeDataType: "Number",
          NumberAttributeConstraints: { MinValue: "18", MaxValue: "120" },
        },
        {
          Name: "code",
          AttributeDataType: "String",
          StringAttributeConstraints: { MinLength: "2", MaxLength: "5" },
        },
        { Name: "adult", AttributeDataType: "Boolean" },
        { Name: "since", AttributeDataType: "DateTime" },
      ],
    });
    const ana = await signedIn(place, {});
    for (const call of [ana.update(changes), ana.adminUpdate(changes)]) {
      const text = await refusal(call);
      expect(text).toMatch(/^InvalidParameterException: /);
      expect(text.replace("InvalidParameterException: ", "")).toMatch(sentence);
    }
    expect(await place.attributes("ana")).toEqual({});
  });

  it("leave all attributes of the call unwritten", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, {});
    await refusal(ana.update({ name: "Ana", email: "no address" }));
    expect(await place.attributes("ana")).toEqual({});
  });
});

describe("removing attributes", () => {
  it("takes an address's verified flag along, and its use for sign-in", async () => {
    const place = await scene(world, { AliasAttributes: ["email"] });
    const ana = await signedIn(place, { ...OLD, name: "Ana" });
    expect(await ana.remove("email")).toEqual({});
    expect(await place.attributes("ana")).toEqual({ name: "Ana" });
    expect(await refusal(place.signIn("old@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });

  it("is done by an empty value too, and succeeds for what was never set", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, { name: "Ana", nickname: "A" });
    await ana.update({ name: "" });
    await ana.adminUpdate({ nickname: "" });
    expect(await ana.remove("profile")).toEqual({});
    expect(await ana.adminRemove("profile")).toEqual({});
    expect(await place.attributes("ana")).toEqual({});
  });

  it("is refused for required attributes, by every path", async () => {
    const place = await scene(world, { Schema: [{ Name: "email", Required: true }] });
    const ana = await signedIn(place);
    expect(await refusal(ana.remove("email"))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(ana.adminRemove("email"))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(ana.update({ email: "" }))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(ana.adminUpdate({ email: "" }))).toMatch(/^InvalidParameterException: /);
    expect(await place.attributes("ana")).toEqual(OLD);
  });
});

describe("changes of a user that meet", () => {
  it("are all kept: attributes that an administrator writes while the user sets a new password", async () => {
    // The slower way to keep passwords leaves time between the check of the answer and its effect.
    const place = await scene(world, { UserPoolTags: { "cognate:password-storage": "argon2id" } });
    const { api, UserPoolId } = place;
    for (let n = 0; n < 15; n++) {
      const Username = `ana${n}`;
      await place.invited(Username);
      const { Session } = await place.signIn(Username);
      await Promise.all([
        place.answer("NEW_PASSWORD_REQUIRED", Session, {
          USERNAME: Username,
          NEW_PASSWORD: OTHER_PASSWORD,
          "userAttributes.nickname": "A",
        }),
        api("AdminUpdateUserAttributes", {
          UserPoolId,
          Username,
          UserAttributes: attributes({ name: "Ana" }),
        }),
      ]);
      expect(await place.attributes(Username)).toEqual({ name: "Ana", nickname: "A" });
    }
  });

  it("are all kept: attributes written at once", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, {});
    const names = ["name", "nickname", "profile", "picture", "website", "gender", "locale", "zoneinfo"];
    await Promise.all(
      names.map((name, i) => (i % 2 ? ana.update({ [name]: name }) : ana.adminUpdate({ [name]: name }))),
    );
    expect(await place.attributes("ana")).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });
});

describe("AdminUpdateUserAttributes", () => {
  it("writes at once; a new address is unverified unless the same call says otherwise", async () => {
    const place = await scene(world, VERIFIES_EMAIL);
    const ana = await signedIn(place);
    expect(await ana.adminUpdate({ email: "new@example.com" })).toEqual({});
    expect(await place.attributes("ana")).toEqual({ email: "new@example.com", email_verified: "false" });
    await ana.adminUpdate({ email: "other@example.com", email_verified: "True" });
    expect(await place.attributes("ana")).toEqual({ email: "other@example.com", email_verified: "true" });
  });

  it("gives and takes an address's use for sign-in with its flag", async () => {
    const place = await scene(world, { AliasAttributes: ["email"] });
    const ana = await signedIn(place);
    await ana.adminUpdate({ email_verified: "false" });
    expect(await refusal(place.signIn("old@example.com"))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    await ana.adminUpdate({ email_verified: "true" });
    expect((await place.signIn("old@example.com")).AuthenticationResult).toBeDefined();
  });

  it("is refused when it calls an address verified that the user does not have", async () => {
    const place = await scene(world);
    const ana = await signedIn(place, {});
    expect(await refusal(ana.adminUpdate({ email_verified: "true" }))).toMatch(
      /^InvalidParameterException: .*email/,
    );
    expect(await place.attributes("ana")).toEqual({});
  });

  it("is refused for an alias that another user holds", async () => {
    const place = await scene(world, { AliasAttributes: ["email", "preferred_username"] });
    await place.user("bob", { ...OLD, preferred_username: "bobby" });
    const ana = await signedIn(place, {});
    expect(await refusal(ana.adminUpdate(OLD))).toBe(TAKEN);
    expect(await refusal(ana.adminUpdate({ preferred_username: "bobby" }))).toMatch(
      /^AliasExistsException: .*preferred_username/,
    );
    await ana.adminUpdate({ email: OLD.email });
    expect(await refusal(ana.adminUpdate({ email_verified: "true" }))).toBe(TAKEN);
  });

  it("is refused for a user that does not exist", async () => {
    const { api, UserPoolId } = await scene(world);
    expect(
      await refusal(api("AdminUpdateUserAttributes", { UserPoolId, Username: "x", UserAttributes: [] })),
    ).toBe("UserNotFoundException: User does not exist.");
  });
});

describe("what a client may read", () => {
  it("is its read list, in GetUser and in the ID token; administrators see everything", async () => {
    const place = await scene(
      world,
      { Schema: [{ Name: "plan", AttributeDataType: "String", DeveloperOnlyAttribute: true }] },
      { ReadAttributes: ["email", "nickname"] },
    );
    await place.user("ana", { ...OLD, name: "Ana", nickname: "A", "dev:custom:plan": "gold" });
    const { AccessToken, IdToken } = await place.tokens("ana");
    const { UserAttributes } = await place.api("GetUser", { AccessToken });
    expect(named(UserAttributes)).toEqual({
      sub: expect.any(String),
      email: "old@example.com",
      nickname: "A",
    });
    const claims = claimsOf(IdToken);
    expect(claims).toMatchObject({ email: "old@example.com", nickname: "A" });
    for (const name of ["name", "email_verified", "dev:custom:plan"])
      expect(claims).not.toHaveProperty([name]);
    expect(await place.attributes("ana")).toMatchObject({ name: "Ana", "dev:custom:plan": "gold" });
  });

  it("is everything but developer-only attributes without a list", async () => {
    const place = await scene(world, {
      Schema: [
        { Name: "plan", AttributeDataType: "String", DeveloperOnlyAttribute: true },
        { Name: "team", AttributeDataType: "String" },
      ],
    });
    const ana = await signedIn(place, { ...OLD, "custom:team": "red", "dev:custom:plan": "gold" });
    expect(await ana.get()).toEqual({ sub: expect.any(String), ...OLD, "custom:team": "red" });
  });
});
