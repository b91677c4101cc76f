import { describe, expect, it } from "vitest";
import type { OperationName } from "../../src/api/operation.ts";
import { readInput } from "../support/wire-requests.ts";

const POOL = "us-east-1_Ab3dEf6hI";

function serialization(operation: OperationName, body: unknown): string {
  try {
    readInput(operation, body);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(code).toBe("SerializationException");
    return message;
  }
  throw new Error("the body was accepted");
}

describe("a body that is not a JSON object", () => {
  it.each(["", " ", "null", "[]", '"text"', "7", "true", "{", '{"a":1', "{'a':1}", "\ufeff{}", "{} {}"])(
    "%j is refused without a text",
    (body) => expect(serialization("ListUserPools", body)).toBe(""),
  );

  it("is refused when it is not UTF-8", () => {
    const body = Buffer.concat([
      Buffer.from('{"UserPoolId":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect(serialization("DescribeUserPool", body)).toBe("");
  });

  it("is refused however deeply it is nested", () => {
    expect(serialization("ListUserPools", "[".repeat(250_000))).toBe("");
    expect(serialization("ListUserPools", "[".repeat(250_000) + "]".repeat(250_000))).toBe("");
  });
});

describe("a member of the wrong JSON type", () => {
  it.each<[OperationName, object, string]>([
    ["DescribeUserPool", { UserPoolId: 7 }, "NUMBER_VALUE can not be converted to a String"],
    ["DescribeUserPool", { UserPoolId: true }, "TRUE_VALUE can not be converted to a String"],
    ["DescribeUserPool", { UserPoolId: {} }, "Start of structure or map found where not expected"],
    ["DescribeUserPool", { UserPoolId: [] }, "Start of list found where not expected"],
    ["ListUserPools", { MaxResults: "7" }, "STRING_VALUE can not be converted to an Integer"],
    ["ListUserPools", { MaxResults: 1.5 }, "NUMBER_VALUE can not be converted to an Integer"],
    ["ListUserPools", { MaxResults: 2 ** 53 }, "NUMBER_VALUE can not be converted to an Integer"],
    ["AdminCreateUser", { ForceAliasCreation: "true" }, "STRING_VALUE can not be converted to a Boolean"],
    ["AdminCreateUser", { ForceAliasCreation: 0 }, "NUMBER_VALUE can not be converted to a Boolean"],
    ["AdminCreateUser", { UserAttributes: {} }, "Start of structure or map found where not expected"],
    ["AdminCreateUser", { UserAttributes: "x" }, "STRING_VALUE can not be converted to a List"],
    ["AdminCreateUser", { UserAttributes: ["x"] }, "STRING_VALUE can not be converted to a Structure"],
    ["AdminCreateUser", { ClientMetadata: [] }, "Start of list found where not expected"],
    ["AdminCreateUser", { ClientMetadata: "x" }, "STRING_VALUE can not be converted to a Map"],
    ["AdminCreateUser", { ClientMetadata: { a: 1 } }, "NUMBER_VALUE can not be converted to a String"],
    ["SetUICustomization", { ImageFile: "not base64" }, "STRING_VALUE is not valid base64"],
    ["SetUICustomization", { ImageFile: false }, "FALSE_VALUE can not be converted to a Blob"],
  ])("%s %j: %s", (operation, input, message) => expect(serialization(operation, input)).toBe(message));

  it("is reported before a violated constraint", () => {
    expect(serialization("SignUp", { ClientId: "---", UserAttributes: 7 })).toBe(
      "NUMBER_VALUE can not be converted to a List",
    );
  });

  it("is refused in a number too large to hold", () => {
    expect(serialization("ListUserPools", '{"MaxResults":1e400}')).toContain("Integer");
  });
});

describe("members", () => {
  it("that are unknown are ignored, whatever they hold", () => {
    const input = {
      UserPoolId: POOL,
      NoSuchMember: { a: [1] },
      userPoolId: 7,
      constructor: 7,
      toString: null,
    };
    expect(readInput("DescribeUserPool", input)).toEqual({ UserPoolId: POOL });
  });

  it("that are null count as absent, in maps too", () => {
    const input = {
      ClientId: "c",
      AuthFlow: "CUSTOM_AUTH",
      AuthParameters: { A: null, B: "b" },
      ClientMetadata: null,
    };
    const decoded = readInput("InitiateAuth", input);
    expect(Object.keys(decoded)).toEqual(["AuthFlow", "AuthParameters", "ClientId"]);
    expect({ ...(decoded.AuthParameters as object) }).toEqual({ B: "b" });
  });

  it("that take any JSON keep it", () => {
    const Settings = { a: [1, null, { b: "c" }] };
    expect(
      readInput("CreateManagedLoginBranding", { UserPoolId: POOL, ClientId: "c", Settings }),
    ).toMatchObject({ Settings });
  });

  it("that take any JSON refuse what is nested too deeply to handle", () => {
    const Settings = "[".repeat(5000) + "]".repeat(5000);
    const body = `{"UserPoolId":"${POOL}","ClientId":"c","Settings":${Settings}}`;
    expect(serialization("CreateManagedLoginBranding", body)).toBe("Document is nested too deeply");
  });
});

describe("names that JavaScript treats specially", () => {
  const polluting =
    '{"__proto__":{"UserPoolId":"us-east-1_polluted"},"constructor":{"prototype":{"polluted":1}}}';

  it("do not supply members", () => {
    expect(() => readInput("DescribeUserPool", polluting)).toThrow("Value null at 'userPoolId'");
  });

  it("change no prototype", () => {
    readInput("ListUserPools", `{"MaxResults":1,"__proto__":{"polluted":1}}`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("are keys like any other in a map", () => {
    const body =
      '{"ClientId":"c","AuthFlow":"CUSTOM_AUTH","AuthParameters":{"__proto__":"p","constructor":"c"}}';
    const { AuthParameters } = readInput("InitiateAuth", body) as { AuthParameters: Record<string, string> };
    expect(Object.entries(AuthParameters)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
    ]);
    expect(AuthParameters.toString).toBeUndefined();
    expect(Object.getPrototypeOf(AuthParameters)).toBeNull();
  });
});
