import type { IdentityProviderTypeType, ProviderUserIdentifierType } from "../../api/generated/shapes.ts";
import {
  identityProviderDoesNotExist,
  invalidParameter,
  mergingNotSupported,
  missingRequiredParameter,
  resourceLimitExceeded,
  sourceUserAlreadyLinked,
  sourceUserIsLocal,
  sourceUserLinkedElsewhere,
  userDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import { comparable, type ProviderSubject, SUBJECT, type User, withIdentities } from "../users/index.ts";
import { setEnabled } from "./standing.ts";

/** What linking must know of a pool's identity provider. */
export interface LinkableProvider {
  readonly type: IdentityProviderTypeType;
  /** A SAML provider's entity ID; null for the others. */
  readonly issuer: string | null;
}

/** The pool's identity provider of this name; null when the pool has none. */
export type FindLinkableProvider = (pool: UserPool, name: string) => Promise<LinkableProvider | null>;

/** What linking asks of the server, and of the pool's identity providers. */
export interface LinkServices extends Pick<Services, "store" | "clock"> {
  readonly findProvider: FindLinkableProvider;
}

const IDENTITIES_PER_USER = 5;
/** As for the values of attributes: the identities are shown in one, and in ID tokens. */
const LONGEST_VALUE_BYTES = 2048;
const LONGEST_ATTRIBUTE_NAME = 256;

/** Their own user names are no user names here: each tells its subject and nothing else. */
const SOCIAL: ReadonlySet<string> = new Set<IdentityProviderTypeType>([
  "Facebook",
  "Google",
  "LoginWithAmazon",
  "SignInWithApple",
]);

/** The pool's own directory, beside the providers. */
const isLocal = (name: string): boolean => name.toUpperCase() === "COGNITO";

function required(given: ProviderUserIdentifierType, name: keyof ProviderUserIdentifierType): string {
  const value = given[name];
  if (!value) throw missingRequiredParameter(name);
  return value;
}

function subjectOf(given: ProviderUserIdentifierType): ProviderSubject {
  const subject = {
    providerName: required(given, "ProviderName"),
    attributeName: required(given, "ProviderAttributeName"),
    value: required(given, "ProviderAttributeValue"),
  };
  if (subject.attributeName.length > LONGEST_ATTRIBUTE_NAME)
    throw invalidParameter(
      `ProviderAttributeName must be no longer than ${LONGEST_ATTRIBUTE_NAME} characters.`,
    );
  if (Buffer.byteLength(subject.value) > LONGEST_VALUE_BYTES)
    throw invalidParameter(`ProviderAttributeValue must be no longer than ${LONGEST_VALUE_BYTES} bytes.`);
  return subject;
}

/** A local user by user name and by no other name; one of another provider by its subject. The attribute name does not matter. */
async function destinationOf(
  { store }: LinkServices,
  pool: UserPool,
  given: ProviderUserIdentifierType,
): Promise<User> {
  const providerName = required(given, "ProviderName");
  const value = required(given, "ProviderAttributeValue");
  if (isLocal(providerName)) {
    const user = await store.users.byUsername(pool.key, comparable(pool, value));
    if (!user) throw userDoesNotExist();
    return user;
  }
  const identity = await store.linkedIdentities.find(pool.key, {
    providerName,
    attributeName: SUBJECT,
    value,
  });
  const user = identity && (await store.users.byKey(identity.userKey));
  if (!user) throw userDoesNotExist();
  return user;
}

async function requireProvider(
  services: LinkServices,
  pool: UserPool,
  { providerName, attributeName }: ProviderSubject,
) {
  const provider = await services.findProvider(pool, providerName);
  if (!provider) throw identityProviderDoesNotExist(providerName);
  if (SOCIAL.has(provider.type) && attributeName !== SUBJECT)
    throw invalidParameter(`ProviderAttributeName must be ${SUBJECT} for ${provider.type}.`);
  return provider;
}

/** Writes the attribute that shows a user's identities, in the transaction that changed them. */
async function showIdentities(services: LinkServices, repositories: Repositories, user: User): Promise<void> {
  const attributes = withIdentities(user.attributes, await repositories.linkedIdentities.ofUser(user.key));
  await repositories.users.save({ ...user, attributes, modifiedAt: services.clock.now() });
}

/**
 * AdminLinkProviderForUser: whoever the provider says to be the source signs in as the destination from now on.
 * @throws InvalidParameterException, ResourceNotFoundException (the provider), UserNotFoundException, AliasExistsException,
 * LimitExceededException
 */
export async function linkProvider(
  services: LinkServices,
  pool: UserPool,
  destination: ProviderUserIdentifierType,
  source: ProviderUserIdentifierType,
): Promise<void> {
  if (isLocal(required(source, "ProviderName"))) throw sourceUserIsLocal();
  const subject = subjectOf(source);
  const { type: providerType, issuer } = await requireProvider(services, pool, subject);
  const user = await destinationOf(services, pool, destination);
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const inserted = await repositories.linkedIdentities.insert({
      ...subject,
      poolKey: pool.key,
      userKey: user.key,
      providerType,
      issuer,
      primary: false,
      linkedAt: services.clock.now(),
    });
    if (!inserted) {
      const taken = await repositories.linkedIdentities.find(pool.key, subject);
      if (taken?.primary) throw mergingNotSupported();
      throw taken?.userKey === user.key ? sourceUserAlreadyLinked() : sourceUserLinkedElsewhere();
    }
    const identities = await repositories.linkedIdentities.ofUser(user.key);
    if (identities.filter(({ primary }) => !primary).length > IDENTITIES_PER_USER)
      throw resourceLimitExceeded("identities linked to a user");
    await showIdentities(services, repositories, current);
  });
}

/** A local user's password stops working; other ways to sign in stay, and so does the right to be given a new password. */
async function takePassword(services: LinkServices, pool: UserPool, username: string): Promise<void> {
  const user = await services.store.users.byUsername(pool.key, comparable(pool, username));
  if (!user) throw userDoesNotExist();
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    await repositories.passwords.remove(user.key);
    await repositories.users.save({ ...current, modifiedAt: services.clock.now() });
  });
}

/**
 * AdminDisableProviderForUser: takes a link away; disables the user that a provider's sign-in made; takes a local user's password.
 * @throws InvalidParameterException, ResourceNotFoundException (the provider), UserNotFoundException
 */
export async function disableProvider(
  services: LinkServices,
  pool: UserPool,
  given: ProviderUserIdentifierType,
): Promise<void> {
  const subject = subjectOf(given);
  if (isLocal(subject.providerName)) {
    if (subject.attributeName !== SUBJECT)
      throw invalidParameter(`ProviderAttributeName must be ${SUBJECT} for ${subject.providerName}.`);
    return takePassword(services, pool, subject.value);
  }
  await requireProvider(services, pool, subject);
  const identity = await services.store.linkedIdentities.find(pool.key, subject);
  const user = identity && (await services.store.users.byKey(identity.userKey));
  if (!user) throw userDoesNotExist();
  if (identity.primary) return setEnabled(services, user, "disabled");
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current || !(await repositories.linkedIdentities.remove(pool.key, subject)))
      throw userDoesNotExist();
    await showIdentities(services, repositories, current);
  });
}
