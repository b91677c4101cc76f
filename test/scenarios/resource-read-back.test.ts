import { afterAll, describe, expect, it } from "vitest";
import { inputShapes } from "../../src/api/generated/constraints.ts";
import type { Input } from "../../src/api/operation.ts";
import { apiOf } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { watching } from "../support/threat.ts";
import { startWorld } from "../support/world.ts";

/*
 * What tools like Terraform rely on, for the resources of a pool: what was written is what is read, and a change of one setting,
 * sent with all the others as they were, changes that one only.
 */

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Settings = Readonly<Record<string, unknown>>;
/** A setting's path in the input, and what it is changed to. */
type Change = readonly [path: string, to: unknown];

/** A resource that has been made with the settings WHOLE. */
interface Made {
  /** Writes all settings; what is left out of them is not sent. */
  write(settings: Settings): Promise<unknown>;
  /** What is read, without what names the resource and when it was changed. */
  read(): Promise<unknown>;
}

interface Resource {
  readonly name: string;
  /** The operation that writes; its model says which settings there are. */
  readonly writing: "SetRiskConfiguration" | "SetLogDeliveryConfiguration" | `Update${string}`;
  readonly whole: Settings;
  /** Settings of the model that this kind of resource has not. */
  readonly lacks?: readonly string[];
  /** At least one for each setting. */
  readonly changes: readonly Change[];
  make(whole: Settings): Promise<Made>;
}

const NAMES: ReadonlySet<string> = new Set([
  "UserPoolId",
  "ClientId",
  "GroupName",
  "Identifier",
  "ProviderName",
]);

/** The paths of a structure's settings; lists and maps are one setting each. */
function paths(shapeName: string, above = ""): string[] {
  const shape = inputShapes[shapeName];
  if (shape?.type !== "structure") return [above];
  return Object.entries(shape.members)
    .filter(([name]) => above !== "" || !NAMES.has(name))
    .flatMap(([name, member]) => paths(member, above === "" ? name : `${above}.${name}`));
}

function at(settings: unknown, path: string): unknown {
  return path.split(".").reduce((value, name) => (value as Settings | undefined)?.[name], settings);
}

function changed(settings: Settings, path: string, to: unknown): Settings {
  const [name = "", ...rest] = path.split(".");
  const value = rest.length === 0 ? to : changed(settings[name] as Settings, rest.join("."), to);
  return { ...settings, [name]: value };
}

function without(value: object | undefined, ...names: readonly string[]): Settings {
  const left = Object.entries(value ?? {}).filter(
    ([name]) => !NAMES.has(name) && !/^(Creation|LastModified)Date$/.test(name) && !names.includes(name),
  );
  return Object.fromEntries(left);
}

const inPool = async (settings = {}) => (await makePool(api, settings)).Id;
const ROLE = "arn:aws:iam::123456789012:role";

const group: Resource = {
  name: "a group",
  writing: "UpdateGroup",
  whole: { Description: "all staff", RoleArn: `${ROLE}/staff`, Precedence: 5 },
  changes: [
    ["Description", "some staff"],
    ["RoleArn", `${ROLE}/other`],
    ["Precedence", 0],
  ],
  async make(whole) {
    const place = { UserPoolId: await inPool(), GroupName: "staff" };
    await api("CreateGroup", { ...place, ...whole });
    return {
      write: (settings) => api("UpdateGroup", { ...place, ...settings }),
      read: async () => without((await api("GetGroup", place)).Group),
    };
  },
};

const scope = (ScopeName: string, ScopeDescription = ScopeName) => ({ ScopeName, ScopeDescription });

