import { signingCertificate } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

/** Base64 of the DER form, without the lines of a PEM file. */
export const getSigningCertificate: OperationHandler<"GetSigningCertificate"> = async (input, context) => {
  const pool = await namedPool(context, input.UserPoolId);
  const { certificate } = await signingCertificate(context.services, pool);
  return { Certificate: Buffer.from(certificate).toString("base64") };
};
