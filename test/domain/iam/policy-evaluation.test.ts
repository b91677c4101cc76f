// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies look like those of JavaScript

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccessRequest, evaluate, readPolicy } from "../../../src/domain/iam/index.ts";
import { oracle } from "./policy-oracle.ts";

const POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc";
const CASES = Number(process.env.COGNATE_TEST_SIZE === "long" ? 1_000_000 : 10_000);

const verdictOf = (policies: readonly object[], request: AccessRequest) =>
  evaluate(
    policies.map((policy) => readPolicy(JSON.stringify(policy), "identity")),
    request,
  );

/** Names and values that meet often, so that most of what is drawn decides something. */
const ACTIONS = [
  "cognito-idp:AdminGetUser",
  "cognito-idp:ListUsers",
  "cognito-idp:DeleteUserPool",
  "sts:AssumeRole",
];
const ACTION_PATTERNS = [
  ...ACTIONS,
  ...[
    "*",
    "cognito-idp:*",
    "cognito-idp:Admin*",
    "cognito-idp:List?sers",
    "COGNITO-idp:admingetUSER",
    "cognito-idp:*User*",
  ],
  ...["cognito-idp:Delete?serPool", "sts:*", "cognito-idp:???"],
];
const RESOURCES = [
  POOL,
  "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_ana",
  "*",
  "arn:aws:iam::123456789012:role/a:b",
];
const RESOURCE_PATTERNS = [
  ...[
    "*",
    POOL,
    "arn:aws:cognito-idp:*:*:userpool/*",
    "arn:aws:cognito-idp:us-east-1:*",
    "arn:*",
    "arn:aws:cognito-idp:*",
  ],
  ...[
    "arn:aws:cognito-idp:*:123456789012:userpool/*_${aws:username}",
    "arn:aws:*:*:*:userpool/us-*-?_abc",
    "arn:aws:iam::*:role/a:?",
  ],
  ...[
    "arn:aws:cognito-idp:${aws:RequestedRegion}:*:*",
    "arn:aws:*:*:*:*/${aws:username, 'us-east-1_abc'}",
    "arn:aws:cognito-idp:*:*:userpool/${*}",
  ],
  ...[
    "arn:aws:${aws:Absent}:*:*:*",
    "arn:aws:cognito-idp:us-east-1:999999999999:userpool/*",
    "arn:aws:cognito-idp:*userpool/*",
  ],
];
const TEXTS = [
  "ana",
  "Ana",
  "a*",
  "*",
  "?na",
  "${aws:username}",
  "${aws:absent}",
  "b",
  "${aws:absent, 'ana'}",
  "${$}",
  "a?a",
  "us-east-1",
];
const GIVEN_TEXTS = ["ana", "ANA", "b", "a*", "anna", "$", "us-east-1", "${aws:username}"];
const NUMBERS = ["1", "2", "2.5", "-1", "10"];
const DATES = [
  "2024-01-01T00:00:00Z",
  "2025-06-01",
  "1735689600",
  "2025-01-01T00:00:00",
  "2026-01-01T02:00:00+02:00",
];
const RANGES = ["10.0.0.0/8", "127.0.0.1", "0.0.0.0/0", "10.1.2.0/24", "192.168.1.128/25"];
const ADDRESSES = ["10.1.2.3", "127.0.0.1", "192.168.1.200", "8.8.8.8"];
const ARNS = [
  POOL,
  "arn:aws:iam::123456789012:user/ana",
  "arn:aws:iam::123456789012:user/*",
  "arn:aws:iam::*:user/${aws:username}",
  "arn:*:*:*:*:*",
  "*",
  "arn:aws:iam::1",
];
const GIVEN_ARNS = [
  POOL,
  "arn:aws:iam::123456789012:user/ana",
  "arn:aws:iam::123456789012:user/b:c",
  "no-arn",
];
const BOOLS = ["true", "false", "True"];

