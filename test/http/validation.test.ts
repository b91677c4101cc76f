import { describe, expect, it } from "vitest";
import type { OperationName } from "../../src/api/operation.ts";
import { readInput } from "../support/wire-requests.ts";

const POOL = "us-east-1_Ab3dEf6hI";

function refusal(operation: OperationName, input: unknown): { code: string; message: string } {
  try {
    readInput(operation, input);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  throw new Error("the input was accepted");
}

const sentence = (operation: OperationName, input: unknown): string => {
  const { code, message } = refusal(operation, input);
  expect(code).toBe("InvalidParameterException");
  return message;
};

describe("a violated constraint", () => {
  it("names the value, the member and the pattern", () => {
    expect(sentence("SignUp", { ClientId: "ap-northeast-1_xxxxxxxxx", Username: "ana" })).toBe(
      "1 validation error detected: Value 'ap-northeast-1_xxxxxxxxx' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+]+",
    );
  });

  it("lists every violation of one member", () => {
    expect(sentence("VerifySoftwareToken", { Session: "s".repeat(20), UserCode: "Aaaa" })).toBe(
      "2 validation errors detected: Value 'Aaaa' at 'userCode' failed to satisfy constraint: Member must have length greater than or equal to 6; Value 'Aaaa' at 'userCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+",
    );
  });

  it("lists the violations of several members, and hides secret values", () => {
    expect(sentence("SignUp", { ClientId: "client", Username: "", Password: " " })).toBe(
      "3 validation errors detected: Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+; Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
    );
  });

  it("says null for a missing member", () => {
    expect(sentence("DescribeUserPool", {})).toBe(
      "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null",
    );
    expect(sentence("DescribeUserPool", { UserPoolId: null })).toContain("Value null at 'userPoolId'");
  });

  it("counts list elements from one in the path", () => {
    const input = {
      UserPoolId: POOL,
      Username: "ana",
      UserAttributes: [{ Name: "a" }, { Value: "x" }, null],
    };
    expect(sentence("AdminUpdateUserAttributes", input)).toBe(
      "2 validation errors detected: Value null at 'userAttributes.2.member.name' failed to satisfy constraint: Member must not be null; Value null at 'userAttributes.3.member' failed to satisfy constraint: Member must not be null",
    );
  });

  it("does not print the access token", () => {
    expect(sentence("GetUser", { AccessToken: "not a token" })).toBe(
      "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+",
    );
  });

  it("gives the bounds of a number", () => {
    expect(sentence("ListUserPools", { MaxResults: 0 })).toBe(
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    expect(sentence("ListUserPools", { MaxResults: 61 })).toBe(
      "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60",
    );
  });

  it("gives the values of an enumeration", () => {
    expect(sentence("CreateUserPool", { PoolName: "p", MfaConfiguration: "on" })).toBe(
      "1 validation error detected: Value 'on' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]",
    );
  });

  it("wraps what the elements of a list must satisfy", () => {
    expect(sentence("CreateUserPool", { PoolName: "p", AliasAttributes: ["email", "x"] })).toBe(
      "1 validation error detected: Value '[email, x]' at 'aliasAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email, preferred_username]]",
    );
  });

  it("wraps what the keys and values of a map must satisfy", () => {
    expect(sentence("CreateUserPool", { PoolName: "p", UserPoolTags: { "": "x" } })).toBe(
      "1 validation error detected: Value '{=x}' at 'userPoolTags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
    );
    expect(sentence("CreateUserPool", { PoolName: "p", UserPoolTags: { a: "x".repeat(257) } })).toContain(
      "Map value must satisfy constraint: [Member must have length less than or equal to 256",
    );
  });

  it("counts characters, not UTF-16 units", () => {
    expect(() => readInput("SignUp", { ClientId: "client", Username: "😀".repeat(128) })).not.toThrow();
    expect(sentence("SignUp", { ClientId: "client", Username: "😀".repeat(129) })).toBe(
      "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128",
    );
  });

  it("repeats no more than a part of a long value", () => {
    const message = sentence("SignUp", { ClientId: "-".repeat(100_000), Username: "ana" });
    expect(message).toContain(`Value '${"-".repeat(1024)}...' at 'clientId'`);
    expect(message.length).toBeLessThan(3000);
  });

  it("counts all violations of a large request but does not answer with a larger one", () => {
    const input = {
      UserPoolId: POOL,
      Username: "ana",
      UserAttributes: Array.from({ length: 10_000 }, () => ({})),
    };
    const message = sentence("AdminUpdateUserAttributes", input);
    expect(message).toMatch(/^10000 validation errors detected: /);
    expect(message.length).toBeLessThan(20_000);
  });
});

describe("what the service does not enforce as published", () => {
  it("takes a password with spaces inside, and an empty one, but none at its ends", () => {
    const signUp = (Password: string) => () =>
      readInput("SignUp", { ClientId: "client", Username: "ana", Password });
    expect(signUp("correct horse 7")).not.toThrow();
    expect(signUp("")).not.toThrow();
    for (const password of ["x", " ab", "ab ", "a\nb", "x".repeat(257)]) expect(signUp(password)).toThrow();
  });

  it("takes custom domains with dots and messages with spaces", () => {
    expect(() =>
      readInput("CreateUserPoolDomain", { UserPoolId: POOL, Domain: "auth.example.com" }),
    ).not.toThrow();
    const mfa = { UserPoolId: POOL, EmailMfaConfiguration: { Subject: "" } };
    expect(() => readInput("SetUserPoolMfaConfig", mfa)).not.toThrow();
  });
});

describe("the templates of messages", () => {
  const template = (member: string, value: string) => () =>
    readInput("CreateUserPool", { PoolName: "p", VerificationMessageTemplate: { [member]: value } });

  it.each([
    ["EmailMessage", "Your code is {####}.", true],
    ["EmailMessage", "{####}", true],
    ["EmailMessage", "line\nbreak * {####} ", true],
    ["EmailMessage", "Your code is ####.", false],
    ["EmailMessage", "Your code is {####}\u0000", false],
    ["EmailMessageByLink", "Follow {##this link##}.", true],
    ["EmailMessageByLink", "{####}", true],
    ["EmailMessageByLink", "{##", false],
    ["EmailMessageByLink", "##}{##", false],
    ["EmailMessageByLink", "{#####} ##", true],
    ["EmailMessageByLink", "{###}..", false],
    ["SmsMessage", "code {####}", true],
    ["SmsMessage", "code\n{####}", false],
  ])("%s: %j is accepted: %s", (member, value, accepted) => {
    if (accepted) expect(template(member, value)).not.toThrow();
    else expect(template(member, value)).toThrow("regular expression pattern");
  });

  it.each([
    ["a@b", true],
    ["a@@b", true],
    ["@@@", true],
    ["@b", false],
    ["a@", false],
    ["@@", false],
    ["ab", false],
    ["a b@c", false],
  ])("a reply-to address %j is accepted: %s", (address, accepted) => {
    const call = () =>
      readInput("CreateUserPool", { PoolName: "p", EmailConfiguration: { ReplyToEmailAddress: address } });
    if (accepted) expect(call).not.toThrow();
    else expect(call).toThrow("regular expression pattern");
  });
});
