import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../support/command-line.ts";
import {
  ACCOUNT,
  allow,
  type Credentials,
  EVERYTHING,
  type Production,
  signedCall,
  signedSend,
  startProduction,
} from "../support/production.ts";
import { startWorld } from "../support/world.ts";

const LIST = ["ListUserPools", { MaxResults: 1 }] as const;
const TRUST = JSON.stringify({
  Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
});
const user = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const policies = (document: object, PolicyName = "one") => [
  { PolicyName, PolicyDocument: JSON.stringify(document) },
];

interface Called {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
  readonly content: any;
}

/** One of the server's own operations, signed. */
async function own(url: string, credentials: Credentials, operation: string, input: object): Promise<Called> {
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `CognateService.${operation}`,
  };
  const signed = signedCall(url, credentials, { headers, body }, { service: "cognate" });
  const response = await fetch(url, { method: "POST", headers: signed, body });
  const content = JSON.parse(await response.text());
  return {
    status: response.status,
    code: content.__type,
    message: content.message ?? content.Message,
    content,
  };
}

const keyIn = ({ content }: Called): Credentials => ({
  accessKeyId: content.AccessKey?.AccessKeyId ?? "",
  secretAccessKey: content.AccessKey?.SecretAccessKey ?? "",
});

describe("the operations on users, roles and access keys", () => {
  let production: Production;
  let url: string;
  let root: Credentials;
  beforeAll(async () => {
    production = await startProduction();
    ({ url, root } = production);
  });
  afterAll(() => production.close());

  const call = (credentials: Credentials, operation: string, input: object) =>
    own(url, credentials, operation, input);
  const codeOf = async (credentials: Credentials) => (await signedSend(url, credentials, ...LIST)).code;
  const records = async (operation: string) => {
    await production.server.sealAudit();
    const found = await production.server.services.store.audit.search({ operation }, null, 100);
    return found.map(({ record }) => JSON.parse(record));
  };

  it("make users and keys, change policies, replace and delete, with effect on the next call", async () => {
    const made = await call(root, "CreateUser", {
      Principal: "user/ana",
      Policies: policies(allow("cognito-idp:ListUserPools")),
    });
    expect(made.content).toEqual({ PrincipalArn: user("ana") });
    const answer = await call(root, "CreateAccessKey", { Principal: "user/ana" });
    expect(answer.content).toEqual({
      AccessKey: {
        PrincipalArn: user("ana"),
        AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
        SecretAccessKey: expect.stringMatching(/^\S{40}$/),
      },
    });
    const first = keyIn(answer);
    expect(await codeOf(first)).toBeNull();
    await call(root, "PutPolicies", { Principal: "user/ana", Policies: [] });
    expect(await codeOf(first)).toBe("AccessDeniedException");
    await call(root, "PutPolicies", { Principal: "user/ana", Policies: policies(EVERYTHING, "all") });
    const AccessKeyId = first.accessKeyId;
    const second = keyIn(await call(root, "RotateAccessKey", { Principal: "user/ana", AccessKeyId }));
    expect([await codeOf(first), await codeOf(second)]).toEqual(["UnrecognizedClientException", null]);
    const { content } = await call(root, "ListPrincipals", {});
    const [listed] = content.Principals.filter(
      ({ PrincipalArn }: { PrincipalArn: string }) => PrincipalArn === user("ana"),
    );
    expect(listed).toEqual({
      PrincipalArn: user("ana"),
      CreateDate: expect.any(Number),
      PolicyNames: ["all"],
      AccessKeys: [{ AccessKeyId: second.accessKeyId, CreateDate: expect.any(Number) }],
    });
    const third = keyIn(await call(root, "CreateAccessKey", { Principal: "user/ana" }));
    await call(root, "DeleteAccessKey", { Principal: "user/ana", AccessKeyId: second.accessKeyId });
    expect([await codeOf(second), await codeOf(third)]).toEqual(["UnrecognizedClientException", null]);
    expect((await call(root, "DeleteUser", { Principal: "user/ana" })).content).toEqual({});
    expect(await codeOf(third)).toBe("UnrecognizedClientException");
  });

  it("make roles, and say anew who may take them on", async () => {
    const Principal = "role/keeper";
    const made = await call(root, "CreateRole", {
      Principal,
      AssumeRolePolicyDocument: TRUST,
      MaxSessionDuration: 7200,
    });
    expect(made.content).toEqual({ PrincipalArn: `arn:aws:iam::${ACCOUNT}:role/keeper` });
    const stored = () => production.server.services.store.principals.byName(ACCOUNT, "role", "keeper");
    expect(await stored()).toMatchObject({ trustPolicy: TRUST, maxSessionSeconds: 7200, policies: [] });
    const PolicyDocument = TRUST.replace('"*"', '"arn:aws:iam::123456789012:root"');
    await call(root, "UpdateAssumeRolePolicy", { Principal, PolicyDocument });
    await call(root, "PutPolicies", { Principal, Policies: policies(EVERYTHING) });
    expect(await stored()).toMatchObject({
      trustPolicy: PolicyDocument,
      policies: [{ name: "one", document: JSON.stringify(EVERYTHING) }],
    });
    await call(root, "DeleteRole", { Principal });
    expect(await stored()).toBeNull();
  });

  it("leave a record of each change with who made it, and no secret in any", async () => {
    await call(root, "CreateUser", { Principal: "user/noted", Policies: policies(EVERYTHING) });
    const made = keyIn(await call(root, "CreateAccessKey", { Principal: "user/noted" }));
    const next = keyIn(
      await call(root, "RotateAccessKey", { Principal: "user/noted", AccessKeyId: made.accessKeyId }),
    );
    const [created] = await records("CreateUser");
    expect(created).toMatchObject({
      eventSource: "cognate",
      userIdentity: { type: "Root", arn: `arn:aws:iam::${ACCOUNT}:root` },
      requestParameters: {
        principal: "user/noted",
        policies: [{ policyName: "one", policyDocument: JSON.stringify(EVERYTHING) }],
      },
    });
    const [rotated] = await records("RotateAccessKey");
    expect(rotated.requestParameters).toEqual({ principal: "user/noted", accessKeyId: made.accessKeyId });
    const everything = JSON.stringify([...(await records("CreateAccessKey")), rotated, created]);
    for (const { secretAccessKey } of [made, next]) expect(everything).not.toContain(secretAccessKey);
  });

  it("give a user no more than two keys, however many ask at once", async () => {
    await call(root, "CreateUser", { Principal: "user/many" });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call(root, "CreateAccessKey", { Principal: "user/many" })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(new Set(answers.map(({ code, message }) => code && `${code}: ${message}`))).toEqual(
      new Set([undefined, "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"]),
    );
  });

  it("list page by page, the caller's account only", async () => {
    const stranger = await production.user("stranger", [EVERYTHING], "999999999999");
    for (const name of ["page1", "page2", "page3"])
      await call(root, "CreateUser", { Principal: `user/${name}` });
    const arns: string[] = [];
    for (let NextToken: string | undefined; ; ) {
      const { content } = await call(root, "ListPrincipals", { MaxResults: 2, NextToken });
      expect(content.Principals.length).toBeLessThanOrEqual(2);
      arns.push(...content.Principals.map(({ PrincipalArn }: { PrincipalArn: string }) => PrincipalArn));
      NextToken = content.NextToken;
      if (NextToken === undefined) break;
    }
    const { content: whole } = await call(root, "ListPrincipals", {});
    expect(arns).toEqual(whole.Principals.map(({ PrincipalArn }: { PrincipalArn: string }) => PrincipalArn));
    expect(arns).toEqual(
      expect.arrayContaining([`arn:aws:iam::${ACCOUNT}:root`, user("page1"), user("page3")]),
    );
    expect(arns.filter((arn) => !arn.includes(`::${ACCOUNT}:`))).toEqual([]);
    const { content: theirs } = await call(stranger, "ListPrincipals", {});
    expect(theirs.Principals).toHaveLength(1);
    const { content: first } = await call(root, "ListPrincipals", { MaxResults: 1 });
    expect((await call(stranger, "ListPrincipals", { NextToken: first.NextToken })).code).toBe(
      "InvalidParameterException",
    );
    // Of another account there is nobody under any name.
    expect((await call(stranger, "DeleteUser", { Principal: "user/page1" })).code).toBe("NoSuchEntity");
  });

  it.each([
    [
      "a user that there is",
      "CreateUser",
      { Principal: "user/known" },
      "EntityAlreadyExists",
      "User with name known already exists.",
    ],
    [
      "a key for nobody",
      "CreateAccessKey",
      { Principal: "user/nobody" },
      "NoSuchEntity",
      "The user with name nobody cannot be found.",
    ],
    [
      "a key for a role",
      "CreateAccessKey",
      { Principal: "role/r" },
      "InvalidParameterException",
      "Principal must be user/NAME or root.",
    ],
    [
      "a name that is none",
      "CreateUser",
      { Principal: "user/a b" },
      "InvalidParameterException",
      "Principal must be user/NAME.",
    ],
    [
      "a name of several lines",
      "CreateUser",
      { Principal: "user/a\nuser/b" },
      "InvalidParameterException",
      "Principal must be user/NAME.",
    ],
    [
      "a user called a role",
      "DeleteUser",
      { Principal: "role/known" },
      "InvalidParameterException",
      "Principal must be user/NAME.",
    ],
    [
      "somebody else's key",
      "DeleteAccessKey",
      { Principal: "user/known", AccessKeyId: "ROOT" },
      "NoSuchEntity",
      "cannot be found.",
    ],
    [
      "to rotate somebody else's key",
      "RotateAccessKey",
      { Principal: "user/known", AccessKeyId: "ROOT" },
      "NoSuchEntity",
      "cannot be found.",
    ],
    [
      "a policy that IAM would not take",
      "PutPolicies",
      { Principal: "user/known", Policies: policies(allow("x")) },
      "MalformedPolicyDocument",
      "must be prefaced by a vendor",
    ],
    [
      "two policies of one name",
      "PutPolicies",
      { Principal: "user/known", Policies: [...policies(EVERYTHING), ...policies(EVERYTHING)] },
      "InvalidParameterException",
      "Each PolicyName may be given once.",
    ],
    [
      "a policy without a name",
      "PutPolicies",
      { Principal: "user/known", Policies: [{ PolicyDocument: "{}" }] },
      "InvalidParameterException",
      "PolicyName has 1 to 128",
    ],
    [
      "no policies",
      "PutPolicies",
      { Principal: "user/known" },
      "InvalidParameterException",
      "'policies' failed to satisfy constraint",
    ],
    [
      "a session that is too long",
      "CreateRole",
      { Principal: "role/long", AssumeRolePolicyDocument: TRUST, MaxSessionDuration: 43_201 },
      "InvalidParameterException",
      "MaxSessionDuration is",
    ],
    [
      "trust that is no policy",
      "CreateRole",
      { Principal: "role/long", AssumeRolePolicyDocument: "{" },
      "MalformedPolicyDocument",
      "",
    ],
    ["no name", "DeleteUser", {}, "InvalidParameterException", "'principal' failed to satisfy constraint"],
    ["a page of nothing", "ListPrincipals", { MaxResults: 0 }, "InvalidParameterException", "MaxResults is"],
  ])("refuse %s", async (_what, operation, input, code, sentence) => {
    await call(root, "CreateUser", { Principal: "user/known", Policies: policies(EVERYTHING) });
    const given = JSON.parse(JSON.stringify(input).replace("ROOT", root.accessKeyId));
    const answer = await call(root, operation, given);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(answer.message).toContain(sentence);
    expect(await production.server.services.store.principals.byName(ACCOUNT, "user", "known")).toMatchObject({
      policies: [{ name: "one", document: JSON.stringify(EVERYTHING) }],
    });
    expect(await codeOf(root)).toBeNull();
  });
});

