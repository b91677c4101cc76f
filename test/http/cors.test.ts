import { describe, expect, it } from "vitest";
import { type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { corsHeaders, preflightHeaders } from "../../src/http/cors.ts";

const PAGE = "https://app.example.com";
const READABLE = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
};

describe("the answer to a web page", () => {
  it.each<[OperationName | null, boolean]>([
    ["InitiateAuth", true],
    ["SignUp", true],
    ["GetUser", true],
    ["ChangePassword", true],
    [null, true],
    ["AdminInitiateAuth", false],
    ["ListUsers", false],
    ["CreateUserPool", false],
  ])("to %s is readable: %s", (operation, readable) => {
    expect(corsHeaders(PAGE, operation)).toEqual(readable ? READABLE : {});
  });

  it("is never readable for a signed operation", () => {
    const signed = operationNames.filter((name) => operationFacts[name].auth === "sigv4");
    expect(signed).toHaveLength(105);
    for (const name of signed) expect(corsHeaders(PAGE, name)).toEqual({});
  });

  it("allows no credentials", () => {
    expect(corsHeaders(PAGE, "InitiateAuth")).not.toHaveProperty("Access-Control-Allow-Credentials");
  });

  it("carries nothing when no page asks", () => expect(corsHeaders(undefined, "InitiateAuth")).toEqual({}));
});

describe("a preflight", () => {
  it("is answered with what it asks for", () => {
    expect(preflightHeaders("POST", "cache-control,content-type,x-amz-target,x-amz-user-agent")).toEqual({
      ...READABLE,
      "Access-Control-Allow-Headers": "cache-control,content-type,x-amz-target,x-amz-user-agent",
      "Access-Control-Allow-Methods": "POST",
      "Access-Control-Max-Age": "172800",
    });
  });

  it("that asks for nothing well-formed gets nothing of it back", () => {
    expect(preflightHeaders("<script>", "a b, c\u0001")).toEqual({
      ...READABLE,
      "Access-Control-Allow-Methods": "POST",
      "Access-Control-Max-Age": "172800",
    });
    expect(preflightHeaders(undefined, "a,".repeat(8000))).not.toHaveProperty("Access-Control-Allow-Headers");
  });
});