/** Families of operators with the values that their conditions and the requests hold. */
const FAMILIES = [
  {
    names: [
      "StringEquals",
      "StringNotEquals",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "StringLike",
      "StringNotLike",
    ],
    wanted: TEXTS,
    key: "aws:Text",
    given: GIVEN_TEXTS,
  },
  {
    names: [
      "NumericEquals",
      "NumericNotEquals",
      "NumericLessThan",
      "NumericLessThanEquals",
      "NumericGreaterThan",
      "NumericGreaterThanEquals",
    ],
    wanted: NUMBERS,
    key: "aws:Number",
    given: [...NUMBERS, "many"],
  },
  {
    names: [
      "DateEquals",
      "DateNotEquals",
      "DateLessThan",
      "DateLessThanEquals",
      "DateGreaterThan",
      "DateGreaterThanEquals",
    ],
    wanted: DATES,
    key: "aws:Date",
    given: DATES,
  },
  {
    names: ["IpAddress", "NotIpAddress"],
    wanted: RANGES,
    key: "aws:Address",
    given: [...ADDRESSES, "nowhere"],
  },
  {
    names: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    wanted: ARNS,
    key: "aws:Arn",
    given: GIVEN_ARNS,
  },
  { names: ["Bool"], wanted: BOOLS, key: "aws:Flag", given: BOOLS },
  { names: ["BinaryEquals"], wanted: ["QmFzZQ==", "QQ=="], key: "aws:Bytes", given: ["QmFzZQ==", "Qg=="] },
];
const from = <T>(items: readonly T[]) => fc.constantFrom(...items);
const some = <T>(items: readonly T[], maxLength = 3) =>
  fc.oneof(from(items), fc.array(from(items), { minLength: 1, maxLength }));

const conditionArbitrary = from(FAMILIES)
  .chain(({ names, wanted, key }) =>
    fc.record({
      prefix: from(["", "", "", "ForAnyValue:", "ForAllValues:"]),
      name: from(names),
      suffix: from(["", "", "IfExists"]),
      key: from([key, key.toUpperCase(), "aws:Absent"]),
      values: some(wanted),
    }),
  )
  .map(({ prefix, name, suffix, key, values }) => ({ [`${prefix}${name}${suffix}`]: { [key]: values } }));
const nullArbitrary = fc
  .record({ key: from(["aws:Text", "aws:Absent", "aws:username"]), value: some(["true", "false"], 2) })
  .map(({ key, value }) => ({ Null: { [key]: value } }));

const statementArbitrary = fc
  .record({
    effect: from(["Allow", "Allow", "Deny"]),
    action: fc.tuple(from(["Action", "Action", "NotAction"]), some(ACTION_PATTERNS)),
    resource: fc.tuple(from(["Resource", "Resource", "NotResource"]), some(RESOURCE_PATTERNS)),
    conditions: fc.array(fc.oneof(conditionArbitrary, conditionArbitrary, nullArbitrary), { maxLength: 2 }),
  })
  .map(({ effect, action, resource, conditions }) => ({
    Effect: effect,
    [action[0]]: action[1],
    [resource[0]]: resource[1],
    ...(conditions.length > 0 ? { Condition: Object.assign({}, ...conditions) } : {}),
  }));

const policyArbitrary = fc
  .record({
    version: from(["2012-10-17", "2012-10-17", "2008-10-17", undefined]),
    statements: fc.array(statementArbitrary, { minLength: 1, maxLength: 3 }),
    alone: fc.boolean(),
  })
  .map(({ version, statements, alone }) => ({
    ...(version ? { Version: version } : {}),
    Statement: alone ? statements[0] : statements,
  }));

const contextArbitrary = fc
  .record({
    values: fc.tuple(
      ...FAMILIES.map(({ key, given }) =>
        fc.oneof(
          fc.constant(null),
          from(given).map((value) => [key.toLowerCase(), value] as const),
          fc.array(from(given), { maxLength: 3 }).map((value) => [key.toLowerCase(), value] as const),
        ),
      ),
    ),
    username: from(["ana", "*", undefined]),
  })
  .map(({ values, username }) => ({
    ...Object.fromEntries(values.filter((value) => value !== null)),
    "aws:requestedregion": "us-east-1",
    ...(username ? { "aws:username": username } : {}),
  }));

