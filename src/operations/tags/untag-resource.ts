import { withoutTags } from "../../domain/user-pools/index.ts";
import type { OperationHandler } from "../operation.ts";
import { changeTags } from "./tagged-pool.ts";

export const untagResource: OperationHandler<"UntagResource"> = async (input, context) => {
  await changeTags(context, input.ResourceArn, (tags) => withoutTags(tags, input.TagKeys));
  return {};
};
