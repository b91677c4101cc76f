import type { ReplicaStatusType, UpdateReplicaStatusType } from "../../api/generated/shapes.ts";
import { type Instant, SECOND } from "../../runtime/clock.ts";
import {
  featureUnavailableInTier,
  invalidRegion,
  primaryReplicaFixed,
  replicaDoesNotExist,
  replicaExists,
  replicaNotInState,
  resourceLimitExceeded,
  tagKeyReserved,
  userPoolDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { PoolKey, UserPool } from "./user-pool.ts";

/** A pool's replica in another region, as it is recorded. */
export interface Replica {
  readonly poolKey: PoolKey;
  readonly region: string;
  /** As of `statusSince`; see `presentReplicas`. */
  readonly status: ReplicaStatusType;
  readonly statusSince: Instant;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Replicas {
  /** Ordered by region. */
  ofPool(poolKey: PoolKey): Promise<Replica[]>;
  /** Ordered by region. */
  ofPools(poolKeys: readonly PoolKey[]): Promise<Replica[]>;
  /** Puts the replica in place of an earlier one in its region. */
  put(replica: Replica): Promise<void>;
}

type ReplicaServices = Pick<Services, "store" | "clock">;

const REPLICAS_PER_POOL = 10;
/** As long as it takes to see that a replica is on its way, in or out. */
const TRANSITION_MS = 5 * SECOND;
const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;

/** What a replica becomes by itself: `gone` leaves nothing. */
const BECOMES: Readonly<Partial<Record<ReplicaStatusType, "INACTIVE" | "gone">>> = {
  CREATING: "INACTIVE",
  DELETING: "gone",
};

/** The statuses in which each act is accepted. */
const ACCEPTED_IN = {
  ACTIVE: ["INACTIVE", "ACTIVE"],
  INACTIVE: ["ACTIVE", "INACTIVE"],
  DELETING: ["INACTIVE"],
} as const satisfies Record<UpdateReplicaStatusType | "DELETING", readonly ReplicaStatusType[]>;

/** The replica's status now; null for one whose deletion is over. */
function replicaStatus(replica: Replica, now: Instant): ReplicaStatusType | null {
  const next = BECOMES[replica.status];
  if (!next || now < replica.statusSince + TRANSITION_MS) return replica.status;
  return next === "gone" ? null : next;
}

/** The replicas as they are now. */
export const presentReplicas = (replicas: readonly Replica[], now: Instant): Replica[] =>
  replicas.flatMap((replica) => {
    const status = replicaStatus(replica, now);
    return status === null ? [] : [{ ...replica, status }];
  });

/** Changes to one pool's replicas take turns: `change` sees those that are there now and says what becomes of one. */
const changeReplica = (
  { store, clock }: ReplicaServices,
  { id }: UserPool,
  change: (pool: UserPool, present: readonly Replica[]) => Omit<Replica, "poolKey" | "statusSince">,
): Promise<Replica> =>
  store.transaction(async ({ userPools, replicas }) => {
    const pool = await userPools.lock(id);
    if (!pool) throw userPoolDoesNotExist(id);
    const now = clock.now();
    const present = presentReplicas(await replicas.ofPool(pool.key), now);
    const replica = { poolKey: pool.key, statusSince: now, ...change(pool, present) };
    await replicas.put(replica);
    return replica;
  });

/**
 * CreateUserPoolReplica: a replica that is CREATING, and INACTIVE a few seconds later.
 * @throws InvalidParameterException, LimitExceededException, FeatureUnavailableInTierException, UserPoolTaggingException
 */
export function createReplica(
  services: ReplicaServices,
  pool: UserPool,
  region: string,
  tags: Readonly<Record<string, string>>,
): Promise<Replica> {
  return changeReplica(services, pool, (current, present) => {
    if (!REGION.test(region)) throw invalidRegion(region);
    const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith("aws:"));
    if (reserved !== undefined) throw tagKeyReserved(reserved);
    if (current.settings.UserPoolTier === "LITE") throw featureUnavailableInTier("Multi-Region replication");
    if (region === current.region || present.some((replica) => replica.region === region))
      throw replicaExists(region);
    if (present.length >= REPLICAS_PER_POOL) throw resourceLimitExceeded("user pool replicas");
    return { region, status: "CREATING", tags };
  });
}

/**
 * UpdateUserPoolReplica, and DeleteUserPoolReplica: DELETING, and gone a few seconds later.
 * @throws InvalidParameterException for the primary and in a status that does not accept it, ResourceNotFoundException
 */
export function moveReplica(
  services: ReplicaServices,
  pool: UserPool,
  region: string,
  to: keyof typeof ACCEPTED_IN,
): Promise<Replica> {
  return changeReplica(services, pool, (current, present) => {
    if (region === current.region) throw primaryReplicaFixed();
    const replica = present.find((one) => one.region === region);
    if (!replica) throw replicaDoesNotExist(region);
    const accepted: readonly ReplicaStatusType[] = ACCEPTED_IN[to];
    if (!accepted.includes(replica.status)) throw replicaNotInState(region, replica.status);
    return { region, status: to, tags: replica.tags };
  });
}
