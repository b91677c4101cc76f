import type { Explanation } from "../../../domain/explanation/index.ts";
import { type Connection, type ConnectionOptions, Refusal } from "../../connection/connection.ts";
import { isAmazon } from "../../connection/endpoint.ts";
import { type FoundPool, findPool } from "../../connection/pools.ts";
import { task } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { findClient } from "../sign-in/client.ts";
import { explanationFromApi } from "./explanation-from-api.ts";
import { explanationText } from "./explanation-text.ts";

export interface ExplainOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly client?: string;
  readonly json?: boolean;
}

/** As many clients as ExplainUser looks at. */
const CLIENTS = 20;
/** A server without the operation, and a caller who may not use it. */
const SAYS_LESS = new Set(["UnknownOperationException", "AccessDeniedException"]);

/** The clients that are meant: the one by id or name, else the pool's first. @throws UsageFault */
async function clientIds(
  connection: Connection,
  pool: FoundPool,
  nameOrId: string | undefined,
): Promise<string[]> {
  if (nameOrId !== undefined) return [(await findClient(connection, pool, nameOrId)).ClientId];
  const { UserPoolClients = [] } = await connection.call("ListUserPoolClients", {
    UserPoolId: pool.Id,
    MaxResults: CLIENTS,
  });
  return UserPoolClients.map(({ ClientId = "" }) => ClientId);
}

async function explanationOf(
  connection: Connection,
  pool: FoundPool,
  name: string,
  client: string | undefined,
): Promise<Explanation> {
  const fromApi = async () =>
    explanationFromApi(connection, pool, name, await clientIds(connection, pool, client));
  if (isAmazon(connection.endpoint)) return fromApi();
  const [ClientId] = client === undefined ? [] : await clientIds(connection, pool, client);
  try {
    const input = { UserPoolId: pool.Id, Username: name, ...(ClientId === undefined ? {} : { ClientId }) };
    return (await connection.callService("ExplainUser", input)) as Explanation;
  } catch (fault) {
    if (!(fault instanceof Refusal) || !SAYS_LESS.has(fault.code)) throw fault;
    terminal.note(`explained from what the user-pool API shows (ExplainUser: ${fault.code})`);
    return fromApi();
  }
}

/** `cognate user explain`. @returns the exit status */
export const explainUser = (name: string, options: ExplainOptions): Promise<number> =>
  task(options, async (connection) => {
    const pool = await findPool(connection, options.pool);
    const explanation = await explanationOf(connection, pool, name, options.client);
    terminal.print(
      options.json
        ? JSON.stringify(explanation, null, 2)
        : explanationText(explanation, connection, pool.Name, terminal.colour),
    );
    return 0;
  });
