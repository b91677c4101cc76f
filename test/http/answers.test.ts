import { describe, expect, it } from "vitest";
import { operationNames } from "../../src/api/operation.ts";
import type { ServiceError } from "../../src/domain/errors.ts";
import * as errors from "../../src/domain/errors.ts";
import { developmentAuthenticator } from "../../src/http/aws-json/authenticate.ts";
import { encode } from "../../src/http/aws-json/encode.ts";
import { encodeError } from "../../src/http/aws-json/error-response.ts";
import { dispatch, type Handlers, type Pipeline, route } from "../../src/http/aws-json/pipeline.ts";
import type { LogFields, Logger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { handlersWith, noServices, wireRequest } from "../support/wire-requests.ts";

const ID = "b69e68b4-3e60-491d-aea4-c54a9a911add";

interface Line {
  level: string;
  message: string;
  fields: LogFields | undefined;
}

function pipelineWith(given: Partial<Handlers>) {
  const lines: Line[] = [];
  const undeclared: string[] = [];
  const log = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields });
  const logger: Logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const pipeline: Pipeline = {
    handlers: handlersWith(given),
    authenticator: developmentAuthenticator({
      region: "us-east-1",
      accountId: "123456789012",
      boundToLoopback: true,
    }),
    services: noServices,
    logger,
    metrics: noMetrics,
    audit: null,
    limits: null,
    onUndeclaredError: (operation, code) => undeclared.push(`${operation} ${code}`),
  };
  return { pipeline, lines, undeclared };
}

const failing = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe("a successful answer", () => {
  it("is JSON without undefined members", () => {
    const answer = encode(
      "DescribeUserPool",
      { UserPool: { Id: "p", Name: undefined, CreationDate: 1548099495.428 } },
      ID,
    );
    expect(answer).toMatchObject({
      status: 200,
      body: '{"UserPool":{"Id":"p","CreationDate":1548099495.428}}',
    });
    expect(answer.headers).toEqual({ "x-amzn-RequestId": ID, "Content-Type": "application/x-amz-json-1.1" });
  });

  it("is {} for an output without members, and empty where there is no output", () => {
    expect(encode("AdminSetUserPassword", {}, ID).body).toBe("{}");
    expect(encode("AdminDeleteUser", undefined, ID).body).toBe("");
  });

  it("has an empty body for these operations only", () => {
    const empty = operationNames.filter((name) => encode(name, {}, ID).body === "");
    expect(empty).toEqual([
      "AdminAddUserToGroup",
      "AdminDeleteUser",
      "AdminForgetDevice",
      "AdminRemoveUserFromGroup",
      "DeleteGroup",
      "DeleteIdentityProvider",
      "DeleteManagedLoginBranding",
      "DeleteResourceServer",
      "DeleteTerms",
      "DeleteUser",
      "DeleteUserPool",
      "DeleteUserPoolClient",
      "ForgetDevice",
    ]);
  });
});

describe("an error answer", () => {
  it.each<[ServiceError, number, string, string, string | undefined]>([
    [
      errors.incorrectUsernameOrPassword(),
      400,
      '{"__type":"NotAuthorizedException","message":"Incorrect username or password."}',
      "NotAuthorizedException:",
      "Incorrect username or password.",
    ],
    [
      errors.unknownOperation(),
      400,
      '{"__type":"UnknownOperationException"}',
      "UnknownOperationException:",
      undefined,
    ],
    [
      errors.serializationError(),
      400,
      '{"__type":"SerializationException"}',
      "SerializationException:",
      undefined,
    ],
    [
      errors.serializationError("NUMBER_VALUE can not be converted to a String"),
      400,
      '{"__type":"SerializationException","Message":"NUMBER_VALUE can not be converted to a String"}',
      "SerializationException:",
      "NUMBER_VALUE can not be converted to a String",
    ],
    [
      errors.accessDenied("No."),
      400,
      '{"__type":"AccessDeniedException","Message":"No."}',
      "AccessDeniedException:",
      "No.",
    ],
    [
      errors.missingAuthenticationToken(),
      400,
      '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
      "MissingAuthenticationTokenException:",
      "Missing Authentication Token",
    ],
    [
      errors.internalError(),
      500,
      '{"__type":"InternalErrorException","message":"Something went wrong. Try again later."}',
      "InternalErrorException:",
      "Something went wrong. Try again later.",
    ],
    [
      errors.requestTooLarge(),
      413,
      '{"__type":"RequestEntityTooLargeException","message":"Request entity too large"}',
      "RequestEntityTooLargeException:",
      "Request entity too large",
    ],
  ])("%s", (error, status, body, type, message) => {
    const answer = encodeError(null, error, ID);
    expect(answer).toMatchObject({ status, body, errorCode: error.code });
    expect(answer.headers).toEqual({
      "x-amzn-RequestId": ID,
      "Content-Type": "application/x-amz-json-1.1",
      "x-amzn-errortype": type,
      ...(message === undefined ? {} : { "x-amzn-errormessage": message }),
    });
  });

  it.each([
    ["two\r\nlines\n\nmore", "two lines more"],
    ["日本 é 😀", "?? ? ?"],
    ["a\u0000b\u007fc\td", "a?b?c?d"],
    ["\n leading", "leading"],
    ["x".repeat(5000), "x".repeat(2048)],
  ])("puts %j into a header as %j", (message, header) => {
    const answer = encodeError(null, errors.invalidParameter(message), ID);
    expect(answer.headers["x-amzn-errormessage"]).toBe(header);
    expect(JSON.parse(answer.body).message).toBe(message);
  });
});

