import type { Instant } from "../../runtime/clock.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { newSecret, sealSecret, uniqueId } from "./access-keys.ts";
import { readPolicy } from "./policy-document.ts";
import {
  type AccessKey,
  isPrincipalName,
  type NamedPolicy,
  type PrincipalKey,
  type PrincipalKind,
  type StoredPrincipal,
} from "./principal.ts";

type Administration = Pick<Services, "store" | "keyEncryptionKey" | "clock" | "random" | "identifiers">;

/** A principal that cannot be made, found or changed as asked; the message is for operators. */
export class CredentialsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CredentialsError";
  }
}

/** What is shown once and never again. */
export interface NewAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface PrincipalSettings {
  /** 12 digits. */
  readonly accountId: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly policies: readonly NamedPolicy[];
  readonly trustPolicy: string | null;
  readonly maxSessionSeconds: number;
}

export const ROOT_NAME = "root";
/** As IAM has it. */
const MAX_ACCESS_KEYS = 2;

function newPrincipal(services: Administration, settings: PrincipalSettings): StoredPrincipal {
  const { accountId, kind } = settings;
  const now = services.clock.now();
  return {
    ...settings,
    key: services.identifiers.key() as PrincipalKey,
    uniqueId: kind === "root" ? accountId : uniqueId(services.random, kind === "user" ? "AIDA" : "AROA"),
    createdAt: now,
    modifiedAt: now,
  };
}

function newAccessKey(
  { random, keyEncryptionKey }: Pick<Services, "random" | "keyEncryptionKey">,
  principalKey: PrincipalKey,
  createdAt: Instant,
): { stored: AccessKey; shown: NewAccessKey } {
  const accessKeyId = uniqueId(random, "AKIA");
  const secretAccessKey = newSecret(random);
  const sealedSecret = sealSecret(keyEncryptionKey.server, accessKeyId, secretAccessKey);
  return {
    stored: { id: accessKeyId, principalKey, sealedSecret, createdAt },
    shown: { accessKeyId, secretAccessKey },
  };
}

/**
 * The root access key of a database that has no principal yet; null in any other. Of several nodes that start at once one makes it.
 */
export async function firstRootKey(
  services: Administration,
  accountId: string,
): Promise<NewAccessKey | null> {
  const settings = { accountId, kind: "root" as const, name: ROOT_NAME, ...WITHOUT_POLICIES };
  const principal = newPrincipal(services, settings);
  const { stored, shown } = newAccessKey(services, principal.key, principal.createdAt);
  const isFirst = await services.store.transaction(async ({ principals }) => {
    const [existing] = await principals.list({ afterKey: null, limit: 1 });
    if (existing || !(await principals.insert(principal))) return false;
    await principals.insertAccessKey(stored);
    return true;
  });
  return isFirst ? shown : null;
}

const WITHOUT_POLICIES = { policies: [], trustPolicy: null, maxSessionSeconds: 3600 };

/** @throws CredentialsError, MalformedPolicyDocument */
function requireValid({ kind, name, policies, trustPolicy }: PrincipalSettings): void {
  if (kind !== "root" && !isPrincipalName(name))
    throw new CredentialsError(
      `${name}: a name has 1 to 64 letters, digits and characters of _+=,.@- and nothing else`,
    );
  for (const { document } of policies) readPolicy(document, "identity");
  if (trustPolicy !== null) readPolicy(trustPolicy, "trust");
}

/** A role, which has no access key. @throws CredentialsError when there is one of that name; MalformedPolicyDocument */
export async function createRole(
  services: Administration,
  settings: PrincipalSettings,
): Promise<StoredPrincipal> {
  requireValid(settings);
  const role = newPrincipal(services, settings);
  if (!(await services.store.transaction(({ principals }) => principals.insert(role))))
    throw new CredentialsError(`the role ${settings.name} exists already`);
  return role;
}

/**
 * An access key for a user, who is made if need be, or for the account itself.
 * @throws CredentialsError, MalformedPolicyDocument
 */
