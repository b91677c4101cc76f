import { stopImportJob } from "../../domain/user-imports/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userImportJobType } from "../wire/user-import-job-type.ts";

export const stopUserImportJob: OperationHandler<"StopUserImportJob"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const job = await stopImportJob(services, pool, input.JobId);
  return { UserImportJob: userImportJobType(services, pool, job) };
};
