import { createHash } from "node:crypto";
import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  allow,
  apiHeaders,
  type Credentials,
  EVERYTHING,
  type Production,
  send,
  signedApi,
  signedCall,
  signedSend,
  startProduction,
} from "../support/production.ts";

const MINUTE = 60_000;
const LIST = { operation: "ListUserPools", input: { MaxResults: 5 } } as const;
const POOL_ARN = (id: string, region = "us-east-1") =>
  `arn:aws:cognito-idp:${region}:123456789012:userpool/${id}`;

describe("a signed operation in production mode", () => {
  let production: Production;
  let url: string;
  let poolId: string;
  beforeAll(async () => {
    production = await startProduction();
    url = production.url;
    const { UserPool } = await signedApi(url, production.root)("CreateUserPool", { PoolName: "pool" });
    poolId = UserPool?.Id ?? "";
  });
  afterAll(() => production.close());

  const list = (credentials: Credentials, options = {}) =>
    signedSend(url, credentials, LIST.operation, LIST.input, options);
  const said = async (answer: ReturnType<typeof list>) => {
    const { status, code, message } = await answer;
    return `${status} ${code}: ${message}`;
  };
  const MISMATCH =
    "400 InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
  const INVALID = "400 UnrecognizedClientException: The security token included in the request is invalid.";

  it("is open to the root key that the first start made, in every region", async () => {
    expect((await list(production.root)).code).toBeNull();
    expect(JSON.parse((await list(production.root)).body).UserPools).toHaveLength(1);
    expect(JSON.parse((await list(production.root, { region: "eu-west-1" })).body).UserPools).toEqual([]);
  });

  it("is refused without a signature, with a wrong one, and to keys that nobody has", async () => {
    expect(await said(send(url, LIST.operation, "{}", {}))).toBe(
      "400 MissingAuthenticationTokenException: Missing Authentication Token",
    );
    expect(await said(list({ ...production.root, secretAccessKey: "x" }))).toBe(MISMATCH);
    expect(await said(list({ ...production.root, accessKeyId: "AKIAIOSFODNN7EXAMPLE" }))).toBe(INVALID);
    expect(await said(list({ ...production.root, sessionToken: "AQoEXAMPLE" }))).toBe(INVALID);
    expect(await said(list({ ...production.root, accessKeyId: "local", secretAccessKey: "local" }))).toBe(
      INVALID,
    );
  });

  it("is refused when it was signed more than a quarter of an hour ago or ahead", async () => {
    for (const minutes of [-14, 14])
      expect((await list(production.root, { at: Date.now() + minutes * MINUTE })).code).toBeNull();
    expect(await said(list(production.root, { at: Date.now() - 16 * MINUTE }))).toMatch(
      /^400 InvalidSignatureException: Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    );
    expect(await said(list(production.root, { at: Date.now() + 16 * MINUTE }))).toMatch(
      /^400 InvalidSignatureException: Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$/,
    );
  });

  it("is refused when it was signed for another service or under another header's name", async () => {
    expect(await said(list(production.root, { service: "sts" }))).toBe(
      "400 InvalidSignatureException: Credential should be scoped to correct service: 'cognito-idp'.",
    );
    const body = JSON.stringify(LIST.input);
    const headers = apiHeaders(LIST.operation);
    // Signed without naming the operation: good for any other, were it taken.
    const { "x-amz-target": _, ...unnamed } = headers;
    const signed = signedCall(url, production.root, { headers: unnamed, body });
    expect(await said(send(url, "ListUserPools", body, signed))).toBe(
      "400 InvalidSignatureException: 'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
    );
    const wrongHash = { ...headers, "x-amz-content-sha256": "0".repeat(64) };
    expect(
      await said(
        send(url, LIST.operation, body, signedCall(url, production.root, { headers: wrongHash, body })),
      ),
    ).toBe(
      "400 InvalidSignatureException: The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  });

  it("takes the body that was signed and no other", async () => {
    const body = JSON.stringify(LIST.input);
    const signed = signedCall(url, production.root, { headers: apiHeaders(LIST.operation), body });
    expect((await send(url, LIST.operation, body, signed)).code).toBeNull();
    expect(await said(send(url, LIST.operation, `${body} `, signed))).toBe(MISMATCH);
    // A hash that is signed, and right for the body that was signed.
    const announcing = {
      ...apiHeaders(LIST.operation),
      "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
    };
    const call = { headers: announcing, body };
    const hashed = { ...announcing, ...signedCall(url, production.root, call) };
    expect((await send(url, LIST.operation, body, hashed)).code).toBeNull();
    expect(await said(send(url, LIST.operation, `${body} `, hashed))).toBe(
      "400 InvalidSignatureException: The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
    expect(
      await said(send(url, "DescribeUserPool", body, { ...signed, ...apiHeaders("DescribeUserPool") })),
    ).toBe(MISMATCH);
  });

  it.each([
    [
      "AWS4-HMAC-SHA256",
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=",
    ],
    [
      "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/cognito-idp/aws4_request, Signature=0",
      "Authorization header requires 'SignedHeaders' parameter.",
    ],
    [
      "Bearer eyJh.eyJz.c2ln",
      "'eyJh.eyJz.c2ln' not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '",
    ],
  ])("says what is missing from Authorization: %s", async (authorization, sentence) => {
    expect(await said(send(url, LIST.operation, "{}", { authorization }))).toContain(
      `400 IncompleteSignatureException: ${sentence}`,
    );
  });

  it("is for whom a policy allows it, on the pool that the policy names", async () => {
    const ana = await production.user("ana", [allow("cognito-idp:AdminCreateUser", POOL_ARN(poolId))]);
    const api = signedApi(url, ana);
    const { User } = await api("AdminCreateUser", {
      UserPoolId: poolId,
      Username: "x",
      MessageAction: "SUPPRESS",
    });
    expect(User?.Username).toBe("x");
    expect(await said(signedSend(url, ana, "AdminGetUser", { UserPoolId: poolId, Username: "x" }))).toBe(
      `400 AccessDeniedException: User: arn:aws:iam::123456789012:user/ana is not authorized to perform: cognito-idp:AdminGetUser on resource: ${POOL_ARN(poolId)} because no identity-based policy allows the cognito-idp:AdminGetUser action`,
    );
    expect(
      await said(
        signedSend(url, ana, "AdminCreateUser", { UserPoolId: "us-east-1_other0000", Username: "x" }),
      ),
    ).toContain(`on resource: ${POOL_ARN("us-east-1_other0000")} because no identity-based policy`);
    expect(await said(list(ana))).toContain(
      "cognito-idp:ListUserPools on resource: * because no identity-based policy",
    );
  });

  it("leaves a record of who called, and of who was refused", async () => {
    const { server } = production;
    const ivy = await production.user("ivy", [allow("cognito-idp:AdminCreateUser")]);
    const call = (operation: string) =>
      signedSend(url, ivy, operation, { UserPoolId: poolId, Username: "recorded" });
    expect((await call("AdminCreateUser")).code).toBeNull();
    expect((await call("AdminDeleteUser")).code).toBe("AccessDeniedException");
    await server.sealAudit();
    const principal = "arn:aws:iam::123456789012:user/ivy";
    const records = await server.services.store.audit.search({ principal }, null, 10);
    expect(records.map(({ operation, errorCode }) => [operation, errorCode]).sort()).toEqual([
      ["AdminCreateUser", null],
      ["AdminDeleteUser", "AccessDeniedException"],
    ]);
    expect(JSON.parse(records[0]?.record ?? "{}").userIdentity).toMatchObject({
      type: "IAMUser",
      arn: principal,
      accountId: "123456789012",
      accessKeyId: ivy.accessKeyId,
    });
  });

  it("is refused by a Deny, whatever allows it", async () => {
    const deny = {
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Action: "cognito-idp:Delete*", Resource: "*" },
    };
    const ben = await production.user("ben", [EVERYTHING, deny]);
    expect((await list(ben)).code).toBeNull();
    expect(await said(signedSend(url, ben, "DeleteUserPool", { UserPoolId: poolId }))).toBe(
      `400 AccessDeniedException: User: arn:aws:iam::123456789012:user/ben is not authorized to perform: cognito-idp:DeleteUserPool on resource: ${POOL_ARN(poolId)} with an explicit deny in an identity-based policy`,
    );
  });

  it("may depend on the region, the caller's address, tags of the pool and tags of the request", async () => {
    const root = signedApi(url, production.root);
    const { UserPool } = await root("CreateUserPool", { PoolName: "t", UserPoolTags: { Team: "red" } });
    const tagged = UserPool?.Id ?? "";
    const cy = await production.user("cy", [
      allow("cognito-idp:DescribeUserPool", "*", { StringEquals: { "aws:ResourceTag/team": "red" } }),
      allow("cognito-idp:CreateUserPool", "*", {
        StringEquals: { "aws:RequestTag/Team": "red" },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["Team"] },
      }),
      allow("cognito-idp:ListUserPools", "*", {
        IpAddress: { "aws:SourceIp": "127.0.0.0/8" },
        StringEquals: { "aws:RequestedRegion": "eu-west-1", "aws:username": "cy" },
        DateGreaterThan: { "aws:CurrentTime": "2024-01-01T00:00:00Z" },
      }),
    ]);
    const can = async (operation: string, input: object, options = {}) =>
      (await signedSend(url, cy, operation, input, options)).code ?? "yes";
    expect(await can("DescribeUserPool", { UserPoolId: tagged })).toBe("yes");
    expect(await can("DescribeUserPool", { UserPoolId: poolId })).toBe("AccessDeniedException");
    expect(await can("CreateUserPool", { PoolName: "a", UserPoolTags: { Team: "red" } })).toBe("yes");
    expect(await can("CreateUserPool", { PoolName: "a", UserPoolTags: { Team: "red", More: "x" } })).toBe(
      "AccessDeniedException",
    );
    expect(await can("CreateUserPool", { PoolName: "a" })).toBe("AccessDeniedException");
    expect(await can("ListUserPools", { MaxResults: 1 }, { region: "eu-west-1" })).toBe("yes");
    expect(await can("ListUserPools", { MaxResults: 1 })).toBe("AccessDeniedException");
  });

  it("does not take tags whose names differ in case only for one of them", async () => {
    const dee = await production.user("dee", [
      allow("cognito-idp:CreateUserPool", "*", { StringEquals: { "aws:RequestTag/Team": "red" } }),
    ]);
    for (const UserPoolTags of [
      { Team: "blue", team: "red" },
      { team: "red", Team: "blue" },
    ])
      expect(
        (await signedSend(url, dee, "CreateUserPool", { PoolName: "a", UserPoolTags })).code,
      ).not.toBeNull();
  });

  it("is told of a missing right before anything of its input", async () => {
    const eve = await production.user("eve");
    for (const input of [{}, { UserPoolId: "!" }, { UserPoolId: "us-east-1_absent000", Username: "x" }])
      expect((await signedSend(url, eve, "AdminGetUser", input)).code).toBe("AccessDeniedException");
  });

  it("is refused from the next call on when its key is deleted", async () => {
    const fay = await production.user("fay", [EVERYTHING]);
    expect((await list(fay)).code).toBeNull();
    await production.server.services.store.principals.removeAccessKey(fay.accessKeyId);
    expect(await said(list(fay))).toBe(INVALID);
  });

  it("sees pools of its own account only", async () => {
    const other = await production.user("gil", [EVERYTHING], "999999999999");
    expect(JSON.parse((await list(other)).body).UserPools).toEqual([]);
    expect((await signedSend(url, other, "DescribeUserPool", { UserPoolId: poolId })).code).toBe(
      "ResourceNotFoundException",
    );
    const { UserPool } = await signedApi(url, other)("CreateUserPool", { PoolName: "theirs" });
    expect(UserPool?.Arn).toContain(":999999999999:userpool/");
  });

  it("works for the SDK for JavaScript, and public operations with or without a signature, even a wrong one", async () => {
    const sdk = (credentials: Credentials) =>
      new CognitoIdentityProviderClient({ region: "us-east-1", endpoint: url, credentials, maxAttempts: 1 });
    const client = sdk(production.root);
    expect((await client.send(new CreateUserPoolCommand({ PoolName: "sdk" }))).UserPool?.Name).toBe("sdk");
    await expect(
      sdk({ ...production.root, secretAccessKey: "wrong" }).send(new ListUserPoolsCommand({ MaxResults: 1 })),
    ).rejects.toMatchObject({ name: "InvalidSignatureException" });
    const publicCall = new InitiateAuthCommand({ ClientId: "absent", AuthFlow: "USER_PASSWORD_AUTH" });
    for (const headers of [{}, { authorization: "garbage" }] as Record<string, string>[])
      expect((await send(url, "InitiateAuth", JSON.stringify(publicCall.input), headers)).code).toBe(
        "ResourceNotFoundException",
      );
    await expect(sdk({ accessKeyId: "no", secretAccessKey: "such" }).send(publicCall)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("leaves nothing of development mode open", async () => {
    for (const path of ["_dev/messages", "_dev/clock", "_dev/reset"])
      expect((await fetch(`${url}/${path}`, { method: "POST", body: "{}" })).status).toBe(404);
  });

  it.skipIf(awsCliMissing)(`works for the AWS CLI ${awsCliMissing ?? ""}`, async () => {
    const hal = await production.user("hal", [allow("cognito-idp:ListUserPools")]);
    const cli = awsCli(url, "us-east-1", hal);
    expect((await cli("list-user-pools", "--max-results", "1")).status).toBe(0);
    const refused = await cli(
      "admin-set-user-password",
      "--user-pool-id",
      poolId,
      "--username",
      "x",
      "--password",
      "Abcdef1!",
      "--permanent",
    );
    expect(refused.errorCode).toBe("AccessDeniedException");
    expect(refused.errorMessage).toBe(
      `User: arn:aws:iam::123456789012:user/hal is not authorized to perform: cognito-idp:AdminSetUserPassword on resource: ${POOL_ARN(poolId)} because no identity-based policy allows the cognito-idp:AdminSetUserPassword action`,
    );
    const wrong = await awsCli(url, "us-east-1", { ...hal, secretAccessKey: "wrong" })(
      "list-user-pools",
      "--max-results",
      "1",
    );
    expect(wrong.errorCode).toBe("InvalidSignatureException");
  });
});
