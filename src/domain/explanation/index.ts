export { awsCommand } from "./commands.ts";
export { explain } from "./explain.ts";
export { explainUser } from "./explain-user.ts";
export type {
  ExplainedCommand,
  ExplainedRecovery,
  ExplainedSignIn,
  ExplainedStep,
  Explanation,
  HistoryEntry,
  Obstacle,
  ObstacleReason,
} from "./explanation.ts";
export { SIGN_IN_FLOWS, type SignInFlow, type SignInPath, signInPath } from "./sign-in-path.ts";
export type { ExplainedClient, ExplainedPool, Situation } from "./situation.ts";
