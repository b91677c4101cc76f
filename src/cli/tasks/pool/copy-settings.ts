import { inputShapes } from "../../../api/generated/constraints.ts";
import type { SchemaAttributeType } from "../../../api/generated/shapes.ts";
import type { Input, OperationName } from "../../../api/operation.ts";
import { newSchema } from "../../../domain/user-pools/schema-attributes.ts";
import { Refusal } from "../../connection/connection.ts";
import type { Call } from "../../connection/patience.ts";
import { UsageFault } from "../../connection/task.ts";
import type { LeftBehindList } from "../user-transfer/left-behind.ts";
import type { CopyJournal } from "./copy-journal.ts";
import { MADE_OTHERWISE } from "./not-settings.ts";
import type { ClientDescription, PoolDescription, Settings } from "./pool-description.ts";
import { differencesOf } from "./pool-differences.ts";

/** A copy under way. */
export interface Copy {
  readonly from: PoolDescription;
  /** Of the server that the copy is made at. */
  readonly call: Call;
  readonly journal: CopyJournal;
  readonly left: LeftBehindList;
  /** Names of settings that are left out, as UpdateUserPool has them. */
  readonly without: ReadonlySet<string>;
  /** For the copy's prefix domain, in place of the source's. */
  readonly domain: string | undefined;
}

/** Members of a request that makes a part of a copy, from what was shown of the part. */
export function inputFrom(shape: string, shown: Settings): Record<string, unknown> {
  const model = inputShapes[shape];
  const members = model?.type === "structure" ? Object.keys(model.members) : [];
  const otherwise = MADE_OTHERWISE[shape] ?? {};
  return Object.fromEntries(
    members
      .filter((name) => shown[name] !== undefined && !Object.hasOwn(otherwise, name))
      .map((name) => [name, shown[name]]),
  );
}

/** Calls with members that were shown by a server, so that they need no check here. */
const request = <N extends OperationName>(call: Call, operation: N, input: object) =>
  call(operation, input as Input<N>);

const CUSTOM = /^(?:dev:)?custom:/;
/** AddCustomAttributes takes so many. */
const ATTRIBUTES_A_CALL = 25;
const NOT_GIVEN: ReadonlySet<string | undefined> = new Set(["sub", "identities"]);

/** Standard attributes that are not as every pool has them. */
function changedStandard(schema: readonly SchemaAttributeType[]): SchemaAttributeType[] {
  const usual = new Map(newSchema([]).map((attribute) => [attribute.Name, attribute]));
  return schema.filter(
    (attribute) =>
      !NOT_GIVEN.has(attribute.Name) &&
      !CUSTOM.test(attribute.Name ?? "") &&
      differencesOf(usual.get(attribute.Name), attribute).length > 0,
  );
}

/** The settings of the source without those that are left out. */
function poolSettings({ from, without }: Copy): Settings {
  return Object.fromEntries(Object.entries(from.settings).filter(([name]) => !without.has(name)));
}

/** Makes the pool, without what comes later. @returns its id */
export async function createPool(copy: Copy, PoolName: string): Promise<string> {
  const Schema = changedStandard(copy.from.pool.SchemaAttributes ?? []);
  const { UserPool } = await request(copy.call, "CreateUserPool", {
    ...inputFrom("CreateUserPoolRequest", poolSettings(copy)),
    PoolName,
    ...(Schema.length > 0 ? { Schema } : {}),
  });
  return UserPool?.Id ?? "";
}

/** What only CreateUserPool can set. */
const FIXED = ["UsernameAttributes", "AliasAttributes", "UsernameConfiguration"] as const;

/** Gives an empty pool that was there the settings of the source. @throws UsageFault when it cannot have them */
export async function fillPool(copy: Copy, into: PoolDescription): Promise<void> {
  const fixed = (pool: PoolDescription) => ({
    ...Object.fromEntries(FIXED.map((name) => [name, pool.pool[name]])),
    attributes: Object.fromEntries(Object.entries(pool.schema).filter(([name]) => !CUSTOM.test(name))),
  });
  const [first] = differencesOf(fixed(copy.from), fixed(into));
  if (first)
    throw new UsageFault(
      `${into.id} cannot be filled: ${first.path} is ${JSON.stringify(first.to) ?? "not there"}, not ${JSON.stringify(first.from) ?? "absent"}, and cannot be changed`,
    );
  await request(copy.call, "UpdateUserPool", {
    ...inputFrom("UpdateUserPoolRequest", {
      ...poolSettings(copy),
      LambdaConfig: undefined,
      MfaConfiguration: undefined,
    }),
    UserPoolId: into.id,
    PoolName: into.pool.Name,
  });
}

