import type { ResourceServerScopeType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import type { Repositories } from "../store.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { Scope } from "./resource-server.ts";

/** Scopes that exist without a resource server. */
const BUILT_IN_SCOPES: ReadonlySet<string> = new Set([
  "phone",
  "email",
  "openid",
  "profile",
  "aws.cognito.signin.user.admin",
]);

export const isBuiltInScope = (scope: string): boolean => BUILT_IN_SCOPES.has(scope);

/** @throws InvalidParameterException for a name that is given twice */
export function scopesFrom(given: readonly ResourceServerScopeType[]): Scope[] {
  const names = new Set<string>();
  for (const { ScopeName } of given) {
    if (names.has(ScopeName)) throw invalidParameter(`Duplicate scope name: ${ScopeName}`);
    names.add(ScopeName);
  }
  return given.map(({ ScopeName, ScopeDescription }) => ({ name: ScopeName, description: ScopeDescription }));
}

/** The first scope that is neither built in nor a resource server's, or null. */
export async function unknownScope(
  repositories: Pick<Repositories, "resourceServers">,
  poolKey: PoolKey,
  scopes: readonly string[],
): Promise<string | null> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const scope of scopes) {
    if (isBuiltInScope(scope)) continue;
    const slash = scope.lastIndexOf("/");
    if (slash < 1) return scope;
    const identifier = scope.slice(0, slash);
    let names = known.get(identifier);
    if (!names) {
      const server = await repositories.resourceServers.find(poolKey, identifier);
      names = new Set(server?.scopes.map(({ name }) => name));
      known.set(identifier, names);
    }
    if (!names.has(scope.slice(slash + 1))) return scope;
  }
  return null;
}
