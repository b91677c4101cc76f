import { deleteSoftwareToken } from "../../domain/authentication/index.ts";
import { namedUser } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const adminDeleteSoftwareToken: OperationHandler<"AdminDeleteSoftwareToken"> = async (
  input,
  context,
) => {
  const { user } = await namedUser(context, input);
  await deleteSoftwareToken(context.services, user);
  return {};
};
