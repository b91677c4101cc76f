import type { ResourceServerType } from "../../api/generated/shapes.ts";
import type { ResourceServer } from "../../domain/resource-servers/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";

export const resourceServerType = (
  pool: UserPool,
  server: Pick<ResourceServer, "identifier" | "name" | "scopes">,
): ResourceServerType => ({
  UserPoolId: pool.id,
  Identifier: server.identifier,
  Name: server.name,
  Scopes: server.scopes.map(({ name, description }) => ({
    ScopeName: name,
    ScopeDescription: description,
  })),
});