async function addCustomAttributes({ call, from }: Copy, UserPoolId: string): Promise<void> {
  const { UserPool = {} } = await call("DescribeUserPool", { UserPoolId });
  const there = new Set((UserPool.SchemaAttributes ?? []).map(({ Name }) => Name));
  const missing = (from.pool.SchemaAttributes ?? [])
    .filter(({ Name = "" }) => CUSTOM.test(Name) && !there.has(Name))
    .map((attribute) => ({ ...attribute, Name: (attribute.Name ?? "").replace(CUSTOM, "") }));
  for (let at = 0; at < missing.length; at += ATTRIBUTES_A_CALL)
    await call("AddCustomAttributes", {
      UserPoolId,
      CustomAttributes: missing.slice(at, at + ATTRIBUTES_A_CALL),
    });
}

/** Makes a part of the copy once; one that is there already counts as made. */
async function once({ journal }: Copy, what: string, make: () => Promise<unknown>): Promise<void> {
  if (journal.made(what) !== null) return;
  try {
    await make();
  } catch (fault) {
    // The answer of an earlier try did not come.
    if (
      !(fault instanceof Refusal) ||
      ![
        "GroupExistsException",
        "DuplicateProviderException",
        "ManagedLoginBrandingExistsException",
        "TermsExistsException",
      ].includes(fault.code)
    )
      throw fault;
  }
  journal.make(what);
}

/** As `once`; what the server does not take is left behind instead. */
async function ifTaken(copy: Copy, what: string, make: () => Promise<unknown>): Promise<void> {
  try {
    await once(copy, what, make);
  } catch (fault) {
    if (!(fault instanceof Refusal) || fault.code === "AccessDeniedException") throw fault;
    copy.left.add(what, `${fault.code}: ${fault.message}`);
  }
}

async function copyClient(
  copy: Copy,
  UserPoolId: string,
  name: string,
  client: ClientDescription,
): Promise<void> {
  const { call, journal, left } = copy;
  const { settings, name: ClientName } = client;
  const withoutSecret = `client ${name}: its secret`;
  if (journal.made(`client ${name}`) === null) {
    const { UserPoolClient: made = {} } = await request(call, "CreateUserPoolClient", {
      ...inputFrom("CreateUserPoolClientRequest", settings),
      UserPoolId,
      ClientName,
    });
    journal.make(`client ${name}`, made.ClientId ?? "");
    if (made.ClientSecret !== settings.ClientSecret) journal.make(withoutSecret);
  }
  if (journal.made(withoutSecret) !== null) left.add(withoutSecret, "the server does not take one");
  if (client.secrets > 1)
    left.add(`client ${name}: its newer secret`, "the API shows the value of the older one only");
  const ClientId = journal.made(`client ${name}`) ?? "";
  const named = { UserPoolId, ClientId };
  const { branding, risk, sessions } = client;
  if (branding)
    await ifTaken(copy, `client ${name}: branding of managed login`, () =>
      request(call, "CreateManagedLoginBranding", {
        ...inputFrom("CreateManagedLoginBrandingRequest", branding),
        ...named,
      }),
    );
  for (const [TermsName, terms] of Object.entries(client.terms))
    await ifTaken(copy, `client ${name}: terms ${TermsName}`, () =>
      request(call, "CreateTerms", { ...inputFrom("CreateTermsRequest", terms), ...named, TermsName }),
    );
  if (client.pages) await copyPages(copy, `client ${name}: classic pages`, named, client.pages);
  if (risk)
    await ifTaken(copy, `client ${name}: risk configuration`, () =>
      request(call, "SetRiskConfiguration", { ...inputFrom("SetRiskConfigurationRequest", risk), ...named }),
    );
  if (sessions)
    await ifTaken(copy, `client ${name}: session configuration`, () =>
      request(call, "SetUserPoolClientSessionConfiguration", {
        ...inputFrom("SetUserPoolClientSessionConfigurationRequest", sessions),
        ...named,
      }),
    );
}

