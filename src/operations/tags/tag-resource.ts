import { withTags } from "../../domain/user-pools/index.ts";
import type { OperationHandler } from "../operation.ts";
import { changeTags } from "./tagged-pool.ts";

export const tagResource: OperationHandler<"TagResource"> = async (input, context) => {
  await changeTags(context, input.ResourceArn, (tags) => withTags(tags, input.Tags));
  return {};
};