describe("an administrator with limited rights", () => {
  let production: Production;
  let url: string;
  beforeAll(async () => {
    production = await startProduction();
    ({ url } = production);
    await production.user("boss", [EVERYTHING]);
    await production.user("helper");
  });
  afterAll(() => production.close());

  const inOrder: readonly (readonly [operation: string, input: object, resource: string])[] = [
    ["CreateUser", { Principal: "user/new" }, "user/new"],
    ["CreateRole", { Principal: "role/new", AssumeRolePolicyDocument: TRUST }, "role/new"],
    ["CreateAccessKey", { Principal: "user/boss" }, "user/boss"],
    ["RotateAccessKey", { Principal: "user/boss", AccessKeyId: "AKIA" }, "user/boss"],
    ["DeleteAccessKey", { Principal: "user/boss", AccessKeyId: "AKIA" }, "user/boss"],
    ["PutPolicies", { Principal: "user/weak", Policies: policies(EVERYTHING) }, "user/weak"],
    ["UpdateAssumeRolePolicy", { Principal: "role/r", PolicyDocument: TRUST }, "role/r"],
    ["DeleteUser", { Principal: "user/boss" }, "user/boss"],
    ["DeleteRole", { Principal: "role/r" }, "role/r"],
  ];

  it("gives itself nothing: each action is refused without a policy that allows it, and recorded", async () => {
    const weak = await production.user("weak", [allow(["cognito-idp:*", "cognate:RotateSigningKeys"])]);
    const before = await production.server.services.store.principals.list({ afterKey: null, limit: 100 });
    for (const [operation, input, resource] of [...inOrder, ["ListPrincipals", {}, "*"] as const]) {
      const answer = await own(url, weak, operation, input);
      expect(answer).toMatchObject({ status: 400, code: "AccessDeniedException" });
      const arn = resource === "*" ? "*" : `arn:aws:iam::${ACCOUNT}:${resource}`;
      expect(answer.message).toBe(
        `User: ${user("weak")} is not authorized to perform: cognate:${operation} on resource: ${arn} because no identity-based policy allows the cognate:${operation} action`,
      );
    }
    expect(await production.server.services.store.principals.list({ afterKey: null, limit: 100 })).toEqual(
      before,
    );
    await production.server.sealAudit();
    const [refused] = await production.server.services.store.audit.search(
      { operation: "PutPolicies" },
      null,
      1,
    );
    expect(JSON.parse(refused?.record ?? "{}")).toMatchObject({ errorCode: "AccessDeniedException" });
  });

  it("may do what its policy says, to whom it says, and nothing else", async () => {
    const limited = await production.user("limited", [
      allow("cognate:*AccessKey", `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`),
      allow(["cognate:CreateUser", "cognate:PutPolicies"], `arn:aws:iam::${ACCOUNT}:user/team-*`),
    ]);
    const code = async (operation: string, input: object) => (await own(url, limited, operation, input)).code;
    expect(
      await code("CreateUser", { Principal: "user/team-ana", Policies: policies(EVERYTHING) }),
    ).toBeUndefined();
    expect(await code("CreateUser", { Principal: "user/ana" })).toBe("AccessDeniedException");
    expect(await code("CreateAccessKey", { Principal: "user/team-ana" })).toBe("AccessDeniedException");
    expect(await code("PutPolicies", { Principal: "user/limited", Policies: policies(EVERYTHING) })).toBe(
      "AccessDeniedException",
    );
    const own2 = await own(url, limited, "CreateAccessKey", { Principal: "user/limited" });
    expect(keyIn(own2).secretAccessKey).not.toBe("");
  });

  it("gives no policies with a user unless it may give policies", async () => {
    const maker = await production.user("maker", [
      allow(["cognate:CreateUser", "cognate:CreateRole", "cognate:CreateAccessKey"]),
    ]);
    const refused = await own(url, maker, "CreateUser", {
      Principal: "user/strong",
      Policies: policies(EVERYTHING),
    });
    expect(refused).toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining("cognate:PutPolicies"),
    });
    const role = {
      Principal: "role/strong",
      AssumeRolePolicyDocument: TRUST,
      Policies: policies(EVERYTHING),
    };
    expect((await own(url, maker, "CreateRole", role)).code).toBe("AccessDeniedException");
    const { principals } = production.server.services.store;
    expect(await principals.byName(ACCOUNT, "user", "strong")).toBeNull();
    expect((await own(url, maker, "CreateUser", { Principal: "user/strong" })).status).toBe(200);
  });

  it("gets no key of the account itself, whatever its policies allow", async () => {
    const mighty = await production.user("mighty", [EVERYTHING]);
    const AccessKeyId = production.root.accessKeyId;
    for (const [operation, input] of [
      ["CreateAccessKey", {}],
      ["RotateAccessKey", { AccessKeyId }],
      ["DeleteAccessKey", { AccessKeyId }],
    ] as const)
      expect(await own(url, mighty, operation, { Principal: "root", ...input })).toMatchObject({
        code: "AccessDeniedException",
        message: `User: ${user("mighty")} is not authorized to perform: cognate:${operation} on resource: arn:aws:iam::${ACCOUNT}:root because only the account itself may`,
      });
    const second = keyIn(await own(url, production.root, "CreateAccessKey", { Principal: "root" }));
    expect((await signedSend(url, second, ...LIST)).code).toBeNull();
  });
});

