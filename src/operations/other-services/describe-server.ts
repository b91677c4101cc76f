import { VERSION } from "../../runtime/version.ts";
import type { ServiceOperation } from "./operation.ts";

/** Which server this is, for whoever has credentials of it. */
export const describeServer: ServiceOperation = {
  name: "DescribeServer",
  service: "cognate",
  auditedAs: null,
  allowedToAll: true,
  input: {},
  invoke: async (_input, { region }) => ({ Product: "Cognate", Version: VERSION, Region: region }),
};
