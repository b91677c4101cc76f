import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputShapes } from "../../src/api/generated/constraints.ts";
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  SetUserPoolMfaConfigRequest,
  UpdateUserPoolRequest,
  UserPoolClientType,
  UserPoolType,
} from "../../src/api/generated/shapes.ts";
import { apiOf } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makePool } from "../support/builders.ts";
import {
  CLIENT,
  CLIENT_CHANGES,
  type ClientUpdate,
  FIXED,
  POOL,
  POOL_CHANGES,
  type PoolUpdate,
  SMS,
} from "../support/every-setting.ts";
import { startWorld } from "../support/world.ts";

/*
 * What tools like Terraform rely on: what was written is what is read, and a change of one setting, sent with all the others as
 * they were, changes that one only.
 */

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

/** The members that the API's model has for an operation's input, in order, without what names the resource. */
function settingsOf(operation: string): string[] {
  const shape = inputShapes[`${operation}Request`];
  const members = shape?.type === "structure" ? Object.keys(shape.members) : [];
  return members.filter((name) => name !== "UserPoolId" && name !== "ClientId").toSorted();
}

/** The older names of three parts of the template: what is given there wins. */
const MIRRORS = ["SmsVerificationMessage", "EmailVerificationMessage", "EmailVerificationSubject"];
/** Without what needs the tier PLUS. */
const TIER_CHANGE = { UserPoolAddOns: { AdvancedSecurityMode: "OFF", AdvancedSecurityAdditionalFlows: {} } };

const poolOf = async (UserPoolId: string): Promise<UserPoolType> =>
  (await api("DescribeUserPool", { UserPoolId })).UserPool ?? {};

/** What DescribeUserPool shows and UpdateUserPool takes. */
function poolUpdate(pool: UserPoolType): PoolUpdate {
  const names = new Set([...Object.keys(POOL)]);
  const { Name, ...members } = pool;
  const shared = Object.entries(members).filter(([name]) => names.has(name));
  return { ...(Name === undefined ? {} : { PoolName: Name }), ...Object.fromEntries(shared) };
}

const unmodified = { LastModifiedDate: expect.any(Number) };