describe("cognate credentials with --endpoint-url", () => {
  let directory: string;
  let production: Production;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-credentials-"));
    production = await startProduction();
  });
  afterEach(async () => {
    await production.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const credentials = (caller: Credentials, ...args: string[]) =>
    runCommand(["credentials", ...args, "--endpoint-url", production.url], {
      env: { AWS_ACCESS_KEY_ID: caller.accessKeyId, AWS_SECRET_ACCESS_KEY: caller.secretAccessKey },
    });
  const file = (name: string, content: unknown): string => {
    const path = join(directory, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const printed = (output: string): Credentials => ({
    accessKeyId: /^AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})$/m.exec(output)?.[1] ?? "",
    secretAccessKey: /^AWS_SECRET_ACCESS_KEY=(\S{40})$/m.exec(output)?.[1] ?? "",
  });

  it("does while the server runs what it does with the database", async () => {
    const { root, url } = production;
    const policy = file("lister.json", allow("cognito-idp:ListUserPools"));
    const first = printed((await credentials(root, "create", "--user", "ana", "--policy", policy)).output);
    expect((await signedSend(url, first, ...LIST)).code).toBeNull();
    const again = await credentials(root, "create", "--user", "ana", "--policy", policy);
    expect(again).toMatchObject({
      status: 1,
      errors: "cognate: EntityAlreadyExists: User with name ana already exists.\n",
    });
    const second = printed((await credentials(root, "create", "--user", "ana")).output);
    const ben = await credentials(root, "create", "--user", "ben");
    expect([ben.status, ben.errors]).toEqual([0, ""]);
    const all = file("all.json", EVERYTHING);
    expect(await credentials(root, "policy", "--user", "ana", "--policy", all)).toEqual({
      status: 0,
      output: "",
      errors: "",
    });
    const third = printed((await credentials(root, "rotate", "--access-key-id", first.accessKeyId)).output);
    expect(await credentials(root, "delete", "--access-key-id", second.accessKeyId)).toMatchObject({
      status: 0,
    });
    const trust = file("trust.json", TRUST);
    const role = await credentials(root, "create", "--role", "r", "--trust-policy", trust, "--policy", all);
    expect(role.output).toBe(`arn:aws:iam::${ACCOUNT}:role/r\n`);
    await credentials(
      root,
      "policy",
      "--role",
      "r",
      "--trust-policy",
      file("other.json", TRUST.replace('"*"', `"${ACCOUNT}"`)),
    );
    const { output } = await credentials(root, "list");
    const rows = output
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t").slice(0, 3));
    expect(rows).toEqual([
      ["PRINCIPAL", "POLICIES", "ACCESS KEY"],
      [`arn:aws:iam::${ACCOUNT}:root`, "everything", root.accessKeyId],
      [user("ana"), "all", third.accessKeyId],
      [user("ben"), "nothing", printed(ben.output).accessKeyId],
      [`arn:aws:iam::${ACCOUNT}:role/r`, "all", "-"],
    ]);
    for (const { secretAccessKey } of [first, second, third]) expect(output).not.toContain(secretAccessKey);
    expect((await signedSend(url, third, ...LIST)).code).toBeNull();
    await credentials(root, "delete", "--user", "ana");
    await credentials(root, "delete", "--role", "r");
    expect((await signedSend(url, third, ...LIST)).code).toBe("UnrecognizedClientException");
    const account = printed((await credentials(root, "create", "--root")).output);
    expect((await signedSend(url, account, ...LIST)).code).toBeNull();
  });

  it("lets a user replace its own key, who may do nothing else", async () => {
    const self = await production.user("self", [
      allow("cognate:RotateAccessKey", `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`),
    ]);
    const args = ["rotate", "--access-key-id", self.accessKeyId];
    expect(await credentials(self, ...args)).toMatchObject({
      status: 1,
      errors: expect.stringContaining("cognate:ListPrincipals"),
    });
    const { output } = await credentials(self, ...args, "--user", "self");
    expect(await credentials(printed(output), "list")).toMatchObject({
      errors: expect.stringContaining("AccessDeniedException"),
    });
    expect(await credentials(self, "list")).toMatchObject({
      errors: expect.stringContaining("UnrecognizedClientException"),
    });
  });

  it.each([
    ["nobody", ["create"], /name one of --user NAME, --role NAME and --root/],
    ["a database besides", ["list", "--data-dir", "x"], /--data-dir is for work on the database itself/],
    [
      "another account",
      ["list", "--account", "999999999999"],
      /--account is for work on the database itself/,
    ],
    ["a file that is not there", ["create", "--user", "a", "--policy", "/nowhere.json"], /\/nowhere\.json/],
    [
      "a key that is not there",
      ["rotate", "--access-key-id", "AKIAABSENT"],
      /there is no access key AKIAABSENT/,
    ],
  ])("refuses %s", async (_what, args, reason) => {
    const { status, output, errors } = await credentials(production.root, ...args);
    expect(errors).toMatch(reason);
    expect([status, output]).toEqual([2, ""]);
  });

  it("is what the command names when a running server has the embedded database", async () => {
    const { errors, status } = await runCommand(["credentials", "list", "--data-dir", production.dataDir]);
    expect(errors).toContain("To have the running server do it, give --endpoint-url.");
    expect(status).toBe(1);
  });
});

describe("in development mode", () => {
  it("credentials of users can be made too, but none of the account itself", async () => {
    const world = await startWorld();
    const local = { accessKeyId: "local", secretAccessKey: "local" };
    expect((await own(world.url, local, "CreateUser", { Principal: "user/ana" })).status).toBe(200);
    expect((await own(world.url, local, "CreateAccessKey", { Principal: "root" })).code).toBe(
      "AccessDeniedException",
    );
    await world.close();
  });
});
