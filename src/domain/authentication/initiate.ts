import type { AuthFlowType } from "../../api/generated/shapes.ts";
import { canonicalFlow, type Flow, requireFlow } from "../clients/index.ts";
import { initiateAuthMethodNotSupported } from "../errors.ts";
import type { Services } from "../services.ts";
import { requireAdmittedAddress } from "../threat-protection/index.ts";
import type { FlowRequest } from "./flow.ts";
import { flows } from "./flows/index.ts";
import { identify } from "./identify.ts";
import type { SignInOutcome } from "./outcome.ts";

/** Who begins the sign-in: an application, or a backend with administrator rights. */
export type SignInEntry = "client" | "administrator";

/** The flows that only one of the two operations takes. */
const ONLY_FOR: Partial<Record<Flow, SignInEntry>> = {
  USER_PASSWORD_AUTH: "client",
  ADMIN_USER_PASSWORD_AUTH: "administrator",
};

/**
 * InitiateAuth and AdminInitiateAuth: checks that the flow may be used here, then begins it.
 * @throws InvalidParameterException, and what the flow throws
 */
export async function beginSignIn(
  services: Services,
  entry: SignInEntry,
  authFlow: AuthFlowType,
  request: FlowRequest,
): Promise<SignInOutcome> {
  const name = canonicalFlow(authFlow);
  if ((ONLY_FOR[name] ?? entry) !== entry) throw initiateAuthMethodNotSupported();
  requireFlow(request.client.settings, name);
  const flow = flows[name];
  if (flow.kind === "by-token") return flow.begin(services, request);
  await requireAdmittedAddress(services, request);
  return flow.begin(services, await identify(services, flow, request));
}
