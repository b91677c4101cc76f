import type { ContextDataType } from "../api/generated/shapes.ts";
import { requirePool } from "../domain/clients/index.ts";
import { userDoesNotExist } from "../domain/errors.ts";
import type { Sighting } from "../domain/tokens/index.ts";
import type { Occasion, TriggerCall } from "../domain/triggers/index.ts";
import type { UserPool } from "../domain/user-pools/index.ts";
import { findUser, type User } from "../domain/users/index.ts";
import type { OperationContext } from "./operation.ts";

/** The pool an administrator names. @throws ResourceNotFoundException */
export const namedPool = (context: OperationContext, userPoolId: string): Promise<UserPool> =>
  requirePool(context.services.store, context, userPoolId);

/** The pool and user an administrator names, by any of the user's names. @throws ResourceNotFoundException, UserNotFoundException */
export async function namedUser(
  context: OperationContext,
  input: { readonly UserPoolId: string; readonly Username: string },
): Promise<{ pool: UserPool; user: User }> {
  const pool = await namedPool(context, input.UserPoolId);
  const user = await findUser(context.services.store.users, pool, input.Username);
  if (!user) throw userDoesNotExist();
  return { pool, user };
}

type Metadata = Readonly<Record<string, string>> | undefined;

/** What functions are told of a call that hands its ClientMetadata on as it is. */
export const callWith = (context: OperationContext, clientMetadata?: Metadata): TriggerCall => ({
  awsSdkVersion: context.awsSdkVersion,
  clientMetadata,
});

/** An administrator's call that names no client. */
export const administratorsOccasion = (
  context: OperationContext,
  pool: UserPool,
  clientMetadata?: Metadata,
): Occasion => ({ pool, client: null, call: callWith(context, clientMetadata) });

/** ValidationData as functions see it. */
export const validationData = (
  list: readonly { readonly Name: string; readonly Value?: string }[] | undefined,
): Record<string, string> | undefined =>
  list && Object.fromEntries(list.map(({ Name, Value }) => [Name, Value ?? ""]));

/** Where a person is who signs in through an administrator's call, as that call says; not where the call came from. */
export const sightingOf = (context: ContextDataType | undefined): Sighting => ({
  sourceIp: context?.IpAddress,
  userAgent: context?.HttpHeaders.find(({ headerName }) => headerName?.toLowerCase() === "user-agent")
    ?.headerValue,
});
