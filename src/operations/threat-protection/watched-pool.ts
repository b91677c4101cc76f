import { requireProtection } from "../../domain/threat-protection/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationContext } from "../operation.ts";

/** A pool with threat protection. @throws ResourceNotFoundException, UserPoolAddOnNotEnabledException */
export async function watchedPool(context: OperationContext, userPoolId: string): Promise<UserPool> {
  const pool = await namedPool(context, userPoolId);
  requireProtection(pool);
  return pool;
}
