import type { UICustomizationType, UserPoolType } from "../../../api/generated/shapes.ts";
import type { Input, OperationName, Output } from "../../../api/operation.ts";
import { Refusal } from "../../connection/connection.ts";
import { pages } from "../../connection/pages.ts";
import type { Call } from "../../connection/patience.ts";
import { NOT_SETTINGS } from "./not-settings.ts";

/** Settings as the API shows them, by member. */
export type Settings = Readonly<Record<string, unknown>>;
/** Parts of a pool by their names. */
export type Named = Readonly<Record<string, Settings>>;

/** What belongs to an app client. */
export interface ClientDescription {
  /** In this pool. */
  readonly id: string;
  /** ClientName, which several may have. */
  readonly name: string;
  readonly settings: Settings;
  /** How many secrets it has; the API shows the older one's value only. */
  readonly secrets: number;
  readonly branding: Settings | null;
  readonly terms: Named;
  /** Its own, not that of all clients. */
  readonly pages: Settings | null;
  readonly risk: Settings | null;
  readonly sessions: Settings | null;
}

/** All of a pool but its users. Settings that a server does not know are null. */
export interface PoolDescription {
  readonly id: string;
  readonly pool: UserPoolType;
  readonly settings: Settings;
  readonly mfa: Settings;
  readonly schema: Named;
  /** By name; of several with one name the later ones as `name (2)`, … */
  readonly clients: Readonly<Record<string, ClientDescription>>;
  readonly groups: Named;
  readonly identityProviders: Named;
  readonly resourceServers: Named;
  readonly domains: Named;
  /** Classic pages of all clients: style sheet and image. */
  readonly pages: Settings | null;
  readonly risk: Settings | null;
  readonly logDelivery: Settings | null;
  readonly sessions: Settings | null;
  /** Regions. */
  readonly replicas: readonly string[];
}

/** What says that a pool has no such thing, or the server no such operation. */
const ABSENT: ReadonlySet<string> = new Set([
  "ResourceNotFoundException",
  "UnknownOperationException",
  "FeatureUnavailableInTierException",
  "UserPoolAddOnNotEnabledException",
]);

const PAGE = 60;

/** The settings of what the API shows, which has a shape of the model. */
export function settingsOf(shape: string, shown: object | undefined): Settings {
  const without = NOT_SETTINGS[shape] ?? {};
  return Object.fromEntries(Object.entries(shown ?? {}).filter(([name]) => !Object.hasOwn(without, name)));
}

/** Null when there is no such thing there. */
async function present<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof Refusal && ABSENT.has(fault.code)) return null;
    throw fault;
  }
}

async function all<N extends OperationName, T>(
  call: Call,
  operation: N,
  input: Input<N>,
  of: (page: Output<N>) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages(call, operation, input)) found.push(...(of(page) ?? []));
  return found;
}

const isEmpty = (settings: Settings): boolean => Object.keys(settings).length === 0;

/** Of classic pages; null for none. The image is fetched from where it is shown. */
async function pagesOf(shown: UICustomizationType | undefined): Promise<Settings | null> {
  const settings = settingsOf("UICustomizationType", shown);
  if (!shown?.ImageUrl) return isEmpty(settings) ? null : settings;
  const response = await fetch(shown.ImageUrl).catch(() => null);
  const image = response?.ok ? Buffer.from(await response.arrayBuffer()).toString("base64") : null;
  return { ...settings, ImageFile: image ?? `not to be had from ${shown.ImageUrl}` };
}

async function termsOf(call: Call, UserPoolId: string): Promise<Map<string, Named>> {
  const byClient = new Map<string, Named>();
  const listed = await present(
    all(call, "ListTerms", { UserPoolId, MaxResults: PAGE }, ({ Terms }) => Terms),
  );
  for (const { TermsId } of listed ?? []) {
    const { Terms } = await call("DescribeTerms", { UserPoolId, TermsId });
    if (!Terms) continue;
    const others = byClient.get(Terms.ClientId) ?? {};
    byClient.set(Terms.ClientId, { ...others, [Terms.TermsName]: settingsOf("TermsType", Terms) });
  }
  return byClient;
}

async function clientOf(
  call: Call,
  UserPoolId: string,
  ClientId: string,
  terms: Named | undefined,
): Promise<ClientDescription> {
  const named = { UserPoolId, ClientId };
  const [described, secrets, branding, ui, risk, sessions] = await Promise.all([
    call("DescribeUserPoolClient", named),
    present(all(call, "ListUserPoolClientSecrets", named, ({ ClientSecrets }) => ClientSecrets)),
    present(call("DescribeManagedLoginBrandingByClient", named)),
    present(call("GetUICustomization", named)),
    present(call("DescribeRiskConfiguration", named)),
    present(call("GetUserPoolClientSessionConfiguration", named)),
  ]);
  const ofRisk = settingsOf("RiskConfigurationType", risk?.RiskConfiguration);
  const isOwn = ui?.UICustomization?.ClientId === ClientId;
  return {
    id: ClientId,
    name: described.UserPoolClient?.ClientName ?? "",
    settings: settingsOf("UserPoolClientType", described.UserPoolClient),
    secrets: secrets?.length ?? (described.UserPoolClient?.ClientSecret ? 1 : 0),
    branding: branding ? settingsOf("ManagedLoginBrandingType", branding.ManagedLoginBranding) : null,
    terms: terms ?? {},
    pages: isOwn ? await pagesOf(ui?.UICustomization) : null,
    risk: isEmpty(ofRisk) ? null : ofRisk,
    sessions: sessions ? settingsOf("GetUserPoolClientSessionConfigurationResponse", sessions) : null,
  };
}

