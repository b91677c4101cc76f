import { unrecognizableLambdaOutput } from "../../errors.ts";
import type { User } from "../../users/index.ts";
import { type Fields, fields, text, textList, textMap } from "../response.ts";
import {
  askFunction,
  eventAttributes,
  metadata,
  type Occasion,
  type TriggerEvent,
  type TriggerServices,
} from "../trigger.ts";

/** How the tokens came to be issued. */
export type TokenSource =
  | "Authentication"
  | "NewPasswordChallenge"
  | "AuthenticateDevice"
  | "HostedAuth"
  | "RefreshTokens";

export interface GroupConfiguration {
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly preferredRole: string | null;
}

/** Claims to set, by name, and to leave out; leaving out wins. */
export interface ClaimChanges {
  readonly set: Fields;
  readonly suppress: readonly string[];
}

/** What the function changes of two tokens. */
export interface TokenChanges {
  readonly id: ClaimChanges;
  readonly access: ClaimChanges & {
    readonly scopesToAdd: readonly string[];
    readonly scopesToSuppress: readonly string[];
  };
  /** Takes the place of the user's groups in both tokens; undefined leaves them alone. */
  readonly groups: GroupConfiguration | undefined;
}

const UNCHANGED: ClaimChanges = { set: {}, suppress: [] };
const NO_GROUPS: GroupConfiguration = { groups: [], roles: [], preferredRole: null };

/** An absent member leaves the groups alone; null and an empty object take them all away. */
function groupChanges(details: Fields): GroupConfiguration | undefined {
  if (!Object.hasOwn(details, "groupOverrideDetails")) return undefined;
  const given = fields(details.groupOverrideDetails);
  if (given === null) return NO_GROUPS;
  return {
    groups: textList(given.groupsToOverride),
    roles: textList(given.iamRolesToOverride),
    preferredRole: text(given.preferredRole),
  };
}

/** Version 1 knows the ID token and claims that are strings. */
export function tokenChangesV1(response: Fields): TokenChanges | null {
  const details = fields(response.claimsOverrideDetails);
  if (details === null) return null;
  return {
    id: { set: textMap(details.claimsToAddOrOverride), suppress: textList(details.claimsToSuppress) },
    access: { ...UNCHANGED, scopesToAdd: [], scopesToSuppress: [] },
    groups: groupChanges(details),
  };
}

/** A claim may be a string, number or boolean, a list of such, or an object; not null. */
function anyClaims(value: unknown): Fields {
  const given = fields(value) ?? {};
  if (Object.values(given).some((claim) => claim === null)) throw unrecognizableLambdaOutput();
  return given;
}

/** Objects and lists are refused in the ID token for the claims that OpenID Connect gives a type. */
const TYPED_CLAIMS = ["phone_number_verified", "email_verified", "updated_at", "address"];

/** Versions 2 and 3 know both tokens, scopes, and claims of any JSON type. */
export function tokenChangesV2(response: Fields): TokenChanges | null {
  const details = fields(response.claimsAndScopeOverrideDetails);
  if (details === null) return null;
  const id = fields(details.idTokenGeneration) ?? {};
  const access = fields(details.accessTokenGeneration) ?? {};
  const idClaims = anyClaims(id.claimsToAddOrOverride);
  if (TYPED_CLAIMS.some((name) => typeof idClaims[name] === "object")) throw unrecognizableLambdaOutput();
  const scopesToAdd = textList(access.scopesToAdd);
  if (scopesToAdd.some((scope) => scope === "" || /\s/.test(scope))) throw unrecognizableLambdaOutput();
  return {
    id: { set: idClaims, suppress: textList(id.claimsToSuppress) },
    access: {
      set: anyClaims(access.claimsToAddOrOverride),
      suppress: textList(access.claimsToSuppress),
      scopesToAdd,
      scopesToSuppress: textList(access.scopesToSuppress),
    },
    groups: groupChanges(details),
  };
}

const VERSIONS = { V1_0: "1", V2_0: "2", V3_0: "3" } as const;

/** Before tokens are signed: the function may change their claims. Null when there is none, or it changes nothing. */
export async function preTokenGeneration(
  services: TriggerServices,
  occasion: Occasion,
  source: TokenSource,
  user: User,
  facts: { readonly groups: GroupConfiguration; readonly scopes: readonly string[] },
): Promise<TokenChanges | null> {
  const config = occasion.pool.settings.LambdaConfig?.PreTokenGenerationConfig;
  if (!config?.LambdaArn) return null;
  const version = VERSIONS[config.LambdaVersion ?? "V1_0"];
  const { groups, roles, preferredRole } = facts.groups;
  const event: TriggerEvent = {
    source: `TokenGeneration_${source}`,
    userName: user.username,
    version,
    request: {
      userAttributes: eventAttributes(occasion.pool, user),
      groupConfiguration: { groupsToOverride: groups, iamRolesToOverride: roles, preferredRole },
      ...(version === "1" ? {} : { scopes: facts.scopes }),
      ...metadata(occasion),
    },
    response: version === "1" ? { claimsOverrideDetails: null } : { claimsAndScopeOverrideDetails: null },
  };
  const response = await askFunction(services, "PreTokenGeneration", config.LambdaArn, occasion, event);
  return version === "1" ? tokenChangesV1(response) : tokenChangesV2(response);
}

/** Before a program's token is signed: version 3 of the function is asked, earlier ones know only tokens of users. */
export async function clientTokenGeneration(
  services: TriggerServices,
  occasion: Occasion,
  scopes: readonly string[],
): Promise<TokenChanges | null> {
  const config = occasion.pool.settings.LambdaConfig?.PreTokenGenerationConfig;
  if (!config?.LambdaArn || config.LambdaVersion !== "V3_0") return null;
  const event: TriggerEvent = {
    source: "TokenGeneration_ClientCredentials",
    userName: "ClientCredentials",
    version: VERSIONS.V3_0,
    request: { userAttributes: {}, groupConfiguration: null, scopes, ...metadata(occasion) },
    response: { claimsAndScopeOverrideDetails: null },
  };
  return tokenChangesV2(await askFunction(services, "PreTokenGeneration", config.LambdaArn, occasion, event));
}
