import type { GroupType } from "../../api/generated/shapes.ts";
import type { Group } from "../../domain/groups/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

/** What was never set is absent. */
export const groupType = (pool: UserPool, group: Group): GroupType => ({
  GroupName: group.name,
  UserPoolId: pool.id,
  ...(group.description !== null ? { Description: group.description } : {}),
  ...(group.roleArn !== null ? { RoleArn: group.roleArn } : {}),
  ...(group.precedence !== null ? { Precedence: group.precedence } : {}),
  LastModifiedDate: timestamp(group.modifiedAt),
  CreationDate: timestamp(group.createdAt),
});
