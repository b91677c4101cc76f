import { administratorCreatesUser } from "../../domain/accounts/index.ts";
import { administratorsOccasion, namedPool, validationData } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userType } from "../wire/user-type.ts";

export const adminCreateUser: OperationHandler<"AdminCreateUser"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const occasion = administratorsOccasion(context, pool, input.ClientMetadata);
  const call = { ...occasion.call, validationData: validationData(input.ValidationData) };
  return { User: userType(await administratorCreatesUser(context.services, { ...occasion, call }, input)) };
};
