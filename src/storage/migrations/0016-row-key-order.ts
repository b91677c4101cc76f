import type { Migration } from "./migration.ts";

const SEARCHED = ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];

/**
 * On PostgreSQL, lists of a pool's users and of a group's members are ordered by the row key with nulls first, though it is never
 * null: the primary key's index, which spans all pools, cannot serve that order. Otherwise the planner, who thinks a pool's users
 * to be spread evenly over the table, may look for them by walking through everyone else's.
 */
export const rowKeyOrder: Migration = {
  name: "0016-row-key-order",
  compatibility: "compatible",
  statements: ({ inListOrder }) => {
    if (inListOrder === null) return [];
    const remade = (name: string, columns: string, condition = "") => [
      `drop index if exists ${name}`,
      `create index if not exists ${name} on ${columns} ${condition}`,
    ];
    const key = inListOrder("key");
    return [
      ...remade("user_account_pool", `user_account (pool_key, ${key})`),
      ...["username", "status", "enabled"].flatMap((column) =>
        remade(`user_account_by_${column}`, `user_account (pool_key, ${column}, ${key})`),
      ),
      ...SEARCHED.flatMap((column) =>
        remade(
          `user_account_by_${column}`,
          `user_account (pool_key, ${column}, ${key})`,
          `where ${column} is not null`,
        ),
      ),
      ...remade("group_member_by_user", `group_member (${inListOrder("user_key")})`),
    ];
  },
};
