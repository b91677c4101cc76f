import type { AttributeType, CodeDeliveryDetailsType } from "../../api/generated/shapes.ts";
import {
  invalidParameter,
  requiredAttributesCannotBeDeleted,
  requiredWithFlag,
  userDoesNotExist,
} from "../errors.ts";
import { codeDeliveryDetails, type Destination, emailTo, smsTo } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import type { TokenBearer } from "../tokens/index.ts";
import { type Occasion, type TriggerCall, transactionWithMessages } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  type AttributeChanges,
  checkAttributes,
  type User,
  updateAliases,
  VERIFIED_FLAG,
  withChanges,
} from "../users/index.ts";
import {
  checkCode,
  consumeCode,
  countAttempt,
  sendCode,
  verificationPurpose,
} from "../verification/index.ts";

type Address = keyof typeof VERIFIED_FLAG;

const ADDRESSES: readonly Address[] = ["email", "phone_number"];
const destinationOf = (attribute: Address, value: string): Destination =>
  attribute === "email" ? emailTo(value) : smsTo(value);

/** A change split into what is written now and which new addresses wait for their proof. */
interface PlannedChange {
  readonly attributes: Record<string, string>;
  /** Addresses that get a code; those that wait keep the old value until it comes back. */
  readonly codesTo: readonly Destination[];
}

/**
 * A new address counts as unverified, unless the same call says otherwise; where the pool asks for proof before an update, the
 * old one stays with its flag until the new one is proven.
 */
function planChange(pool: UserPool, user: User, changes: AttributeChanges): PlannedChange {
  const proofFirst =
    pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  const autoVerified = pool.settings.AutoVerifiedAttributes ?? [];
  const now: Record<string, string | null> = { ...changes };
  const codesTo: Destination[] = [];
  for (const attribute of ADDRESSES) {
    const value = changes[attribute];
    if (value === undefined || value === null || value === user.attributes[attribute]) continue;
    const flag = VERIFIED_FLAG[attribute];
    if (changes[flag] === "true") continue;
    if (proofFirst.includes(attribute)) {
      delete now[attribute];
      codesTo.push(destinationOf(attribute, value));
      continue;
    }
    now[flag] = "false";
    if (autoVerified.includes(attribute)) codesTo.push(destinationOf(attribute, value));
  }
  return { attributes: withChanges(user.attributes, now), codesTo };
}

/** A code that went to an address the user no longer has must neither bring it back nor set a password. */
async function endCodesOfFormerAddresses(
  { codes }: Repositories,
  user: User,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const changed = ADDRESSES.filter((address) => attributes[address] !== user.attributes[address]);
  for (const address of changed) await codes.remove(user.key, verificationPurpose(address));
  if (changed.length === 0) return;
  const reset = await codes.find(user.key, "reset-password");
  if (reset && changed.includes(reset.attribute)) await codes.remove(user.key, "reset-password");
}

async function writeChange(
  services: Services,
  repositories: Repositories,
  pool: UserPool,
  user: User,
  changes: AttributeChanges,
): Promise<readonly Destination[]> {
  const current = await repositories.users.lock(user.key);
  if (!current) throw userDoesNotExist();
  const { attributes, codesTo } = planChange(pool, current, changes);
  await endCodesOfFormerAddresses(repositories, current, attributes);
  await updateAliases(repositories.users, pool, current, attributes, "refuse");
  const changed = { ...current, attributes, modifiedAt: services.clock.now() };
  await repositories.users.save(changed);
  return codesTo;
}

/** The user with the change that was just written. */
async function changedUser(repositories: Repositories, user: User): Promise<User> {
  const changed = await repositories.users.byKey(user.key);
  if (!changed) throw userDoesNotExist();
  return changed;
}

/**
 * UpdateUserAttributes: what the client may write, with a code to each new address that the pool verifies.
 * @throws NotAuthorizedException, InvalidParameterException, AliasExistsException
 */
export async function userUpdatesAttributes(
  services: Services,
  { pool, client, user }: TokenBearer,
  given: readonly AttributeType[],
  call: TriggerCall,
): Promise<CodeDeliveryDetailsType[]> {
  const writer = { kind: "user", writable: client.settings.WriteAttributes } as const;
  const changes = checkAttributes(pool, given, writer, "update");
  const occasion = { pool, client, call };
  const destinations = await transactionWithMessages(services, occasion, async (repositories, send) => {
    const codesTo = await writeChange(services, repositories, pool, user, changes);
    for (const destination of codesTo)
      await sendCode(services, repositories, send, pool, await changedUser(repositories, user), {
        purpose: verificationPurpose(destination.attribute),
        kind: "UpdateUserAttribute",
        destination,
      });
    return codesTo;
  });
  return destinations.map(codeDeliveryDetails);
}

