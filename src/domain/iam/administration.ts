import type { Instant } from "../../runtime/clock.ts";
import {
  accessKeyNotFound,
  invalidParameter,
  principalExists,
  principalNotFound,
  type ServiceError,
  tooManyAccessKeys,
} from "../errors.ts";
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
  /** What callers of the server are told. */
  readonly refusal: ServiceError;

  constructor(message: string, refusal: ServiceError = invalidParameter(message)) {
    super(message);
    this.name = "CredentialsError";
    this.refusal = refusal;
  }
}

/** Whom something is about. */
export type PrincipalName = Pick<StoredPrincipal, "accountId" | "kind" | "name">;

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

/**
 * A user or a role, without an access key.
 * @throws CredentialsError when there is one of that kind and name; MalformedPolicyDocument
 */
export async function createPrincipal(
  services: Administration,
  settings: PrincipalSettings,
): Promise<StoredPrincipal> {
  requireValid(settings);
  const principal = newPrincipal(services, settings);
  if (!(await services.store.transaction(({ principals }) => principals.insert(principal)))) {
    const { kind, name } = settings;
    throw new CredentialsError(`the ${kind} ${name} exists already`, principalExists(kind, name));
  }
  return principal;
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
    const found = await principals.lock(accountId, kind, name);
    if (found && settings.policies.length > 0)
      throw new CredentialsError(
        `the user ${name} exists already; change its policies with: cognate credentials policy --user ${name} --policy FILE`,
      );
    if (!found) await principals.insert(newPrincipal(services, settings));
    return addAccessKey(services, principals, settings);
  });
}

/**
 * An access key for a user that there is.
 * @throws CredentialsError when there is none, or it has as many as it may have
 */
export const createUserKey = (services: Administration, who: PrincipalName): Promise<NewAccessKey> =>
  services.store.transaction(({ principals }) => addAccessKey(services, principals, who));

/** Under the principal's lock, so that of callers at once none adds one too many. */
async function addAccessKey(
  services: Administration,
  principals: Repositories["principals"],
  who: PrincipalName,
): Promise<NewAccessKey> {
  const { key } = await requirePrincipal(principals, who);
  if ((await principals.accessKeysOf(key)).length >= MAX_ACCESS_KEYS)
    throw new CredentialsError(
      `${who.name} has ${MAX_ACCESS_KEYS} access keys already; delete one first`,
      tooManyAccessKeys(MAX_ACCESS_KEYS),
    );
  const { stored, shown } = newAccessKey(services, key, services.clock.now());
  await principals.insertAccessKey(stored);
  return shown;
}

/**
 * A new access key in the place of one, which stops working at once.
 * @param owner whose it must be; anyone's otherwise
 * @throws CredentialsError when there is none
 */
export function rotateAccessKey(
  services: Administration,
  accessKeyId: string,
  owner?: PrincipalName,
): Promise<NewAccessKey> {
  return services.store.transaction(async ({ principals }) => {
    const found = await principals.byAccessKey(accessKeyId);
    if (!found || !isOf(found.principal, owner) || !(await principals.removeAccessKey(accessKeyId)))
      throw unknownKey(accessKeyId);
    const { stored, shown } = newAccessKey(services, found.principal.key, services.clock.now());
    await principals.insertAccessKey(stored);
    return shown;
  });
}

const unknownKey = (accessKeyId: string) =>
  new CredentialsError(`there is no access key ${accessKeyId}`, accessKeyNotFound(accessKeyId));

const isOf = (principal: PrincipalName, owner: PrincipalName | undefined): boolean =>
  owner === undefined ||
  (principal.accountId === owner.accountId && principal.kind === owner.kind && principal.name === owner.name);

/** @param owner whose it must be; anyone's otherwise @throws CredentialsError when there is none */
export async function deleteAccessKey(
  { store }: Pick<Administration, "store">,
  accessKeyId: string,
  owner?: PrincipalName,
): Promise<void> {
  const removed = await store.transaction(async ({ principals }) => {
    const found = owner && (await principals.byAccessKey(accessKeyId));
    if (owner && !(found && isOf(found.principal, owner))) return false;
    return principals.removeAccessKey(accessKeyId);
  });
  if (!removed) throw unknownKey(accessKeyId);
}

/** Removes a user with its access keys, or a role. @throws CredentialsError when there is none */
export function deletePrincipal({ store }: Pick<Administration, "store">, who: PrincipalName): Promise<void> {
  return store.transaction(async ({ principals }) => {
    const { key } = await requirePrincipal(principals, who);
    await principals.remove(key);
  });
}

/** Locks it until the transaction ends. */
async function requirePrincipal(
  principals: Repositories["principals"],
  { accountId, kind, name }: PrincipalName,
): Promise<StoredPrincipal> {
  const principal = await principals.lock(accountId, kind, name);
  if (!principal)
    throw new CredentialsError(
      `there is no ${kind} ${name} in account ${accountId}`,
      principalNotFound(kind, name),
    );
  return principal;
}

/**
 * Puts policies in the place of those that a user or role has; what is absent stays.
 * @throws CredentialsError, MalformedPolicyDocument
 */
export function changePolicies(
  { store, clock }: Pick<Administration, "store" | "clock">,
  who: PrincipalName,
  change: Partial<Pick<PrincipalSettings, "policies" | "trustPolicy" | "maxSessionSeconds">>,
): Promise<StoredPrincipal> {
  return store.transaction(async ({ principals }) => {
    const changed = { ...(await requirePrincipal(principals, who)), ...change, modifiedAt: clock.now() };
    requireValid(changed);
    await principals.save(changed);
    return changed;
  });
}

/** A principal with its access keys. */
export interface ListedPrincipal {
  readonly principal: StoredPrincipal;
  readonly accessKeys: readonly AccessKey[];
}

/** Every principal of every account, in the order they were made. */
export async function allPrincipals({ store }: Pick<Administration, "store">): Promise<ListedPrincipal[]> {
  const all: ListedPrincipal[] = [];
  for await (const principal of eachPrincipal(store, null)) all.push(await withKeys(store, principal));
  return all;
}

/** A page of those of one account, in the order they were made; `lastKey` is null when there are no more. */
export async function listPrincipals(
  { store }: Pick<Administration, "store">,
  page: { readonly accountId: string; readonly afterKey: PrincipalKey | null; readonly limit: number },
): Promise<{ principals: ListedPrincipal[]; lastKey: PrincipalKey | null }> {
  const principals: ListedPrincipal[] = [];
  for await (const principal of eachPrincipal(store, page.afterKey)) {
    if (principal.accountId !== page.accountId) continue;
    if (principals.length === page.limit)
      return { principals, lastKey: principals.at(-1)?.principal.key ?? null };
    principals.push(await withKeys(store, principal));
  }
  return { principals, lastKey: null };
}

const withKeys = async ({ principals }: Administration["store"], principal: StoredPrincipal) => ({
  principal,
  accessKeys: await principals.accessKeysOf(principal.key),
});

const PAGE = 100;

async function* eachPrincipal(
  { principals }: Administration["store"],
  after: PrincipalKey | null,
): AsyncGenerator<StoredPrincipal> {
  for (let afterKey = after; ; ) {
    const page = await principals.list({ afterKey, limit: PAGE });
    yield* page;
    afterKey = page.at(-1)?.key ?? null;
    if (page.length < PAGE) return;
  }
}
