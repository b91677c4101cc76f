import { SECOND } from "../../runtime/clock.ts";
import { deviceTracking } from "../user-pools/index.ts";
import type { ExplainedSignIn, Explanation, Obstacle } from "./explanation.ts";
import { type FoundPath, obstaclesOf, recoveryOf } from "./obstacles.ts";
import { SIGN_IN_FLOWS, signInPath } from "./sign-in-path.ts";
import type { ExplainedClient, Situation } from "./situation.ts";

function signInOf(
  situation: Situation,
  { client, flow, path: { steps, refusal } }: FoundPath,
): ExplainedSignIn {
  const remembered =
    situation.rememberedDevice && deviceTracking(situation.pool)?.replacesSecondFactor
      ? signInPath(situation, client, flow, "remembered device").steps
      : null;
  return {
    ClientId: client.id,
    ClientName: client.settings.ClientName,
    AuthFlow: flow,
    Operation: flow === "ADMIN_USER_PASSWORD_AUTH" ? "AdminInitiateAuth" : "InitiateAuth",
    Steps: steps,
    ...(remembered === null ? {} : { StepsOnRememberedDevice: remembered }),
    Outcome: refusal ? "REFUSED" : "TOKENS",
    ...(refusal ? { Error: { Code: refusal.code, Message: refusal.message } } : {}),
  };
}

/** What the answers cannot tell, because it is decided elsewhere while someone signs in. */
function unknownsOf({ pool }: Situation, clients: readonly ExplainedClient[]): string[] {
  const { LambdaConfig: functions = {}, UserPoolAddOns: addOns } = pool.settings;
  const names = (["PreAuthentication", "PreTokenGeneration", "PostAuthentication"] as const).filter(
    (name) => functions[name],
  );
  return [
    ...(names.length > 0 ? [`The pool's functions may refuse a sign-in: ${names.join(", ")}.`] : []),
    ...(functions.DefineAuthChallenge ? ["CUSTOM_AUTH asks what the pool's functions say."] : []),
    ...(addOns?.AdvancedSecurityMode === "ENFORCED"
      ? ["Threat protection may refuse a sign-in that looks risky, or ask for a second factor."]
      : []),
    ...(clients.some(({ hasSecret }) => hasSecret)
      ? ["Clients with a secret must send SECRET_HASH; whether theirs is right is not known here."]
      : []),
  ];
}

function summaryOf(
  { user }: Situation,
  signIns: readonly ExplainedSignIn[],
  obstacles: readonly Obstacle[],
): string {
  const way = signIns.find(({ Outcome, AuthFlow }) => Outcome === "TOKENS" && AuthFlow !== "CUSTOM_AUTH");
  if (way) {
    const asked = way.Steps.map(({ Challenge }) => Challenge);
    return `${user.username} (${user.status}) can sign in by ${way.AuthFlow}: ${[...asked, "tokens"].join(" → ")}.`;
  }
  const causes = obstacles.filter(({ Blocks }) => Blocks).map(({ Explanation }) => Explanation);
  const said = signIns.find(({ Error: error }) => error)?.Error?.Message;
  return [
    `${user.username} (${user.status}) cannot sign in.`,
    ...(causes.length > 0 ? causes : said ? [`The answer is: ${said}`] : []),
  ].join(" ");
}

/**
 * Why the user of this situation can or cannot sign in, what each sign-in does step by step, and what moves the user on. Pure: asks
 * the functions that decide in the sign-in itself.
 * @param clients those to look at, of one pool
 * @param unknowns what the situation itself could not tell
 */
export function explain(
  situation: Situation,
  clients: readonly ExplainedClient[],
  unknowns: readonly string[] = [],
): Explanation {
  const { pool, user } = situation;
  const paths: FoundPath[] = clients.flatMap((client) =>
    SIGN_IN_FLOWS.map((flow) => ({ client, flow, path: signInPath(situation, client, flow) })),
  );
  const signIns = paths.map((path) => signInOf(situation, path));
  const obstacles = obstaclesOf(situation, clients, paths);
  return {
    UserPoolId: pool.id,
    Username: user.username,
    UserStatus: user.status,
    Enabled: user.enabled,
    UserCreateDate: user.createdAt / SECOND,
    UserLastModifiedDate: user.modifiedAt / SECOND,
    CanSignIn: signIns.some(({ Outcome }) => Outcome === "TOKENS"),
    Summary: summaryOf(situation, signIns, obstacles),
    Obstacles: obstacles,
    SignIns: signIns,
    Recovery: recoveryOf(situation),
    Unknowns: [...unknownsOf(situation, clients), ...unknowns],
  };
}
