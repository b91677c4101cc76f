import { resourceNotFound, ServiceError } from "../../domain/errors.ts";
import { namedUser } from "../caller.ts";
import type { OperationContext } from "../operation.ts";

/** The model declares no UserNotFoundException for the two reading operations: there the user is a resource that is not found. */
export const namedReader = (
  context: OperationContext,
  input: { readonly UserPoolId: string; readonly Username: string },
) =>
  namedUser(context, input).catch((refusal: unknown) => {
    throw refusal instanceof ServiceError && refusal.code === "UserNotFoundException"
      ? resourceNotFound(refusal.message)
      : refusal;
  });