const copyPages = (copy: Copy, what: string, named: object, shown: Settings): Promise<void> =>
  ifTaken(copy, what, () => {
    const { ImageFile } = shown;
    const hasImage = typeof ImageFile === "string" && !ImageFile.startsWith("not to be had");
    if (ImageFile !== undefined && !hasImage) copy.left.add(`${what}: the image`, String(ImageFile));
    return request(copy.call, "SetUICustomization", {
      ...inputFrom("SetUICustomizationRequest", shown),
      ...named,
      ...(hasImage ? { ImageFile } : {}),
    });
  });

async function copyDomains(copy: Copy, UserPoolId: string): Promise<void> {
  const { from, call } = copy;
  for (const [kind, settings] of Object.entries(from.domains)) {
    const Domain = kind === "prefix" ? (copy.domain ?? settings.Domain) : settings.Domain;
    await ifTaken(copy, `domain ${String(Domain)}`, () =>
      request(call, "CreateUserPoolDomain", {
        ...inputFrom("CreateUserPoolDomainRequest", settings),
        UserPoolId,
        Domain,
      }),
    );
  }
}

/** Everything of the pool but its users, in the order in which one thing needs another. */
export async function copySettings(copy: Copy, UserPoolId: string): Promise<void> {
  const { from, call, left } = copy;
  await addCustomAttributes(copy, UserPoolId);
  for (const [Identifier, server] of Object.entries(from.resourceServers))
    await once(copy, `resource server ${Identifier}`, () =>
      request(call, "CreateResourceServer", {
        ...inputFrom("CreateResourceServerRequest", server),
        UserPoolId,
        Identifier,
      }),
    );
  for (const [ProviderName, provider] of Object.entries(from.identityProviders))
    await once(copy, `identity provider ${ProviderName}`, () =>
      request(call, "CreateIdentityProvider", {
        ...inputFrom("CreateIdentityProviderRequest", provider),
        UserPoolId,
        ProviderName,
      }),
    );
  for (const [GroupName, group] of Object.entries(from.groups))
    await once(copy, `group ${GroupName}`, () =>
      request(call, "CreateGroup", { ...inputFrom("CreateGroupRequest", group), UserPoolId, GroupName }),
    );
  await copyDomains(copy, UserPoolId);
  const { risk, logDelivery, sessions } = from;
  if (from.pages) await copyPages(copy, "classic pages", { UserPoolId, ClientId: "ALL" }, from.pages);
  if (sessions)
    await ifTaken(copy, "session configuration", () =>
      request(call, "SetUserPoolSessionConfiguration", {
        ...inputFrom("SetUserPoolSessionConfigurationRequest", sessions),
        UserPoolId,
      }),
    );
  for (const [name, client] of Object.entries(from.clients)) await copyClient(copy, UserPoolId, name, client);
  if (risk)
    await ifTaken(copy, "risk configuration", () =>
      request(call, "SetRiskConfiguration", {
        ...inputFrom("SetRiskConfigurationRequest", risk),
        UserPoolId,
      }),
    );
  if (logDelivery)
    await ifTaken(copy, "log delivery", () =>
      request(call, "SetLogDeliveryConfiguration", {
        ...inputFrom("SetLogDeliveryConfigurationRequest", logDelivery),
        UserPoolId,
      }),
    );
  await ifTaken(copy, "MFA configuration", () =>
    request(call, "SetUserPoolMfaConfig", {
      ...inputFrom("SetUserPoolMfaConfigRequest", from.mfa),
      UserPoolId,
    }),
  );
  for (const region of from.replicas) left.add(`replica in ${region}`, "a copy has none of its own accord");
  for (const name of copy.without)
    if (from.settings[name] !== undefined && name !== "LambdaConfig")
      left.add(`setting ${name}`, "--without");
}

/** Names the functions last, so that copying calls none of them. */
export async function copyTriggers({ call, from }: Copy, UserPoolId: string): Promise<void> {
  const { LambdaConfig } = from.settings;
  if (LambdaConfig === undefined) return;
  const { UserPool = {} } = await call("DescribeUserPool", { UserPoolId });
  await request(call, "UpdateUserPool", {
    ...inputFrom("UpdateUserPoolRequest", UserPool as Settings),
    UserPoolId,
    PoolName: UserPool.Name,
    LambdaConfig,
  });
}
