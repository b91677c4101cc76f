import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputShapes } from "../../src/api/generated/constraints.ts";
import { operations } from "../../src/api/generated/operations.ts";
import { outputShapes } from "../../src/api/generated/output-shapes.ts";
import type { CreateUserPoolRequest, UpdateUserPoolClientRequest } from "../../src/api/generated/shapes.ts";
import { connect } from "../../src/cli/connection/connection.ts";
import { type Call, patientCalls } from "../../src/cli/connection/patience.ts";
import { MADE_OTHERWISE, NOT_SETTINGS } from "../../src/cli/tasks/pool/not-settings.ts";
import { describePool } from "../../src/cli/tasks/pool/pool-description.ts";
import { poolDifferences } from "../../src/cli/tasks/pool/pool-differences.ts";
import { type Api, apiOf } from "../support/api.ts";
import { startApiProxy } from "../support/api-proxy.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { type CommandRun, runCommand } from "../support/command-line.ts";
import { CLIENT, CLIENT_CHANGES, FIXED, POOL, POOL_CHANGES } from "../support/every-setting.ts";
import { importToReset, makeWholePool } from "../support/whole-pool.ts";
import { startWorld, type World } from "../support/world.ts";

const membersOf = (table: typeof inputShapes, name: string): string[] => {
  const shape = table[name];
  if (shape?.type !== "structure") throw new Error(`${name} is no structure of the model`);
  return Object.keys(shape.members);
};

/** What a request makes, by the shape in which the API shows it. */
const SHOWN_AS: Readonly<Record<string, string>> = {
  CreateUserPoolRequest: "UserPoolType",
  UpdateUserPoolRequest: "UserPoolType",
  SetUserPoolMfaConfigRequest: "GetUserPoolMfaConfigResponse",
  CreateUserPoolClientRequest: "UserPoolClientType",
  UpdateUserPoolClientRequest: "UserPoolClientType",
  CreateGroupRequest: "GroupType",
  CreateIdentityProviderRequest: "IdentityProviderType",
  CreateResourceServerRequest: "ResourceServerType",
  CreateUserPoolDomainRequest: "DomainDescriptionType",
  CreateManagedLoginBrandingRequest: "ManagedLoginBrandingType",
  SetUICustomizationRequest: "UICustomizationType",
  CreateTermsRequest: "TermsType",
  SetRiskConfigurationRequest: "RiskConfigurationType",
  SetLogDeliveryConfigurationRequest: "LogDeliveryConfigurationType",
  SetUserPoolSessionConfigurationRequest: "GetUserPoolSessionConfigurationResponse",
  SetUserPoolClientSessionConfigurationRequest: "GetUserPoolClientSessionConfigurationResponse",
};

describe("the settings that pools are compared and copied by", () => {
  it.each(Object.entries(SHOWN_AS))("miss no member of %s", (request, shown) => {
    const readable = new Set(membersOf(outputShapes, shown));
    const otherwise = MADE_OTHERWISE[request] ?? {};
    const without = NOT_SETTINGS[shown] ?? {};
    for (const member of membersOf(inputShapes, request)) {
      if (Object.hasOwn(otherwise, member)) continue;
      expect(readable, `${request}.${member} is not shown and no exception`).toContain(member);
      expect(without, `${request}.${member} can be set, so that it is a setting`).not.toHaveProperty(member);
    }
  });

  it("except nothing that the model does not have", () => {
    for (const [shape, members] of Object.entries(NOT_SETTINGS))
      expect(membersOf(outputShapes, shape)).toEqual(expect.arrayContaining(Object.keys(members)));
    for (const [shape, members] of Object.entries(MADE_OTHERWISE))
      expect(membersOf(inputShapes, shape)).toEqual(expect.arrayContaining(Object.keys(members)));
  });

  it("leave out no operation that configures a pool or a client", () => {
    const configuring = Object.keys(operations).filter((name) => /^(Create|Set)/.test(name));
    const elsewhere = [
      // Of users and their sessions.
      "CreateUserImportJob",
      "SetUserMFAPreference",
      "SetUserSettings",
      // A copy has no replicas of its own accord, which it says.
      "CreateUserPoolReplica",
    ];
    const covered = Object.keys(SHOWN_AS).map((request) => request.replace(/Request$/, ""));
    expect(configuring.filter((name) => !covered.includes(name)).toSorted()).toEqual(elsewhere.toSorted());
  });
});