/**
 * AdminUpdateUserAttributes: any attribute, verified flags too. A code goes out only where the pool asks for proof before an
 * update and the call does not vouch for the new address itself.
 * @throws InvalidParameterException, AliasExistsException
 */
export async function administratorUpdatesAttributes(
  services: Services,
  occasion: Occasion,
  user: User,
  given: readonly AttributeType[],
): Promise<void> {
  const { pool } = occasion;
  const changes = checkAttributes(pool, given, { kind: "administrator" }, "update");
  const proofFirst =
    pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  await transactionWithMessages(services, occasion, async (repositories, send) => {
    const codesTo = await writeChange(services, repositories, pool, user, changes);
    const after = await changedUser(repositories, user);
    for (const attribute of ADDRESSES)
      if (changes[VERIFIED_FLAG[attribute]] === "true" && !after.attributes[attribute])
        throw requiredWithFlag(VERIFIED_FLAG[attribute]);
    for (const destination of codesTo)
      if (proofFirst.includes(destination.attribute))
        await sendCode(services, repositories, send, pool, after, {
          purpose: verificationPurpose(destination.attribute),
          kind: "UpdateUserAttribute",
          destination,
        });
  });
}

/** Which attributes a caller deletes by name: an administrator's or the client's rules apply. */
export async function deleteAttributes(
  services: Services,
  pool: UserPool,
  user: User,
  names: readonly string[],
  writer: Parameters<typeof checkAttributes>[2],
): Promise<void> {
  const required = pool.settings.SchemaAttributes?.filter((a) => a.Required).map((a) => a.Name) ?? [];
  const refused = names.filter((name) => name !== "sub" && required.includes(name));
  if (refused.length) throw requiredAttributesCannotBeDeleted(refused);
  const removals = names.map((Name) => ({ Name, Value: "" }));
  const changes = checkAttributes(pool, removals, writer, "update");
  await services.store.transaction((repositories) =>
    writeChange(services, repositories, pool, user, changes),
  );
}

function addressAttribute(name: string): Address {
  const attribute = ADDRESSES.find((address) => address === name);
  if (!attribute)
    throw invalidParameter(`Invalid attribute ${name}: only email and phone_number can be verified.`);
  return attribute;
}

/**
 * GetUserAttributeVerificationCode: a code to the address, or to the new one that is waiting for its proof.
 * @throws InvalidParameterException, LimitExceededException
 */
export async function sendAttributeCode(
  services: Services,
  { pool, client, user }: TokenBearer,
  name: string,
  call: TriggerCall,
): Promise<CodeDeliveryDetailsType> {
  const attribute = addressAttribute(name);
  await countAttempt(services, pool, `user:${user.key}`, "send-attribute-code");
  const purpose = verificationPurpose(attribute);
  const waiting = await services.store.codes.find(user.key, purpose);
  const value =
    waiting && waiting.expiresAt > services.clock.now() ? waiting.target : user.attributes[attribute];
  if (!value) throw invalidParameter(`User does not have attribute ${attribute} to verify.`);
  const destination = destinationOf(attribute, value);
  await transactionWithMessages(services, { pool, client, call }, (repositories, send) =>
    sendCode(services, repositories, send, pool, user, { purpose, kind: "VerifyUserAttribute", destination }),
  );
  return codeDeliveryDetails(destination);
}

/**
 * VerifyUserAttribute: proves the address that got the code; an address that was waiting takes the old one's place.
 * @throws CodeMismatchException, ExpiredCodeException, AliasExistsException, LimitExceededException
 */
export async function verifyAttribute(
  services: Services,
  { pool, user }: TokenBearer,
  name: string,
  code: string,
): Promise<void> {
  const attribute = addressAttribute(name);
  await countAttempt(services, pool, `user:${user.key}`, "verify-attribute");
  const purpose = verificationPurpose(attribute);
  const digest = await checkCode(services, pool, user, purpose, code);
  await services.store.transaction(async (repositories) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw userDoesNotExist();
    const { target } = await consumeCode(services, repositories, current, purpose, digest);
    const attributes = { ...current.attributes, [attribute]: target, [VERIFIED_FLAG[attribute]]: "true" };
    await updateAliases(repositories.users, pool, current, attributes, "refuse");
    await repositories.users.save({ ...current, attributes, modifiedAt: services.clock.now() });
  });
}