describe("a user pool with every setting", () => {
  let UserPoolId = "";
  let made: UserPoolType = {};
  beforeAll(async () => {
    const given = { ...POOL, ...FIXED } as unknown as CreateUserPoolRequest;
    const { UserPool } = await api("CreateUserPool", given);
    made = UserPool ?? {};
    UserPoolId = made.Id ?? "";
  });

  it("is covered: these tests name every member that the API's model has", () => {
    expect(Object.keys(POOL).toSorted()).toEqual(settingsOf("UpdateUserPool"));
    const all = [...Object.keys(POOL), ...Object.keys(FIXED), "AliasAttributes"];
    expect(all.toSorted()).toEqual(settingsOf("CreateUserPool"));
  });

  it("is read as it was written", async () => {
    expect(made).toEqual(await poolOf(UserPoolId));
    const { PoolName, ...settings } = POOL;
    expect(made).toMatchObject({
      Name: PoolName,
      ...settings,
      UsernameAttributes: FIXED.UsernameAttributes,
      UsernameConfiguration: FIXED.UsernameConfiguration,
    });
    expect(poolUpdate(made)).toEqual(POOL);
  });

  it("does not change when what was read is written back", async () => {
    const before = await poolOf(UserPoolId);
    const mfa = await api("GetUserPoolMfaConfig", { UserPoolId });
    await api("UpdateUserPool", { UserPoolId, ...poolUpdate(before) });
    expect(await poolOf(UserPoolId)).toEqual({ ...before, ...unmodified });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(mfa);
  });

  it.each(Object.entries(POOL_CHANGES).filter(([name]) => !MIRRORS.includes(name)))(
    "changes in %s alone when that alone is changed, and changes back",
    async (name, { to, mirrored = {} }) => {
      const { Id } = await makePool(api, { ...POOL, ...FIXED } as unknown as CreateUserPoolRequest);
      const prepared = name === "UserPoolTier" ? TIER_CHANGE : {};
      const base = { UserPoolId: Id, ...poolUpdate(await poolOf(Id)), ...prepared };
      await api("UpdateUserPool", base as UpdateUserPoolRequest);
      const before = await poolOf(Id);
      await api("UpdateUserPool", { ...base, [name]: to } as UpdateUserPoolRequest);
      const shown = name === "PoolName" ? "Name" : name;
      expect(await poolOf(Id)).toEqual({ ...before, [shown]: to, ...mirrored, ...unmodified });
      await api("UpdateUserPool", base as UpdateUserPoolRequest);
      expect(await poolOf(Id)).toEqual({ ...before, ...unmodified });
    },
  );

  it.each([
    ["SmsVerificationMessage", "SmsMessage", "new {####}"],
    ["EmailVerificationMessage", "EmailMessage", "new {####}"],
    ["EmailVerificationSubject", "EmailSubject", "new"],
  ])(
    "changes in %s and its part of the template when the template leaves that out",
    async (name, part, to) => {
      const { Id } = await makePool(api, { ...POOL, ...FIXED } as unknown as CreateUserPoolRequest);
      const before = await poolOf(Id);
      const { [part as "SmsMessage"]: _, ...VerificationMessageTemplate } =
        before.VerificationMessageTemplate ?? {};
      const change = { ...poolUpdate(before), VerificationMessageTemplate, [name]: to };
      await api("UpdateUserPool", { UserPoolId: Id, ...change });
      expect(await poolOf(Id)).toEqual({
        ...before,
        [name]: to,
        VerificationMessageTemplate: { ...before.VerificationMessageTemplate, [part]: to },
        ...unmodified,
      });
    },
  );

  it("is read as it was written whichever of its settings were given", async () => {
    // What needs another setting goes with it.
    const groups: readonly (readonly (keyof PoolUpdate)[])[] = [
      ["UserPoolTier", "UserPoolAddOns"],
      ["SmsConfiguration", "AutoVerifiedAttributes", "UserAttributeUpdateSettings", "MfaConfiguration"],
      ["Policies", "AdminCreateUserConfig"],
      ["VerificationMessageTemplate", ...(MIRRORS as (keyof PoolUpdate)[])],
      ...(Object.keys(POOL) as (keyof PoolUpdate)[]).map((name) => [name] as const),
    ];
    const alone = groups.filter(
      ([first, ...rest], index) =>
        rest.length > 0 || !groups.slice(0, index).some((group) => group.includes(first as keyof PoolUpdate)),
    );
    const { Id } = await makePool(api);
    await fc.assert(
      fc.asyncProperty(fc.subarray([...alone]), async (chosen) => {
        const names = chosen.flat();
        const given = Object.fromEntries(names.map((name) => [name, POOL[name]])) as PoolUpdate;
        await api("UpdateUserPool", { UserPoolId: Id, ...given });
        const { PoolName, ...settings } = given;
        const shown = await poolOf(Id);
        expect(shown).toMatchObject({ ...settings, ...(PoolName ? { Name: PoolName } : {}) });
        await api("UpdateUserPool", { UserPoolId: Id, ...poolUpdate(shown) });
        expect(await poolOf(Id)).toEqual({ ...shown, ...unmodified });
      }),
      { numRuns: 60 },
    );
  });
});

