import { createImportJob } from "../../domain/user-imports/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userImportJobType } from "../wire/user-import-job-type.ts";

export const createUserImportJob: OperationHandler<"CreateUserImportJob"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  return { UserImportJob: userImportJobType(services, pool, await createImportJob(services, pool, input)) };
};
