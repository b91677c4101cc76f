import type { UserPoolReplicaType } from "../../api/generated/shapes.ts";
import { type Replica, type UserPool, userPoolArn } from "../../domain/user-pools/index.ts";

/** A replica's ARN is the pool's in another region: the pool id stays. */
export const replicaType = (
  { id, accountId }: UserPool,
  { region, status }: Pick<Replica, "region" | "status">,
): UserPoolReplicaType => ({
  RegionName: region,
  Status: status,
  Role: "SECONDARY",
  UserPoolArn: userPoolArn({ id, accountId, region }),
});

/** The pool itself among its replicas. */
export const primaryType = (pool: UserPool): UserPoolReplicaType => ({
  RegionName: pool.region,
  Status: "ACTIVE",
  Role: "PRIMARY",
  UserPoolArn: userPoolArn(pool),
});
