import type { OperationHandler } from "../operation.ts";
import { taggedPool } from "./tagged-pool.ts";

export const listTagsForResource: OperationHandler<"ListTagsForResource"> = async (input, context) => {
  const pool = await taggedPool(context, input.ResourceArn);
  return { Tags: pool.settings.UserPoolTags ?? {} };
};
