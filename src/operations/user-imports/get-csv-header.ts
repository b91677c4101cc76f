import { csvHeader } from "../../domain/user-imports/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const getCsvHeader: OperationHandler<"GetCSVHeader"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  return { UserPoolId: pool.id, CSVHeader: csvHeader(pool) };
};