export function createAccessKey(
  services: Administration,
  settings: PrincipalSettings,
): Promise<NewAccessKey> {
  requireValid(settings);
  const { accountId, kind, name } = settings;
  return services.store.transaction(async ({ principals }) => {
    let principal = await principals.byName(accountId, kind, name);
    if (principal && settings.policies.length > 0)
      throw new CredentialsError(
        `the user ${name} exists already; change its policies with: cognate credentials policy --user ${name} --policy FILE`,
      );
    if (!principal) {
      principal = newPrincipal(services, settings);
      await principals.insert(principal);
    }
    if ((await principals.accessKeysOf(principal.key)).length >= MAX_ACCESS_KEYS)
      throw new CredentialsError(`${name} has ${MAX_ACCESS_KEYS} access keys already; delete one first`);
    const { stored, shown } = newAccessKey(services, principal.key, services.clock.now());
    await principals.insertAccessKey(stored);
    return shown;
  });
}

/** A new access key in the place of one, which stops working at once. @throws CredentialsError when there is none */
export function rotateAccessKey(services: Administration, accessKeyId: string): Promise<NewAccessKey> {
  return services.store.transaction(async ({ principals }) => {
    const found = await principals.byAccessKey(accessKeyId);
    if (!found || !(await principals.removeAccessKey(accessKeyId))) throw unknownKey(accessKeyId);
    const { stored, shown } = newAccessKey(services, found.principal.key, services.clock.now());
    await principals.insertAccessKey(stored);
    return shown;
  });
}

const unknownKey = (accessKeyId: string) => new CredentialsError(`there is no access key ${accessKeyId}`);

/** @throws CredentialsError when there is none */
export async function deleteAccessKey(
  { store }: Pick<Administration, "store">,
  accessKeyId: string,
): Promise<void> {
  if (!(await store.transaction(({ principals }) => principals.removeAccessKey(accessKeyId))))
    throw unknownKey(accessKeyId);
}

/** Removes a user with its access keys, or a role. @throws CredentialsError when there is none */
export function deletePrincipal(
  { store }: Pick<Administration, "store">,
  who: Pick<StoredPrincipal, "accountId" | "kind" | "name">,
): Promise<void> {
  return store.transaction(async ({ principals }) => {
    const { key } = await requirePrincipal(principals, who);
    await principals.remove(key);
  });
}

async function requirePrincipal(
  principals: Repositories["principals"],
  { accountId, kind, name }: Pick<StoredPrincipal, "accountId" | "kind" | "name">,
): Promise<StoredPrincipal> {
  const principal = await principals.byName(accountId, kind, name);
  if (!principal) throw new CredentialsError(`there is no ${kind} ${name} in account ${accountId}`);
  return principal;
}

/**
 * Puts policies in the place of those that a user or role has; what is absent stays.
 * @throws CredentialsError, MalformedPolicyDocument
 */
export function changePolicies(
  { store, clock }: Pick<Administration, "store" | "clock">,
  who: Pick<StoredPrincipal, "accountId" | "kind" | "name">,
  change: Partial<Pick<PrincipalSettings, "policies" | "trustPolicy" | "maxSessionSeconds">>,
): Promise<StoredPrincipal> {
  return store.transaction(async ({ principals }) => {
    const changed = { ...(await requirePrincipal(principals, who)), ...change, modifiedAt: clock.now() };
    requireValid(changed);
    await principals.save(changed);
    return changed;
  });
}

/** Every principal with its access keys, in the order they were made. */
export async function listPrincipals({
  store,
}: Pick<Administration, "store">): Promise<{ principal: StoredPrincipal; accessKeys: AccessKey[] }[]> {
  const all: { principal: StoredPrincipal; accessKeys: AccessKey[] }[] = [];
  for (let afterKey: PrincipalKey | null = null; ; ) {
    const page: StoredPrincipal[] = await store.principals.list({ afterKey, limit: PAGE });
    for (const principal of page)
      all.push({ principal, accessKeys: await store.principals.accessKeysOf(principal.key) });
    afterKey = page.at(-1)?.key ?? null;
    if (page.length < PAGE) return all;
  }
}

const PAGE = 100;