describe("policies", () => {
  it(`say what another evaluator says, in ${CASES} cases`, () => {
    const seen = { "explicit-deny": 0, allow: 0, "no-match": 0 };
    fc.assert(
      fc.property(
        fc.array(policyArbitrary, { minLength: 1, maxLength: 3 }),
        from(ACTIONS),
        from(RESOURCES),
        contextArbitrary,
        (policies, action, resource, context) => {
          const verdict = verdictOf(policies, {
            action,
            resource,
            context: new Map(Object.entries(context)),
          });
          seen[verdict]++;
          expect(verdict).toBe(oracle(policies, { action, resource, context }));
        },
      ),
      { numRuns: CASES },
    );
    console.log(`D6: ${CASES} cases, 0 disagreements; ${JSON.stringify(seen)}`);
    // None of the verdicts is so rare that agreeing on it means nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(CASES / 20);
  });

  const request = (given: Partial<AccessRequest> = {}, context: Record<string, string | string[]> = {}) => ({
    action: "cognito-idp:AdminGetUser",
    resource: POOL,
    context: new Map(Object.entries(context)),
    ...given,
  });
  const allow = (statement: object, version = "2012-10-17") => ({
    Version: version,
    Statement: { Effect: "Allow", Action: "*", Resource: "*", ...statement },
  });

  it.each([
    ["nothing, when there are none", [], "no-match"],
    ["what a Deny says, in whatever order", [allow({ Effect: "Deny" }), allow({})], "explicit-deny"],
    ["what a Deny says, also after an Allow", [allow({}), allow({ Effect: "Deny" })], "explicit-deny"],
  ])("say %s", (_, policies, verdict) => expect(verdictOf(policies, request())).toBe(verdict));

  it.each([
    ["a star does not cross the colons of an ARN", { Resource: "arn:aws:cognito-idp:*userpool/*" }, false],
    ["a star crosses slashes", { Resource: "arn:aws:cognito-idp:*:*:*abc" }, true],
    ["an ARN that is cut short goes on with stars", { Resource: "arn:aws:cognito-idp:us-east-1" }, true],
    ["ARNs are compared with case", { Resource: POOL.toUpperCase().replace("ARN", "arn") }, false],
    ["actions are compared without", { Action: "COGNITO-IDP:ADMINGETUSER" }, true],
    ["a variable that has no value matches nothing", { Resource: `${POOL}\${aws:absent}` }, false],
    [
      "a variable that has no value excludes everything from an Allow",
      { Resource: undefined, NotResource: "arn:aws:s3:::${aws:absent}" },
      false,
    ],
  ])("know that %s", (_, statement, allowed) =>
    expect(verdictOf([allow(statement)], request()) === "allow").toBe(allowed),
  );

  it("take a star that comes in by a variable for a star, and for no wildcard", () => {
    const policy = allow({ Resource: "arn:aws:cognito-idp:*:*:userpool/${aws:username}" });
    expect(verdictOf([policy], request({}, { "aws:username": "*" }))).toBe("no-match");
    expect(verdictOf([policy], request({}, { "aws:username": "us-east-1_abc" }))).toBe("allow");
  });

  it("know no variables before version 2012-10-17", () => {
    const policy = allow({ Condition: { StringEquals: { "aws:x": "${aws:username}" } } }, "2008-10-17");
    expect(verdictOf([policy], request({}, { "aws:username": "a", "aws:x": "a" }))).toBe("no-match");
    expect(verdictOf([policy], request({}, { "aws:username": "a", "aws:x": "${aws:username}" }))).toBe(
      "allow",
    );
  });

  it("look at IPv6 addresses as at others", () => {
    const policy = allow({ Condition: { IpAddress: { "aws:SourceIp": ["2001:db8::/32"] } } });
    expect(verdictOf([policy], request({}, { "aws:sourceip": "2001:db8:1::1" }))).toBe("allow");
    expect(verdictOf([policy], request({}, { "aws:sourceip": "2001:db9::1" }))).toBe("no-match");
  });

  it("take time in proportion to their length, whatever they hold", () => {
    const policy = allow({ Action: `cognito-idp:${"*a".repeat(500)}` });
    const before = performance.now();
    verdictOf([policy], request({ action: `cognito-idp:${"a".repeat(2000)}b` }));
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe("a policy that is stored", () => {
  const refusal = (policy: unknown, kind: "identity" | "trust" = "identity") => {
    try {
      readPolicy(typeof policy === "string" ? policy : JSON.stringify(policy), kind);
      return "accepted";
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  };
  const one = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  const OK = { Effect: "Allow", Action: "cognito-idp:*", Resource: "*" };

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["no statement", { Version: "2012-10-17" }],
    ["an empty list of statements", { Statement: [] }],
    ["an unknown member", { Statement: [OK], Extra: 1 }],
    ["an unknown member of a statement", one({ ...OK, Actions: "*" })],
    ["both Action and NotAction", one({ ...OK, NotAction: "*" })],
    ["an empty list of actions", one({ ...OK, Action: [] })],
    ["an action that is no text", one({ ...OK, Action: [1] })],
    ["a member twice", '{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'],
    [
      "a member twice in other letters",
      '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{},"\\u0043ondition":{}}]}',
    ],
  ])("is refused when it has %s", (_, policy) =>
    expect(refusal(policy)).toBe("MalformedPolicyDocument: Syntax errors in policy."),
  );

  it.each([
    [
      "another version",
      { Version: "2020-01-01", Statement: [OK] },
      "Policy document version must be one of 2012-10-17, 2008-10-17.",
    ],
    ["no effect", one({ Action: "*", Resource: "*" }), "Missing required field Effect."],
    ["another effect", one({ ...OK, Effect: "Permit" }), "Invalid effect: Permit"],
    ["no action", one({ Effect: "Allow", Resource: "*" }), "Missing required field Action."],
    ["no resource", one({ Effect: "Allow", Action: "*" }), "Missing required field Resource."],
    [
      "an action of no service",
      one({ ...OK, Action: "ListUsers" }),
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ],
    [
      "a resource that is no ARN",
      one({ ...OK, Resource: "userpool/x" }),
      'Resource userpool/x must be in ARN format or "*".',
    ],
    [
      "a variable that does not end",
      one({ ...OK, Resource: "arn:aws:${aws:username" }),
      'Resource arn:aws:${aws:username must be in ARN format or "*".',
    ],
    ["a principal", one({ ...OK, Principal: "*" }), "Policy document should not specify a principal."],
    [
      "an operator that is none",
      one({ ...OK, Condition: { StringIs: { "aws:x": "y" } } }),
      "Invalid Condition type : StringIs.",
    ],
    [
      "a number that is none",
      one({ ...OK, Condition: { NumericEquals: { "aws:x": "y" } } }),
      "Invalid value y for Condition type NumericEquals.",
    ],
    [
      "an address that is none",
      one({ ...OK, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/33" } } }),
      "Invalid value 10.0.0.0/33 for Condition type IpAddress.",
    ],
    [
      "a date that is none",
      one({ ...OK, Condition: { DateLessThan: { "aws:CurrentTime": "soon" } } }),
      "Invalid value soon for Condition type DateLessThan.",
    ],
    [
      "equal names of statements",
      {
        Statement: [
          { ...OK, Sid: "a" },
          { ...OK, Sid: "a" },
        ],
      },
      "Statement IDs (SID) in a single policy must be unique.",
    ],
    ["a name with a blank", one({ ...OK, Sid: "a b" }), "Statement IDs (SID) should be alpha-numeric."],
    [
      "too much",
      one({ ...OK, Action: `cognito-idp:${"a".repeat(10_300)}` }),
      "Policy exceeds the size limit of 10240 characters.",
    ],
  ])("is refused when it has %s, in IAM's words", (_, policy, sentence) =>
    expect(refusal(policy)).toBe(`MalformedPolicyDocument: ${sentence}`),
  );

  it.each([
    [
      "a resource",
      { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole", Resource: "*" },
      "Has prohibited field Resource",
    ],
    ["no principal", { Effect: "Allow", Action: "sts:AssumeRole" }, "Missing required field Principal."],
    [
      "a principal that is none",
      { Effect: "Allow", Principal: { AWS: "ana" }, Action: "sts:AssumeRole" },
      'Invalid principal in policy: "AWS":"ana"',
    ],
  ])("says who may take on a role, and is refused when it has %s", (_, statement, sentence) =>
    expect(refusal(one(statement), "trust")).toBe(`MalformedPolicyDocument: ${sentence}`),
  );

  it("is taken as IAM's own examples are", () => {
    expect(
      refusal(
        one({
          ...OK,
          Sid: "x",
          Condition: { Bool: { "aws:SecureTransport": true }, NumericLessThan: { "aws:x": 5 } },
        }),
      ),
    ).toBe("accepted");
    expect(
      refusal({
        Version: "2012-10-17",
        Id: "i",
        Statement: { ...OK, Action: ["cognito-idp:List*", "sts:*"] },
      }),
    ).toBe("accepted");
    expect(
      refusal(
        one({
          Effect: "Allow",
          Principal: { AWS: ["123456789012", "arn:aws:iam::123456789012:user/a/b"] },
          Action: "sts:AssumeRole",
        }),
        "trust",
      ),
    ).toBe("accepted");
  });
});