const resourceServer: Resource = {
  name: "a resource server",
  writing: "UpdateResourceServer",
  whole: { Name: "Api", Scopes: [scope("write"), scope("read")] },
  changes: [
    ["Name", "Other"],
    ["Scopes", [scope("write"), scope("read"), scope("admin")]],
    ["Scopes", [scope("read")]],
    ["Scopes", [scope("write", "writing"), scope("read")]],
    ["Scopes", [scope("read"), scope("write")]],
  ],
  async make(whole) {
    const place = { UserPoolId: await inPool(), Identifier: "https://api.example.com" };
    const given = (settings: Settings) =>
      ({ ...place, ...settings }) as unknown as Input<"CreateResourceServer">;
    await api("CreateResourceServer", given(whole));
    return {
      write: (settings) => api("UpdateResourceServer", given(settings)),
      read: async () => without((await api("DescribeResourceServer", place)).ResourceServer),
    };
  },
};

function provider(
  ProviderType: Input<"CreateIdentityProvider">["ProviderType"],
  name: string,
  whole: Settings,
  changes: readonly Change[],
  lacks: readonly string[] = [],
): Resource {
  return {
    name: `an identity provider of the type ${ProviderType}`,
    writing: "UpdateIdentityProvider",
    whole,
    lacks,
    changes,
    async make(settings) {
      const place = { UserPoolId: await inPool(), ProviderName: name };
      const given = { ...place, ProviderType, ...settings } as Input<"CreateIdentityProvider">;
      await api("CreateIdentityProvider", given);
      return {
        write: (update) => api("UpdateIdentityProvider", { ...place, ...update }),
        read: async () =>
          without((await api("DescribeIdentityProvider", place)).IdentityProvider, "ProviderType"),
      };
    },
  };
}

const LOGIN = "https://login.example.com";
const OIDC = {
  client_id: "id",
  client_secret: "secret",
  authorize_scopes: "openid email",
  oidc_issuer: LOGIN,
  attributes_request_method: "GET",
  authorize_url: `${LOGIN}/authorize`,
  token_url: `${LOGIN}/token`,
  attributes_url: `${LOGIN}/userinfo`,
  attributes_url_add_attributes: "false",
  jwks_uri: `${LOGIN}/jwks`,
};
const SHARED: readonly Change[] = [
  ["AttributeMapping", { username: "sub", email: "address" }],
  ["AttributeMapping", { username: "sub", email: "email", name: "fullname" }],
  ["IdpIdentifiers", ["b.example.com"]],
  ["IdpIdentifiers", []],
  ["AcrMapping", { Level1: "low", Level3: "high" }],
];

const oidc = provider(
  "OIDC",
  "Corp",
  {
    ProviderDetails: OIDC,
    AttributeMapping: { username: "sub", email: "email" },
    IdpIdentifiers: ["b.example.com", "a.example.com"],
    AcrMapping: { Level1: "low" },
  },
  [
    ["ProviderDetails", { ...OIDC, client_id: "other" }],
    ["ProviderDetails", { ...OIDC, client_secret: "other" }],
    ["ProviderDetails", { ...OIDC, authorize_scopes: "openid" }],
    ["ProviderDetails", { ...OIDC, oidc_issuer: "https://other.example.com" }],
    ["ProviderDetails", { ...OIDC, attributes_request_method: "POST" }],
    ["ProviderDetails", { ...OIDC, authorize_url: `${LOGIN}/other` }],
    ["ProviderDetails", { ...OIDC, token_url: `${LOGIN}/other` }],
    ["ProviderDetails", { ...OIDC, attributes_url: `${LOGIN}/other` }],
    ["ProviderDetails", { ...OIDC, jwks_uri: `${LOGIN}/other` }],
    ...SHARED,
  ],
);

const GOOGLE = {
  client_id: "id",
  client_secret: "secret",
  authorize_scopes: "openid email",
  attributes_url: "https://people.googleapis.com/v1/people/me?personFields=",
  attributes_url_add_attributes: "true",
  authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
  oidc_issuer: "https://accounts.google.com",
  token_request_method: "POST",
  token_url: "https://www.googleapis.com/oauth2/v4/token",
};

