import { describe, expect, it } from "vitest";
import { answerProblems } from "../support/answer-check.ts";

const headers = (body: string, more: Record<string, string> = {}) => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": "b69e68b4-3e60-491d-aea4-c54a9a911add",
  "content-length": String(Buffer.byteLength(body)),
  ...more,
});

const ofOutput = (operation: string, body: string) =>
  answerProblems(operation, { status: 200, headers: headers(body), body });

const ofError = (
  operation: string,
  error: Record<string, unknown>,
  status = 400,
  type = `${error.__type}:`,
) => {
  const body = JSON.stringify(error);
  const message = error.message ?? error.Message;
  const more = { "x-amzn-errortype": type, ...(message ? { "x-amzn-errormessage": String(message) } : {}) };
  return answerProblems(operation, { status, headers: headers(body, more), body });
};

describe("the check of every answer that a test gets", () => {
  it.each([
    ["AdminDeleteUser", ""],
    ["AdminEnableUser", "{}"],
    ["DescribeUserPool", '{"UserPool":{"Id":"a","CreationDate":1548099495.428,"MfaConfiguration":"OFF"}}'],
    ["GetUser", '{"Username":"ana","UserAttributes":[{"Name":"sub"}]}'],
  ])("finds nothing wrong with %s %s", (operation, body) => expect(ofOutput(operation, body)).toEqual([]));

  it.each([
    ["AdminDeleteUser", "{}", "the answer is not empty"],
    ["AdminEnableUser", "", "the answer is not an object"],
    ["GetUser", '{"UserAttributes":[]}', "answer.Username is required"],
    ["DescribeUserPool", '{"UserPool":{"Pool":1}}', "answer.UserPool.Pool is not in the model"],
    ["DescribeUserPool", '{"UserPool":null}', "answer.UserPool is null"],
    ["DescribeUserPool", '{"UserPool":[]}', "answer.UserPool is not an object"],
    ["DescribeUserPool", '{"UserPool":{"Id":7}}', "answer.UserPool.Id is number, not string"],
    [
      "DescribeUserPool",
      '{"UserPool":{"CreationDate":1548099495428}}',
      "answer.UserPool.CreationDate is 1548099495428, not seconds with milliseconds at most",
    ],
    [
      "DescribeUserPool",
      '{"UserPool":{"CreationDate":"2019-01-21"}}',
      "answer.UserPool.CreationDate is string, not timestamp",
    ],
    [
      "DescribeUserPool",
      '{"UserPool":{"MfaConfiguration":"MAYBE"}}',
      "answer.UserPool.MfaConfiguration is MAYBE, not one of the enumeration",
    ],
    [
      "DescribeUserPool",
      '{"UserPool":{"EstimatedNumberOfUsers":1.5}}',
      "answer.UserPool.EstimatedNumberOfUsers is not a whole number",
    ],
    ["ListUsers", '{"Users":[{"Attributes":[null]}]}', "answer.Users[0].Attributes[0] is null"],
    [
      "DescribeManagedLoginBranding",
      '{"ManagedLoginBranding":{"Assets":[{"Category":"PAGE_HEADER_LOGO","ColorMode":"LIGHT","Extension":"PNG","Bytes":"%"}]}}',
      "answer.ManagedLoginBranding.Assets[0].Bytes is not base64",
    ],
  ])("sees what is wrong with %s %s", (operation, body, problem) =>
    expect(ofOutput(operation, body)).toEqual([`${operation}: ${problem}`]),
  );

  it.each([
    ["ListUsers", { __type: "InvalidParameterException", message: "No.", reasonCode: "why" }],
    ["ListUsers", { __type: "SerializationException" }],
    ["ListUsers", { __type: "SerializationException", Message: "No." }],
    ["AdminCreateUser", { __type: "AliasExistsException", message: "No." }],
  ])("finds nothing wrong with the error %s %j", (operation, error) =>
    expect(ofError(operation, error)).toEqual([]),
  );

  it("sees an error that is not declared, has another status, other members or another header", () => {
    const undeclared = { __type: "UserNotFoundException", message: "No." };
    expect(ofError("ListUserPools", undeclared)).toEqual([
      "ListUserPools: UserNotFoundException is not declared",
    ]);
    expect(ofError("AdminGetUser", undeclared)).toEqual([]);
    expect(ofError("AdminGetUser", undeclared, 404)).toEqual([
      "AdminGetUser: UserNotFoundException has status 404",
    ]);
    expect(ofError("AdminGetUser", undeclared, 400, "UserNotFoundException")).toEqual([
      "AdminGetUser: UserNotFoundException has the type header UserNotFoundException",
    ]);
    expect(ofError("AdminGetUser", { __type: "UserNotFoundException", Message: "No." })).toEqual([
      "AdminGetUser: UserNotFoundException has a member Message",
    ]);
    expect(ofError("AdminGetUser", { message: "No." })).toHaveLength(1);
    expect(ofError("AdminGetUser", { __type: "InternalErrorException", message: "No." }, 500)).toEqual([
      "AdminGetUser: a fault of the server: InternalErrorException",
    ]);
  });

  it("sees a wrong envelope", () => {
    const body = "{}";
    for (const [name, value] of [
      ["content-type", "application/json"],
      ["x-amzn-requestid", "7"],
      ["content-length", "3"],
    ])
      expect(
        answerProblems("AdminEnableUser", {
          status: 200,
          headers: headers(body, { [name as string]: value as string }),
          body,
        }),
        name,
      ).toHaveLength(1);
  });
});
