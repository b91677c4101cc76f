import { tagsDifferInCaseOnly } from "../errors.ts";
import type { Repositories } from "../store.ts";
import { userPoolArn } from "../user-pools/index.ts";
import {
  type CallFacts,
  conditionContext,
  denialOf,
  denialSentence,
  requireAllowed,
  type Tags,
} from "./authorization.ts";
import type { Principal } from "./principal.ts";

/** Facts of a call that are the same whatever it asks for. */
export type Origin = Pick<
  CallFacts,
  "region" | "now" | "sourceIp" | "userAgent" | "referer" | "secureTransport"
>;

const USER_POOLS = "cognito-idp";
const POOL_ARN = /^arn:aws[\w-]*:cognito-idp:[\w-]+:\d{12}:userpool\/([\w-]+)$/;

/**
 * What an operation is about, as the service authorization reference says: the pool wherever the input names one, else nothing
 * (`*`). Clients, groups and users have no ARNs: who may act on them is a matter of their pool.
 */
function resourceOf(
  input: Readonly<Record<string, unknown>>,
  region: string,
  accountId: string,
): { readonly resource: string; readonly userPoolId: string | null } {
  const { UserPoolId: userPoolId, ResourceArn: arn } = input;
  if (typeof userPoolId === "string")
    return { resource: userPoolArn({ id: userPoolId, region, accountId }), userPoolId };
  if (typeof arn === "string") return { resource: arn, userPoolId: POOL_ARN.exec(arn)?.[1] ?? null };
  return { resource: "*", userPoolId: null };
}

const isTags = (value: unknown): value is Tags => typeof value === "object" && value !== null;

/** The tags that an operation would set, and the names of those it would set or remove. */
function tagsOf({ UserPoolTags, Tags, TagKeys }: Readonly<Record<string, unknown>>) {
  const requestTags = isTags(UserPoolTags) ? UserPoolTags : isTags(Tags) ? Tags : undefined;
  // Conditions know tags by names without regard to case: of two that differ in nothing else neither may stand for both.
  const names = Object.keys(requestTags ?? {}).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) throw tagsDifferInCaseOnly();
  const tagKeys = Array.isArray(TagKeys) ? TagKeys.map(String) : requestTags && Object.keys(requestTags);
  return { requestTags, tagKeys };
}

/** An operation of another service than the user-pool API. */
export interface OperationTarget {
  /** That actions of policies begin with. */
  readonly service?: string;
  /** An ARN; absent: the pool that the input names, else nothing. */
  readonly resource?: string | undefined;
}

/** What a call of an operation is about, as policies look at it. */
async function factsOf(
  store: Pick<Repositories, "userPools">,
  principal: Principal,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  origin: Origin,
  { service = USER_POOLS, resource: named }: OperationTarget = {},
): Promise<CallFacts> {
  const { resource, userPoolId } =
    named === undefined
      ? resourceOf(input, origin.region, principal.accountId)
      : { resource: named, userPoolId: null };
  const usesTags = [...(principal.policies ?? []), ...(principal.sessionPolicies ?? [])].some(
    ({ usesResourceTags }) => usesResourceTags,
  );
  return {
    ...origin,
    ...tagsOf(input),
    action: `${service}:${operation}`,
    resource,
    resourceTags:
      usesTags && userPoolId !== null ? await tagsOfPool(store, principal, origin, userPoolId) : undefined,
  };
}

/**
 * Checks that a principal may carry out an operation with this input, which has been decoded but not validated: who may not call
 * learns nothing of what a valid call would look like.
 * @throws AccessDeniedException
 */
export async function requireOperationAllowed(
  store: Pick<Repositories, "userPools">,
  principal: Principal,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  origin: Origin,
  target: OperationTarget = {},
): Promise<void> {
  if (principal.policies === null) return;
  requireAllowed(principal, await factsOf(store, principal, operation, input, origin, target));
}

/** Whether requireOperationAllowed would let the call through, and why not; nothing is done. */
export async function operationDenial(
  store: Pick<Repositories, "userPools">,
  principal: Principal,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  origin: Origin,
  target: OperationTarget = {},
): Promise<{ readonly explicit: boolean; readonly sentence: string } | null> {
  if (principal.policies === null) return null;
  const facts = await factsOf(store, principal, operation, input, origin, target);
  const { action, resource } = facts;
  const denial = denialOf(principal, { action, resource, context: conditionContext(principal, facts) });
  return denial && { explicit: denial.explicit, sentence: denialSentence(principal, facts, denial) };
}

/** Of a pool that the principal could see; none for any other. */
async function tagsOfPool(
  store: Pick<Repositories, "userPools">,
  { accountId }: Principal,
  { region }: Origin,
  userPoolId: string,
): Promise<Tags | undefined> {
  const pool = await store.userPools.find(userPoolId);
  return pool?.region === region && pool.accountId === accountId ? pool.settings.UserPoolTags : undefined;
}