const google: Resource = provider(
  "Google",
  "Google",
  {
    ProviderDetails: GOOGLE,
    AttributeMapping: { username: "sub", email: "email" },
    IdpIdentifiers: ["b.example.com"],
  },
  [
    ["ProviderDetails", { ...GOOGLE, client_id: "other" }],
    ["ProviderDetails", { ...GOOGLE, client_secret: "other" }],
    ["ProviderDetails", { ...GOOGLE, authorize_scopes: "openid" }],
    ["AttributeMapping", { username: "sub", email: "address" }],
    ["IdpIdentifiers", ["a.example.com", "b.example.com"]],
  ],
  ["AcrMapping"],
);

const SAML = {
  MetadataURL: "https://idp.example.com/metadata",
  IDPSignout: "true",
  IDPInit: "false",
  EncryptedResponses: "true",
  RequestSigningAlgorithm: "rsa-sha256",
};

const saml: Resource = provider(
  "SAML",
  "Partner",
  {
    ProviderDetails: SAML,
    AttributeMapping: { email: "urn:mail" },
    IdpIdentifiers: ["b.example.com"],
  },
  [
    ["ProviderDetails", { ...SAML, MetadataURL: "https://other.example.com/metadata" }],
    ["ProviderDetails", { ...SAML, IDPSignout: "false" }],
    ["ProviderDetails", { ...SAML, IDPInit: "true" }],
    ["ProviderDetails", { ...SAML, EncryptedResponses: "false" }],
    ["AttributeMapping", { email: "urn:mail", name: "urn:name" }],
    ["IdpIdentifiers", ["a.example.com", "b.example.com"]],
  ],
  ["AcrMapping"],
);

const mail = (name: string) => ({ Subject: name, HtmlBody: `<p>${name}</p>`, TextBody: `It was ${name}.` });
const SES = "arn:aws:ses:us-east-1:123456789012:identity";
const TAKEOVER = "AccountTakeoverRiskConfiguration";
const NOTIFY = `${TAKEOVER}.NotifyConfiguration`;

const RISK = {
  CompromisedCredentialsRiskConfiguration: {
    EventFilter: ["SIGN_IN", "SIGN_UP"],
    Actions: { EventAction: "BLOCK" },
  },
  AccountTakeoverRiskConfiguration: {
    NotifyConfiguration: {
      From: "security@example.com",
      ReplyTo: "help@example.com",
      SourceArn: `${SES}/example.com`,
      BlockEmail: mail("blocked"),
      NoActionEmail: mail("seen"),
      MfaEmail: mail("asked"),
    },
    Actions: {
      LowAction: { Notify: false, EventAction: "NO_ACTION" },
      MediumAction: { Notify: true, EventAction: "MFA_IF_CONFIGURED" },
      HighAction: { Notify: true, EventAction: "MFA_REQUIRED" },
    },
  },
  RiskExceptionConfiguration: {
    BlockedIPRangeList: ["203.0.113.0/24", "192.0.2.0/24"],
    SkippedIPRangeList: ["198.51.100.0/24"],
  },
} as const;

