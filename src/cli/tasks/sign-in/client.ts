import type { UserPoolClientType } from "../../../api/generated/shapes.ts";
import { type Connection, Refusal } from "../../connection/connection.ts";
import type { FoundPool } from "../../connection/pools.ts";
import { UsageFault } from "../../connection/task.ts";

/** The client that a person signs in to. */
export interface SignInClient {
  readonly ClientId: string;
  readonly ClientName: string;
  readonly ClientSecret: string | null;
  /** ExplicitAuthFlows; null when the client's settings may not be read. */
  readonly flows: readonly string[] | null;
  /** Why the settings are not known. */
  readonly unread?: string;
}

const CLIENT_ID = /^[\w+]{20,128}$/;
const PAGE = 60;
/** What a client without ExplicitAuthFlows allows, as Cognito's documentation says. */
const USUAL_FLOWS = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"];

/**
 * The client of a pool by id or name; undefined is the only one that there is. Without the right to look, an id is taken as it is.
 * @throws UsageFault that names the clients there are, Refusal
 */
export async function findClient(
  connection: Connection,
  pool: FoundPool,
  nameOrId: string | undefined,
): Promise<SignInClient> {
  if (nameOrId !== undefined && CLIENT_ID.test(nameOrId)) {
    const found = await describe(connection, pool.Id, nameOrId);
    if (found) return found;
  }
  const clients: { ClientId: string; ClientName: string }[] = [];
  let next: string | undefined;
  do {
    const { UserPoolClients = [], NextToken } = await connection.call("ListUserPoolClients", {
      UserPoolId: pool.Id,
      MaxResults: PAGE,
      ...(next === undefined ? {} : { NextToken: next }),
    });
    clients.push(...UserPoolClients.map(({ ClientId = "", ClientName = "" }) => ({ ClientId, ClientName })));
    next = NextToken;
  } while (next !== undefined);
  const meant =
    nameOrId === undefined ? clients : clients.filter(({ ClientName }) => ClientName === nameOrId);
  const [only] = meant;
  if (only && meant.length === 1) {
    const found = await describe(connection, pool.Id, only.ClientId);
    if (found) return found;
  }
  if (clients.length === 0) throw new UsageFault(`the user pool ${pool.Name} (${pool.Id}) has no client`);
  const names = clients.map(({ ClientId, ClientName }) => `${ClientName} (${ClientId})`).join(", ");
  throw new UsageFault(
    nameOrId === undefined
      ? `say which client with --client; there are: ${names}`
      : meant.length > 1
        ? `several clients are called ${nameOrId}: give one's id; there are: ${names}`
        : `there is no client ${nameOrId} in ${pool.Name}; there are: ${names}`,
  );
}

/** @returns null when there is no such client */
async function describe(
  { call }: Connection,
  userPoolId: string,
  clientId: string,
): Promise<SignInClient | null> {
  try {
    const { UserPoolClient } = await call("DescribeUserPoolClient", {
      UserPoolId: userPoolId,
      ClientId: clientId,
    });
    return described(clientId, UserPoolClient ?? {});
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.code === "ResourceNotFoundException") return null;
    // Whoever only signs in needs no credentials.
    return { ClientId: clientId, ClientName: clientId, ClientSecret: null, flows: null, unread: fault.code };
  }
}

const described = (
  ClientId: string,
  { ClientName = ClientId, ClientSecret, ExplicitAuthFlows }: UserPoolClientType,
): SignInClient => ({
  ClientId,
  ClientName,
  ClientSecret: ClientSecret ?? null,
  flows: ExplicitAuthFlows && ExplicitAuthFlows.length > 0 ? ExplicitAuthFlows : USUAL_FLOWS,
});