let here: World;
let there: World;
let directory: string;
beforeAll(async () => {
  [here, there] = await Promise.all([startWorld(), startWorld()]);
  directory = mkdtempSync(join(tmpdir(), "cognate-pools-"));
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  rmSync(directory, { recursive: true, force: true });
});

let journals = 0;
const journal = () => ["--progress", join(directory, `${journals++}.jsonl`)];
const pool = (...args: string[]): Promise<CommandRun> => runCommand(["pool", ...args]);
const at = ({ url }: World, name: string): string => `${url}#${name}`;

interface Told {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

async function differences(
  from: string,
  to: string,
  ...options: string[]
): Promise<{ status: number; found: Told[] }> {
  const { status, output, errors } = await pool("diff", from, to, "--json", ...options);
  if (status > 1) throw new Error(errors);
  return { status, found: JSON.parse(output).differences };
}

/** As the command calls a server. */
const callsOf = async ({ url }: World) => patientCalls(await connect({ endpointUrl: url }));

describe("a pool with every setting", () => {
  let api: Api;
  let copied: CommandRun;
  beforeAll(async () => {
    api = apiOf(here);
    await makeWholePool(api, "whole", 40);
    copied = await pool("copy", at(here, "whole"), at(there, "whole"), "--with-triggers", ...journal());
  }, 120_000);

  it("is copied to another server whole", async () => {
    expect(copied.errors).toBe("");
    expect(copied.status).toBe(0);
    expect(await differences(at(here, "whole"), at(there, "whole"), "--users")).toEqual({
      status: 0,
      found: [],
    });
  });

  it("has a copy that takes the same client secrets", async () => {
    const secrets = async (world: World) => {
      const call = await callsOf(world);
      const { UserPools = [] } = await call("ListUserPools", { MaxResults: 60 });
      const { clients } = await describePool(call, UserPools.find(({ Name }) => Name === "whole")?.Id ?? "");
      return Object.values(clients).map(({ settings }) => settings.ClientSecret);
    };
    const before = await secrets(here);
    expect(before.some((secret) => typeof secret === "string")).toBe(true);
    expect(await secrets(there)).toEqual(before);
  });

  it("says what its copy does not have", () => {
    expect(copied.output).toContain("not in the copy:");
    expect(copied.output).toMatch(/ids: the copy has its own pool id, client ids/);
    expect(copied.output).toMatch(/passkeys: /);
    // Of each three users two have a password that stays, of forty twenty-six.
    expect(copied.output).toMatch(/passwords \(26\): the API shows no hashes/);
    expect(copied.output).toMatch(/temporary passwords \(14\): /);
  });

  it("has no triggers in its copy unless they are asked for, and the copy says so", async () => {
    const { status, output } = await pool(
      ...[
        "copy",
        at(here, "whole"),
        at(there, "quiet"),
        "--no-users",
        "--domain",
        "quiet",
        "--json",
        ...journal(),
      ],
    );
    expect(status).toBe(0);
    const left = JSON.parse(output).leftBehind.map(({ what }: { what: string }) => what);
    expect(left).toEqual(expect.arrayContaining(["triggers (LambdaConfig)", "users"]));
    const { found } = await differences(at(here, "whole"), at(there, "quiet"));
    const paths = new Set(found.map(({ path }) => path.split(".").slice(0, 2).join(".")));
    expect([...paths].toSorted()).toEqual(["domains.prefix", "settings.LambdaConfig", "users (estimated)"]);
  });

  it("is copied beside itself with what cannot be there twice left behind", async () => {
    const { status, output } = await pool(
      ...["copy", at(here, "whole"), at(here, "again"), "--no-users", "--json", ...journal()],
    );
    expect(status).toBe(0);
    const left = JSON.parse(output).leftBehind.map(({ what }: { what: string }) => what);
    expect(left).toContain("domain whole");
    const { status: differs, found } = await differences(at(here, "whole"), at(here, "again"));
    expect(differs).toBe(1);
    expect(found.map(({ path }) => path)).toContain("domains");
  });

  it("never shows a secret in a difference", async () => {
    const call = apiOf(there);
    const { UserPools = [] } = await call("ListUserPools", { MaxResults: 60 });
    const UserPoolId = UserPools.find(({ Name }) => Name === "quiet")?.Id ?? "";
    await call("UpdateIdentityProvider", {
      UserPoolId,
      ProviderName: "Corp",
      ProviderDetails: {
        client_id: "id",
        client_secret: "another-secret",
        authorize_scopes: "openid",
        oidc_issuer: "https://login.example.com",
        attributes_request_method: "GET",
      },
    });
    const { output } = await pool("diff", at(here, "whole"), at(there, "quiet"));
    expect(output).toMatch(/identityProviders\.Corp\.ProviderDetails\.client_secret\n {2}< "\(not shown\)"/);
    expect(output).not.toMatch(/another-secret|shown-to-nobody/);
    // Nor where a whole client is on one side only.
    const { Id } = await makePool(api);
    const alone = await pool("diff", at(here, "whole"), at(here, Id), "--json");
    expect(alone.output).toContain('"ClientSecret":"(not shown)"');
    const shown = await describePool(await callsOf(here), JSON.parse(alone.output).from.id);
    const secrets = Object.values(shown.clients).flatMap(({ settings }) => settings.ClientSecret ?? []);
    expect(secrets).toHaveLength(1);
    for (const secret of [...secrets, "shown-to-nobody"]) expect(alone.output).not.toContain(secret);
  });
});

describe("pool diff", () => {
  let api: Api;
  let call: Call;
  beforeAll(async () => {
    api = apiOf(here);
    call = await callsOf(here);
  });
  const given = { ...POOL, ...FIXED, LambdaConfig: POOL.LambdaConfig } as unknown as CreateUserPoolRequest;

  it.each(Object.entries(POOL_CHANGES).filter(([name]) => name !== "PoolName"))(
    "finds a change of %s alone",
    async (name, { to, mirrored = {} }) => {
      const one = await describePool(call, (await makePool(api, given)).Id);
      const settings = { ...one.settings, [name]: to, ...mirrored };
      const found = poolDifferences(one, { ...one, settings }).map(({ path }) => path.split(".")[1]);
      expect([...new Set(found)].toSorted()).toEqual([name, ...Object.keys(mirrored)].toSorted());
      expect(poolDifferences(one, one)).toEqual([]);
    },
  );

  it("takes a second factor that is configured with nothing for one that is offered", async () => {
    const { Id } = await makePool(api, { EmailConfiguration: POOL.EmailConfiguration });
    const one = await describePool(call, Id);
    const other = { ...one, mfa: { ...one.mfa, EmailMfaConfiguration: {} } };
    expect(poolDifferences(one, other).map(({ path }) => path)).toEqual(["mfa.EmailMfaConfiguration"]);
    // Elsewhere what is empty is nothing.
    expect(poolDifferences(one, { ...one, settings: { ...one.settings, LambdaConfig: {} } })).toEqual([]);
  });

  it("finds a change of each setting of a client alone", async () => {
    const { Id: UserPoolId } = await makePool(api, {
      Schema: [{ Name: "note", AttributeDataType: "String" }],
    });
    const { SupportedIdentityProviders: _, AllowedOAuthScopes: __, ...rest } = CLIENT;
    const base = { ...rest, AllowedOAuthScopes: ["openid"] } as unknown as Omit<
      UpdateUserPoolClientRequest,
      "UserPoolId" | "ClientId"
    >;
    const { ClientId } = await makeClient(api, UserPoolId, { ...base, GenerateSecret: true });
    const before = await describePool(call, UserPoolId);
    for (const [name, to] of Object.entries(CLIENT_CHANGES)) {
      if (["ClientName", "SupportedIdentityProviders", "AllowedOAuthScopes"].includes(name)) continue;
      await api("UpdateUserPoolClient", {
        UserPoolId,
        ClientId,
        ...base,
        [name]: to,
      } as UpdateUserPoolClientRequest);
      const found = poolDifferences(before, await describePool(call, UserPoolId)).map(({ path }) => path);
      expect(found.length, name).toBeGreaterThan(0);
      for (const path of found) expect(path).toMatch(new RegExp(`^clients\\.whole\\.settings\\.${name}`));
    }
  });

  it("finds users who are there once only, and what is not the same in others", async () => {
    const ids = [];
    for (const name of ["left", "right"]) {
      const { Id: UserPoolId } = await makePool(api, { PoolName: name });
      ids.push(UserPoolId);
      await api("CreateGroup", { UserPoolId, GroupName: "staff" });
      await makeUser(api, UserPoolId, "ana", { password: PASSWORD, attributes: { name: "Ana" } });
      await makeUser(api, UserPoolId, name);
      await makeUser(api, UserPoolId, "ben");
    }
    const [left = "", right = ""] = ids;
    await api("AdminUpdateUserAttributes", {
      UserPoolId: right,
      Username: "ana",
      UserAttributes: [{ Name: "name", Value: "Anna" }],
    });
    await api("AdminAddUserToGroup", { UserPoolId: right, Username: "ana", GroupName: "staff" });
    await api("AdminDisableUser", { UserPoolId: right, Username: "ben" });
    const { status, found } = await differences(at(here, left), at(here, "right"), "--users");
    expect(status).toBe(1);
    expect(found.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: "users.ana.attributes.name", from: "Ana", to: "Anna" },
      { path: "users.ana.groups", to: ["staff"] },
      { path: "users.ben.enabled", from: true, to: false },
      { path: "users.left", from: { status: "present" } },
      { path: "users.right", to: expect.objectContaining({ status: "FORCE_CHANGE_PASSWORD" }) },
    ]);
    const { status: equal } = await differences(at(here, left), at(here, left), "--users");
    expect(equal).toBe(0);
  });