const risk = (whose: "a pool" | "a client"): Resource => ({
  name: `the risk configuration of ${whose}`,
  writing: "SetRiskConfiguration",
  whole: RISK,
  changes: [
    ["CompromisedCredentialsRiskConfiguration.EventFilter", ["PASSWORD_CHANGE"]],
    ["CompromisedCredentialsRiskConfiguration.Actions.EventAction", "NO_ACTION"],
    [`${NOTIFY}.From`, "Security <other@example.com>"],
    [`${NOTIFY}.ReplyTo`, "other@example.com"],
    [`${NOTIFY}.SourceArn`, `${SES}/other.example.com`],
    ...["BlockEmail", "NoActionEmail", "MfaEmail"].flatMap((which): Change[] => [
      [`${NOTIFY}.${which}.Subject`, "other"],
      [`${NOTIFY}.${which}.HtmlBody`, "<b>other</b>"],
      [`${NOTIFY}.${which}.TextBody`, "It was other."],
    ]),
    ...(["LowAction", "MediumAction", "HighAction"] as const).flatMap((level): Change[] => [
      [`${TAKEOVER}.Actions.${level}.Notify`, !RISK[TAKEOVER].Actions[level].Notify],
      [`${TAKEOVER}.Actions.${level}.EventAction`, "BLOCK"],
    ]),
    ["RiskExceptionConfiguration.BlockedIPRangeList", ["203.0.113.0/24"]],
    ["RiskExceptionConfiguration.SkippedIPRangeList", ["198.51.100.0/24", "192.0.2.7/32"]],
  ],
  async make(whole) {
    const UserPoolId = await inPool(watching("ENFORCED"));
    const place =
      whose === "a pool"
        ? { UserPoolId }
        : { UserPoolId, ClientId: (await makeClient(api, UserPoolId)).ClientId };
    const write = (settings: Settings) => api("SetRiskConfiguration", { ...place, ...settings });
    await write(whole);
    return {
      write,
      read: async () => without((await api("DescribeRiskConfiguration", place)).RiskConfiguration),
    };
  },
});

const logGroup = (name: string) => ({
  CloudWatchLogsConfiguration: { LogGroupArn: `arn:aws:logs:us-east-1:123456789012:log-group:${name}` },
});
const notices = { EventSource: "userNotification", LogLevel: "ERROR", ...logGroup("notices") };
const activity = { EventSource: "userAuthEvents", LogLevel: "INFO" };
const bucket = { S3Configuration: { BucketArn: "arn:aws:s3:::auth-events" } };
const stream = {
  FirehoseConfiguration: { StreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/events" },
};

const logs: Resource = {
  name: "the log delivery of a pool",
  writing: "SetLogDeliveryConfiguration",
  whole: { LogConfigurations: [notices, { ...activity, ...bucket }] },
  changes: [
    [
      "LogConfigurations",
      [
        { ...notices, ...logGroup("other") },
        { ...activity, ...bucket },
      ],
    ],
    ["LogConfigurations", [notices, { ...activity, ...stream }]],
    ["LogConfigurations", [notices, { ...activity, ...logGroup("events") }]],
    ["LogConfigurations", [{ ...activity, ...bucket }, notices]],
    ["LogConfigurations", [notices]],
    ["LogConfigurations", []],
  ],
  async make(whole) {
    const UserPoolId = await inPool(watching("AUDIT"));
    const write = (settings: Settings) =>
      api("SetLogDeliveryConfiguration", {
        UserPoolId,
        ...settings,
      } as Input<"SetLogDeliveryConfiguration">);
    await write(whole);
    return {
      write,
      read: async () =>
        without((await api("GetLogDeliveryConfiguration", { UserPoolId })).LogDeliveryConfiguration),
    };
  },
};

const RESOURCES = [group, resourceServer, oidc, google, saml, risk("a pool"), risk("a client"), logs];

describe.each(RESOURCES)("$name", ({ writing, whole, changes, lacks = [], make }) => {
  it("is covered: these tests give and change every setting that the API's model has", () => {
    const settings = paths(`${writing}Request`).filter((path) => !lacks.includes(path));
    expect(settings.filter((path) => at(whole, path) === undefined)).toEqual([]);
    expect([...new Set(changes.map(([path]) => path))].toSorted()).toEqual(settings.toSorted());
  });

  it("is read as it was written, and does not change when that is written back", async () => {
    const resource = await make(whole);
    expect(await resource.read()).toEqual(whole);
    await resource.write((await resource.read()) as Settings);
    expect(await resource.read()).toEqual(whole);
  });

  it.each(changes)("changes in %s alone when that alone is changed, and changes back", async (path, to) => {
    const resource = await make(whole);
    await resource.write(changed(whole, path, to));
    expect(await resource.read()).toEqual(changed(whole, path, to));
    await resource.write(whole);
    expect(await resource.read()).toEqual(whole);
  });
});
