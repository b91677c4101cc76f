import { hidesUserExistence, requireSecretHash } from "../clients/index.ts";
import { missingRequiredParameter } from "../errors.ts";
import type { Services } from "../services.ts";
import { preAuthentication } from "../triggers/index.ts";
import { findUser } from "../users/index.ts";
import type { Flow, FlowRequest, NamedRequest } from "./flow.ts";
import { migrateSigningIn } from "./migration.ts";

/**
 * The shared first steps of every sign-in that names a user: what must be there, SECRET_HASH, the user, a migration of one whom
 * only another directory knows, and PreAuthentication.
 * @throws InvalidParameterException, NotAuthorizedException, UserNotFoundException, and what functions make of the sign-in
 */
export async function identify(
  services: Services,
  flow: Extract<Flow, { kind: "named" }>,
  request: FlowRequest,
): Promise<NamedRequest> {
  const { pool, client, parameters } = request;
  const { USERNAME: name } = parameters;
  if (!name) throw missingRequiredParameter("USERNAME");
  flow.check(request, services);
  const known = await findUser(services.store.users, pool, name);
  const hash = { hash: parameters.SECRET_HASH, source: "SECRET_HASH" } as const;
  // Over the name as sent; who goes on with a session may have learnt the username.
  const names = known && request.session !== undefined ? [name, known.username] : [name];
  requireSecretHash(services, pool, client, hash, names);
  const password = flow.migratesBy && parameters[flow.migratesBy];
  const user = known ?? (password ? await migrateSigningIn(services, request, name, password) : null);
  if (user || hidesUserExistence(client)) await preAuthentication(services, request, { user, name });
  return { ...request, user, name };
}