describe("the MFA configuration of a pool", () => {
  const WHOLE = {
    SmsMfaConfiguration: { SmsAuthenticationMessage: "sign in {####}", SmsConfiguration: SMS },
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: { Message: "mail {####}", Subject: "subject" },
    MfaConfiguration: "OPTIONAL",
    WebAuthnConfiguration: {
      RelyingPartyId: "example.com",
      UserVerification: "preferred",
      FactorConfiguration: "SINGLE_FACTOR",
    },
  } as const satisfies Omit<SetUserPoolMfaConfigRequest, "UserPoolId">;

  const CHANGES: { readonly [K in keyof typeof WHOLE]: object | string | undefined } = {
    SmsMfaConfiguration: {
      SmsAuthenticationMessage: "other {####}",
      SmsConfiguration: { ...SMS, ExternalId: "two" },
    },
    SoftwareTokenMfaConfiguration: { Enabled: false },
    EmailMfaConfiguration: { Message: "other {####}" },
    MfaConfiguration: "ON",
    WebAuthnConfiguration: { ...WHOLE.WebAuthnConfiguration, UserVerification: "required" },
  };

  async function configured() {
    const { Id: UserPoolId } = await makePool(api, { EmailConfiguration: POOL.EmailConfiguration });
    const made = await api("SetUserPoolMfaConfig", { UserPoolId, ...WHOLE });
    return { UserPoolId, made };
  }

  it("is covered: these tests name every member that the API's model has", () => {
    expect(Object.keys(WHOLE).toSorted()).toEqual(settingsOf("SetUserPoolMfaConfig"));
  });

  it("is read as it was written, and shows in the pool", async () => {
    const { UserPoolId, made } = await configured();
    expect(made).toEqual(WHOLE);
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(WHOLE);
    expect(await poolOf(UserPoolId)).toMatchObject({
      MfaConfiguration: "OPTIONAL",
      SmsConfiguration: SMS,
      SmsAuthenticationMessage: "sign in {####}",
    });
  });

  it.each(Object.entries(CHANGES))("changes in %s alone when that alone is changed", async (name, to) => {
    const { UserPoolId } = await configured();
    await api("SetUserPoolMfaConfig", { UserPoolId, ...WHOLE, [name]: to });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual({ ...WHOLE, [name]: to });
  });

  it.each([
    "SmsMfaConfiguration",
    "SoftwareTokenMfaConfiguration",
    "EmailMfaConfiguration",
    "WebAuthnConfiguration",
  ])("is without %s when that is left out", async (name) => {
    const { UserPoolId } = await configured();
    const rest = Object.fromEntries(Object.entries(WHOLE).filter(([other]) => other !== name));
    await api("SetUserPoolMfaConfig", { UserPoolId, ...rest });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(rest);
  });

  it("does not change when the pool is written back as it was read", async () => {
    const { UserPoolId } = await configured();
    await api("UpdateUserPool", { UserPoolId, ...poolUpdate(await poolOf(UserPoolId)) });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(WHOLE);
  });

  it("shows SMS where CreateUserPool turned MFA on, and loses it with the pool's SMS configuration", async () => {
    const { Id: UserPoolId } = await makePool(api, { MfaConfiguration: "ON", SmsConfiguration: SMS });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual({
      MfaConfiguration: "ON",
      SmsMfaConfiguration: { SmsConfiguration: SMS },
    });
    const both = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } } as const;
    await api("SetUserPoolMfaConfig", { UserPoolId, ...both, SmsMfaConfiguration: {} });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toHaveProperty("SmsMfaConfiguration");
    await api("UpdateUserPool", { UserPoolId, MfaConfiguration: "ON" });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(both);
  });
});

