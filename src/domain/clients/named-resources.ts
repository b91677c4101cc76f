import type { UpdateUserPoolClientRequest } from "../../api/generated/shapes.ts";
import { providerNotInPool, scopeDoesNotExist } from "../errors.ts";
import { unknownScope } from "../resource-servers/index.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";

/** The pool's own directory among SupportedIdentityProviders. */
const OWN_DIRECTORY = "COGNITO";

/**
 * Checks that the pool has every scope and identity provider that a client's settings name. What is removed later stays in the
 * client's settings until those are changed.
 * @throws ScopeDoesNotExistException, InvalidParameterException
 */
export async function requireNamedResources(
  repositories: Pick<Repositories, "resourceServers" | "identityProviders">,
  pool: UserPool,
  given: Pick<UpdateUserPoolClientRequest, "AllowedOAuthScopes" | "SupportedIdentityProviders">,
): Promise<void> {
  const unknown = await unknownScope(repositories, pool.key, given.AllowedOAuthScopes ?? []);
  if (unknown !== null) throw scopeDoesNotExist(unknown);
  for (const name of given.SupportedIdentityProviders ?? [])
    if (name !== OWN_DIRECTORY && !(await repositories.identityProviders.find(pool.key, name)))
      throw providerNotInPool(name, pool.id);
}
