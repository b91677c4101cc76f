import { type Connection, Refusal } from "./connection.ts";
import { UsageFault } from "./task.ts";

/** A user pool as commands name it. */
export interface FoundPool {
  readonly Id: string;
  readonly Name: string;
}

const PAGE = 60;
/** How many pools a refusal names. */
const NAMED = 20;
/** Ids begin with a region; a name may have an underscore too. */
const ID = /^[a-z]{2}(?:-[a-z]+)+-\d+_[0-9A-Za-z]+$/;

/**
 * The pool that a person means: by id or by name; undefined is the only one that there is.
 * @throws UsageFault that names the pools there are when it is none of them or several, Refusal, Unreachable
 */
export async function findPool(connection: Connection, nameOrId: string | undefined): Promise<FoundPool> {
  const byId = nameOrId !== undefined && ID.test(nameOrId) ? await poolById(connection, nameOrId) : null;
  if (byId) return byId;
  const pools = await allPools(connection);
  const meant = nameOrId === undefined ? pools : pools.filter(({ Name }) => Name === nameOrId);
  const [only] = meant;
  if (only && meant.length === 1) return only;
  const place = `${connection.endpoint.origin} (${connection.region})`;
  if (!only && pools.length === 0) throw new UsageFault(`there is no user pool at ${place}`);
  if (!only) throw new UsageFault(`there is no user pool ${nameOrId} at ${place}; ${listed(pools)}`);
  throw new UsageFault(
    nameOrId === undefined
      ? `say which user pool with --pool; ${listed(pools)}`
      : `several user pools are called ${nameOrId}: give one's id; ${listed(meant)}`,
  );
}

/** Asked for by itself, so that whoever may see one pool only need not be able to list them. */
async function poolById({ call }: Connection, id: string): Promise<FoundPool | null> {
  try {
    const { UserPool } = await call("DescribeUserPool", { UserPoolId: id });
    return { Id: id, Name: UserPool?.Name ?? id };
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.code === "AccessDeniedException") return { Id: id, Name: id };
    if (fault.code === "ResourceNotFoundException") return null;
    throw fault;
  }
}

async function allPools({ call }: Connection): Promise<FoundPool[]> {
  const pools: FoundPool[] = [];
  let next: string | undefined;
  do {
    const { UserPools = [], NextToken } = await call("ListUserPools", {
      MaxResults: PAGE,
      ...(next === undefined ? {} : { NextToken: next }),
    });
    pools.push(...UserPools.map(({ Id = "", Name = "" }) => ({ Id, Name })));
    next = NextToken;
  } while (next !== undefined);
  return pools;
}

function listed(pools: readonly FoundPool[]): string {
  const shown = pools.slice(0, NAMED).map(({ Id, Name }) => `${Name} (${Id})`);
  const more = pools.length - shown.length;
  return `there are: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