describe("the target header", () => {
  it.each([
    undefined,
    "",
    "InitiateAuth",
    "AWSCognitoIdentityProviderService",
    "AWSCognitoIdentityProviderService.",
    "AWSCognitoIdentityProviderService.initiateAuth",
    "AWSCognitoIdentityProviderService.__proto__",
    "AWSCognitoIdentityProviderService.constructor",
    "awscognitoidentityproviderservice.InitiateAuth",
    "CognateService.InitiateAuth",
  ])("%s names no operation", async (target) => {
    expect(route(target)).toBeNull();
    const answer = await dispatch(
      pipelineWith({}).pipeline,
      wireRequest("", "", { headers: { "x-amz-target": target } }),
    );
    expect(answer).toMatchObject({
      status: 400,
      body: '{"__type":"UnknownOperationException"}',
      operation: null,
    });
  });

  it("names each of the 140 operations", () => {
    expect(operationNames).toHaveLength(140);
    for (const name of operationNames) expect(route(`AWSCognitoIdentityProviderService.${name}`)).toBe(name);
  });
});

describe("an operation", () => {
  it("gets its validated input and who calls", async () => {
    let seen: unknown;
    const { pipeline } = pipelineWith({
      ListUserPools: async (input, { requestId, region, accountId }) => {
        seen = { input, requestId, region, accountId };
        return { UserPools: [] };
      },
    });
    const answer = await dispatch(pipeline, wireRequest("ListUserPools", { MaxResults: 5, Other: 1 }));
    expect(answer).toMatchObject({
      status: 200,
      body: '{"UserPools":[]}',
      operation: "ListUserPools",
      errorCode: null,
    });
    expect(seen).toEqual({
      input: { MaxResults: 5 },
      requestId: ID,
      region: "us-east-1",
      accountId: "123456789012",
    });
  });

  it("is not reached by a caller without the right to it, who learns nothing of its input", async () => {
    const { pipeline } = pipelineWith({ ListUserPools: failing(new Error("reached")) });
    const elsewhere = { peerAddress: "203.0.113.9" };
    for (const input of [{ MaxResults: 5 }, {}, { MaxResults: "" }, "no JSON"]) {
      const denied = await dispatch(pipeline, wireRequest("ListUserPools", input, elsewhere));
      expect(denied.errorCode).toBe("AccessDeniedException");
    }
  });

  it("may refuse with an error that its model declares", async () => {
    const { pipeline, lines, undeclared } = pipelineWith({
      InitiateAuth: failing(errors.incorrectUsernameOrPassword()),
    });
    const answer = await dispatch(
      pipeline,
      wireRequest("InitiateAuth", { ClientId: "c", AuthFlow: "USER_PASSWORD_AUTH" }),
    );
    expect(answer.errorCode).toBe("NotAuthorizedException");
    expect(lines).toEqual([]);
    expect(undeclared).toEqual([]);
  });

  it("that refuses with another error is reported, and the error still sent", async () => {
    const { pipeline, lines, undeclared } = pipelineWith({
      ListUserPools: failing(errors.userDoesNotExist()),
    });
    const answer = await dispatch(pipeline, wireRequest("ListUserPools", { MaxResults: 5 }));
    expect(answer).toMatchObject({ status: 400, errorCode: "UserNotFoundException" });
    expect(undeclared).toEqual(["ListUserPools UserNotFoundException"]);
    expect(lines).toMatchObject([
      { level: "warn", message: "undeclared error", fields: { operation: "ListUserPools", requestId: ID } },
    ]);
  });

  it.each([new TypeError("secret detail"), "thrown text", undefined])(
    "that fails with %s tells the caller nothing of it",
    async (fault) => {
      const { pipeline, lines } = pipelineWith({ ListUserPools: failing(fault) });
      const answer = await dispatch(pipeline, wireRequest("ListUserPools", { MaxResults: 5 }));
      expect(answer).toMatchObject({
        status: 500,
        body: '{"__type":"InternalErrorException","message":"Something went wrong. Try again later."}',
      });
      expect(JSON.stringify(answer)).not.toContain("secret detail");
      expect(lines).toMatchObject([
        { level: "error", fields: { operation: "ListUserPools", requestId: ID } },
      ]);
      expect(lines[0]?.fields?.error).toBeDefined();
    },
  );

  it("whose output cannot be written fails like any other", async () => {
    const loop: Record<string, unknown> = {};
    loop.Document = loop;
    const { pipeline } = pipelineWith({
      DescribeManagedLoginBranding: async () => ({ ManagedLoginBranding: { Settings: loop } }),
    });
    const input = {
      UserPoolId: "us-east-1_a",
      ManagedLoginBrandingId: "a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6",
    };
    expect((await dispatch(pipeline, wireRequest("DescribeManagedLoginBranding", input))).status).toBe(500);
  });
});