  it("ends with 2 when it cannot tell", async () => {
    const missing = await pool("diff", at(here, "left"), at(here, "nothing-of-the-kind"));
    expect(missing).toMatchObject({ status: 2, output: "" });
    expect(missing.errors).toMatch(/there is no user pool nothing-of-the-kind/);
    const away = await pool("diff", at(here, "left"), "http://127.0.0.1:1#x");
    expect(away).toMatchObject({ status: 2, output: "" });
    expect(away.errors).toMatch(/^cognate: http:\/\/127\.0\.0\.1:1 cannot be reached: [^\n]*\n$/);
  });
});

describe("pool copy", () => {
  const USERS = 300;

  it("goes on where it was interrupted, and does nothing twice", async () => {
    const api = apiOf(here);
    const { Id: UserPoolId } = await makePool(api, { PoolName: "many", AutoVerifiedAttributes: ["email"] });
    await api("CreateGroup", { UserPoolId, GroupName: "staff" });
    await makeClient(api, UserPoolId, { ClientName: "web" });
    for (let index = 0; index < USERS; index++)
      await makeUser(api, UserPoolId, `user${index}`, index % 2 === 0 ? { password: PASSWORD } : {});
    await api("AdminAddUserToGroup", { UserPoolId, Username: "user3", GroupName: "staff" });
    await importToReset(api, UserPoolId, ["reset1", "reset2"]);
    const [flag = "", file = ""] = journal();
    const done = () => (existsSync(file) ? (readFileSync(file, "utf8").match(/"user"/g)?.length ?? 0) : 0);
    const arguments_ = ["copy", at(here, "many"), at(there, "many"), flag, file];
    for (const enough of [30, 150]) {
      const stopped = new AbortController();
      const timer = setInterval(() => done() >= enough && stopped.abort(), 5);
      const { status } = await runCommand(["pool", ...arguments_], { signal: stopped.signal });
      clearInterval(timer);
      expect(status).not.toBe(0);
      expect(done()).toBeLessThan(USERS);
    }
    const call = apiOf(there);
    const { UserPools = [] } = await call("ListUserPools", { MaxResults: 60 });
    const made = UserPools.filter(({ Name }) => Name === "many");
    expect(made).toHaveLength(1);
    const known = new Map<string | undefined, unknown>();
    const copyId = made[0]?.Id ?? "";
    const finishedUsers = new Set(
      [...readFileSync(file, "utf8").matchAll(/"user":"(\w+)"/g)].map(([, name]) => name ?? ""),
    );
    for (const Username of finishedUsers) {
      const { UserLastModifiedDate } = await call("AdminGetUser", { UserPoolId: copyId, Username });
      known.set(Username, UserLastModifiedDate);
    }
    expect(known.size).toBeGreaterThanOrEqual(150);
    const end = await pool(...arguments_);
    expect(end.errors).toMatch(/going on with the copy/);
    expect(end.status).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(await differences(at(here, "many"), at(there, "many"), "--users")).toEqual({
      status: 0,
      found: [],
    });
    for (const [Username, modified] of known) {
      const { UserLastModifiedDate } = await call("AdminGetUser", {
        UserPoolId: copyId,
        Username: String(Username),
      });
      // Membership of a group does not touch a user.
      expect(UserLastModifiedDate).toBe(modified);
    }
    expect(await there.inbox({ userPoolId: copyId })).toEqual([]);
  }, 120_000);

  it("leaves behind and counts users whom no administrator can make", async () => {
    const api = apiOf(here);
    const { Id: UserPoolId } = await makePool(api, { PoolName: "signing-up" });
    const { ClientId } = await makeClient(api, UserPoolId);
    await api("SignUp", { ClientId, Username: "newcomer", Password: PASSWORD });
    await makeUser(api, UserPoolId, "ana");
    const { status, output } = await pool(
      "copy",
      at(here, "signing-up"),
      at(there, "signing-up"),
      ...journal(),
    );
    expect(status).toBe(0);
    expect(output).toMatch(/users who are UNCONFIRMED \(1\): only signing up makes such users/);
    const { found } = await differences(at(here, "signing-up"), at(there, "signing-up"), "--users");
    expect(found.map(({ path }) => path)).toEqual(["users.newcomer"]);
  });

  it("says what a server cannot take or tell that knows fewer operations, and goes on", async () => {
    const api = apiOf(here);
    const { Id } = await makePool(api, { PoolName: "newer" });
    await makeClient(api, Id, { ClientName: "web", GenerateSecret: true });
    await api("SetUserPoolSessionConfiguration", {
      UserPoolId: Id,
      UserSessionTracking: "ENABLED",
      TokenSession: { MaxPerUser: 3 },
    });
    const proxy = await startApiProxy(there.url, {
      request(operation, body) {
        if (/SessionConfiguration|ClientSecrets|Terms|Replicas/.test(operation)) return null;
        const { ClientSecret: _, ...known } = JSON.parse(body);
        return JSON.stringify(operation === "CreateUserPoolClient" ? known : JSON.parse(body));
      },
    });
    const older = `${proxy.url}#newer`;
    const { status, output } = await pool("copy", at(here, "newer"), older, "--json", ...journal());
    expect(status).toBe(0);
    const left: { what: string; why: string }[] = JSON.parse(output).leftBehind;
    expect(left).toEqual(
      expect.arrayContaining([
        { what: "client web: its secret", why: "the server does not take one" },
        { what: "session configuration", why: expect.stringMatching(/^UnknownOperationException/) },
      ]),
    );
    const { found } = await differences(at(here, "newer"), older);
    await proxy.close();
    expect(found.map(({ path }) => path)).toEqual([
      "clients.web.secrets",
      "clients.web.sessions",
      "clients.web.settings.ClientSecret",
      "sessions",
    ]);
  });

  it("fills an empty pool and no other", async () => {
    const api = apiOf(there);
    const source = apiOf(here);
    const { Id } = await makePool(source, {
      PoolName: "filling",
      Policies: { PasswordPolicy: { MinimumLength: 13 } },
    });
    await makeClient(source, Id, { ClientName: "web" });
    await makePool(api, { PoolName: "empty" });
    const arguments_ = ["copy", at(here, "filling"), at(there, "empty"), "--into"];
    expect((await pool(...arguments_, ...journal())).status).toBe(0);
    expect(await differences(at(here, "filling"), at(there, "empty"))).toEqual({ status: 0, found: [] });
    const again = await pool(...arguments_, ...journal());
    expect(again).toMatchObject({ status: 2, output: "" });
    expect(again.errors).toMatch(/is not empty/);
    await makePool(api, { PoolName: "of-addresses", UsernameAttributes: ["email"] });
    const fixed = await pool("copy", at(here, "filling"), at(there, "of-addresses"), "--into", ...journal());
    expect(fixed.status).toBe(2);
    expect(fixed.errors).toMatch(/cannot be filled: UsernameAttributes/);
  });

  it("asks before it writes to a server elsewhere, and does nothing when nobody can be asked", async () => {
    const elsewhere = "http://192.0.2.1:9500#x";
    const { status, output, errors } = await pool("copy", at(here, "filling"), elsewhere, ...journal());
    expect(status).toBe(2);
    expect(output).toBe("");
    expect(errors).toMatch(/^at http:\/\/192\.0\.2\.1:9500 \(us-east-1\)\n.*give --yes to go on\n$/);
  });
});