describe("an app client with every setting", () => {
  let UserPoolId = "";
  beforeAll(async () => {
    const pool = await makePool(api, { Schema: [{ Name: "note", AttributeDataType: "String" }] });
    UserPoolId = pool.Id;
    await api("CreateResourceServer", {
      UserPoolId,
      Identifier: "api",
      Name: "Api",
      Scopes: [{ ScopeName: "read", ScopeDescription: "read" }],
    });
    await api("CreateIdentityProvider", {
      UserPoolId,
      ProviderName: "Corp",
      ProviderType: "OIDC",
      ProviderDetails: {
        client_id: "id",
        authorize_scopes: "openid",
        oidc_issuer: "https://login.example.com",
        attributes_request_method: "GET",
      },
    });
  });

  async function madeClient(given: object = CLIENT) {
    const input = { UserPoolId, GenerateSecret: true, ...given } as CreateUserPoolClientRequest;
    const { UserPoolClient: made = {} } = await api("CreateUserPoolClient", input);
    return { made, place: { UserPoolId, ClientId: made.ClientId ?? "" } };
  }
  const clientOf = async (place: { UserPoolId: string; ClientId: string }): Promise<UserPoolClientType> =>
    (await api("DescribeUserPoolClient", place)).UserPoolClient ?? {};
  const clientUpdate = (client: UserPoolClientType): ClientUpdate =>
    Object.fromEntries(Object.entries(client).filter(([name]) => name in CLIENT)) as ClientUpdate;

  it("is covered: these tests name every member that the API's model has", () => {
    expect(Object.keys(CLIENT).toSorted()).toEqual(settingsOf("UpdateUserPoolClient"));
    const all = ["GenerateSecret", "ClientSecret", ...Object.keys(CLIENT)];
    expect(all.toSorted()).toEqual(settingsOf("CreateUserPoolClient"));
  });

  it("is read as it was written, and does not change when what was read is written back", async () => {
    const { made, place } = await madeClient();
    expect(clientUpdate(made)).toEqual(CLIENT);
    expect(await clientOf(place)).toEqual(made);
    const { UserPoolClient } = await api("UpdateUserPoolClient", { ...place, ...clientUpdate(made) });
    expect(UserPoolClient).toEqual({ ...made, ...unmodified });
    expect(await clientOf(place)).toEqual(UserPoolClient);
  });

  it.each(Object.entries(CLIENT_CHANGES))(
    "changes in %s alone when that alone is changed, and changes back",
    async (name, to) => {
      const { made, place } = await madeClient();
      const base = { ...place, ...clientUpdate(made) };
      await api("UpdateUserPoolClient", { ...base, [name]: to });
      expect(await clientOf(place)).toEqual({ ...made, [name]: to, ...unmodified });
      await api("UpdateUserPoolClient", base);
      expect(await clientOf(place)).toEqual({ ...made, ...unmodified });
    },
  );

  it("is read as it was written whichever of its settings were given", async () => {
    const together = ["CallbackURLs", "DefaultRedirectURI", "AllowedOAuthFlows", "AllowedOAuthScopes"];
    const groups = [
      [...together, "AllowedOAuthFlowsUserPoolClient"],
      together,
      ["RefreshTokenValidity", "AccessTokenValidity", "IdTokenValidity", "TokenValidityUnits"],
      ...Object.keys(CLIENT)
        .filter((name) => !together.includes(name) && !/Validity|UserPoolClient$/.test(name))
        .map((name) => [name]),
      ["AuthSessionValidity"],
    ];
    const { place } = await madeClient({ ClientName: "some" });
    await fc.assert(
      fc.asyncProperty(fc.subarray(groups), async (chosen) => {
        const given = Object.fromEntries(
          chosen.flat().map((name) => [name, CLIENT[name as keyof typeof CLIENT]]),
        ) as ClientUpdate;
        const { UserPoolClient = {} } = await api("UpdateUserPoolClient", { ...place, ...given });
        expect(UserPoolClient).toMatchObject(given);
        await api("UpdateUserPoolClient", { ...place, ...clientUpdate(UserPoolClient) });
        expect(await clientOf(place)).toEqual({ ...UserPoolClient, ...unmodified });
      }),
      { numRuns: 60 },
    );
  });

  it("comes back with lists as sets, empty ones as if not given", async () => {
    const { made } = await madeClient({
      ClientName: "sets",
      CallbackURLs: ["myapp://in", "https://a.example", "myapp://in"],
      ReadAttributes: ["email", "email"],
      LogoutURLs: [],
      AllowedOAuthScopes: [],
      ExplicitAuthFlows: [],
    });
    expect(made).toMatchObject({
      CallbackURLs: ["myapp://in", "https://a.example"],
      ReadAttributes: ["email"],
    });
    for (const name of ["LogoutURLs", "AllowedOAuthScopes", "ExplicitAuthFlows"])
      expect(made).not.toHaveProperty(name);
  });

  it("names its analytics application by ARN and then shows the service's role, or by three members", async () => {
    const ApplicationArn = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/0123";
    const { made, place } = await madeClient({
      ClientName: "analytics",
      AnalyticsConfiguration: { ApplicationArn },
    });
    expect(made.AnalyticsConfiguration).toEqual({
      ApplicationArn,
      RoleArn:
        "arn:aws:iam::123456789012:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp",
      UserDataShared: false,
    });
    await api("UpdateUserPoolClient", { ...place, ...clientUpdate(made) });
    expect(await clientOf(place)).toEqual({ ...made, ...unmodified });
  });
});

describe.skipIf(awsCliMissing)(`by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  const aws = awsCli(world.url);

  it("a pool is read as it was written, and stays so when that is written back", async () => {
    const {
      KeyConfiguration: _k,
      IssuerConfiguration: _i,
      DcrConfiguration: _d,
      AcrConfiguration: _a,
      ...pool
    } = POOL;
    const made = await aws("create-user-pool", "--cli-input-json", JSON.stringify({ ...pool, ...FIXED }));
    expect(made.errorText).toBe("");
    const { Id } = made.output.UserPool;
    const described = await aws("describe-user-pool", "--user-pool-id", Id);
    expect(described.output).toEqual(made.output);
    const update = { UserPoolId: Id, ...poolUpdate(described.output.UserPool) };
    const updated = await aws("update-user-pool", "--cli-input-json", JSON.stringify(update));
    expect([updated.status, updated.errorText]).toEqual([0, ""]);
    const again = await aws("describe-user-pool", "--user-pool-id", Id);
    expect(again.output.UserPool).toEqual({
      ...described.output.UserPool,
      LastModifiedDate: expect.anything(),
    });
  });
});