async function clientsOf(call: Call, UserPoolId: string): Promise<Record<string, ClientDescription>> {
  const listed = await all(
    call,
    "ListUserPoolClients",
    { UserPoolId, MaxResults: PAGE },
    (page) => page.UserPoolClients,
  );
  const terms = await termsOf(call, UserPoolId);
  const clients: Record<string, ClientDescription> = {};
  for (const { ClientId = "", ClientName = "" } of listed) {
    let name = ClientName;
    for (let count = 2; Object.hasOwn(clients, name); count++) name = `${ClientName} (${count})`;
    clients[name] = await clientOf(call, UserPoolId, ClientId, terms.get(ClientId));
  }
  return clients;
}

async function providersOf(call: Call, UserPoolId: string): Promise<Named> {
  const listed = await all(
    call,
    "ListIdentityProviders",
    { UserPoolId, MaxResults: PAGE },
    ({ Providers }) => Providers,
  );
  const providers: Record<string, Settings> = {};
  for (const { ProviderName = "" } of listed) {
    const { IdentityProvider } = await call("DescribeIdentityProvider", { UserPoolId, ProviderName });
    providers[ProviderName] = settingsOf("IdentityProviderType", IdentityProvider);
  }
  return providers;
}

async function domainsOf(call: Call, { Domain, CustomDomain }: UserPoolType): Promise<Named> {
  const domains: Record<string, Settings> = {};
  for (const [kind, name] of Object.entries({ prefix: Domain, custom: CustomDomain })) {
    if (!name) continue;
    const { DomainDescription } = await call("DescribeUserPoolDomain", { Domain: name });
    const { CustomDomainConfig, ...settings } = settingsOf("DomainDescriptionType", DomainDescription);
    // Shown empty for a prefix domain, which cannot be made with it.
    const isCustom = CustomDomainConfig !== undefined && !isEmpty(CustomDomainConfig as Settings);
    domains[kind] = isCustom ? { ...settings, CustomDomainConfig } : settings;
  }
  return domains;
}

const byName = <T>(items: readonly T[], shape: string, nameOf: (item: T) => string | undefined): Named =>
  Object.fromEntries(items.map((item) => [nameOf(item) ?? "", settingsOf(shape, item as object)]));

/** Reads all of a pool but its users. @throws Refusal, Unreachable */
export async function describePool(call: Call, UserPoolId: string): Promise<PoolDescription> {
  const named = { UserPoolId };
  const [{ UserPool: pool = {} }, mfa, groups, servers, ui, risk, logs, sessions, replicas] =
    await Promise.all([
      call("DescribeUserPool", named),
      call("GetUserPoolMfaConfig", named),
      all(call, "ListGroups", { ...named, Limit: PAGE }, ({ Groups }) => Groups),
      all(call, "ListResourceServers", { ...named, MaxResults: 50 }, (page) => page.ResourceServers),
      present(call("GetUICustomization", named)),
      present(call("DescribeRiskConfiguration", named)),
      present(call("GetLogDeliveryConfiguration", named)),
      present(call("GetUserPoolSessionConfiguration", named)),
      present(all(call, "ListUserPoolReplicas", named, ({ UserPoolReplicas }) => UserPoolReplicas)),
    ]);
  const ofRisk = settingsOf("RiskConfigurationType", risk?.RiskConfiguration);
  const ofLogs = settingsOf("LogDeliveryConfigurationType", logs?.LogDeliveryConfiguration);
  return {
    id: UserPoolId,
    pool,
    settings: settingsOf("UserPoolType", pool),
    mfa: settingsOf("GetUserPoolMfaConfigResponse", mfa),
    schema: byName(pool.SchemaAttributes ?? [], "SchemaAttributeType", ({ Name }) => Name),
    clients: await clientsOf(call, UserPoolId),
    groups: byName(groups, "GroupType", ({ GroupName }) => GroupName),
    identityProviders: await providersOf(call, UserPoolId),
    resourceServers: byName(servers, "ResourceServerType", ({ Identifier }) => Identifier),
    domains: await domainsOf(call, pool),
    pages: await pagesOf(ui?.UICustomization),
    risk: isEmpty(ofRisk) ? null : ofRisk,
    logDelivery: isEmpty(ofLogs) ? null : ofLogs,
    sessions: sessions ? settingsOf("GetUserPoolSessionConfigurationResponse", sessions) : null,
    replicas: (replicas ?? []).flatMap(({ Role, RegionName }) =>
      Role === "PRIMARY" ? [] : (RegionName ?? []),
    ),
  };
}
