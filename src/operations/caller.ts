import { requirePool } from "../domain/clients/index.ts";
import { userDoesNotExist } from "../domain/errors.ts";
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
