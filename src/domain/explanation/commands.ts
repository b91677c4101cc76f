import type { ExplicitAuthFlowsType } from "../../api/generated/shapes.ts";
import { allowsFlow, type Flow } from "../clients/index.ts";
import type { ExplainedCommand } from "./explanation.ts";
import type { ExplainedClient, Situation } from "./situation.ts";

const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as a shell takes it. */
const shellWord = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A command of the AWS command line, quoted for a shell. */
export const awsCommand = (...words: readonly string[]): string =>
  ["aws", "cognito-idp", ...words].map(shellWord).join(" ");

/** Commands on one user of one pool. */
export interface UserCommands {
  enable(): ExplainedCommand;
  confirm(): ExplainedCommand;
  setPassword(): ExplainedCommand;
  setTemporaryPassword(): ExplainedCommand;
  resendInvitation(): ExplainedCommand;
  forgotPassword(clientId: string): ExplainedCommand;
  confirmForgotPassword(clientId: string): ExplainedCommand;
  resendCode(clientId: string): ExplainedCommand;
  setAttribute(purpose: string, attribute: string, value: string): ExplainedCommand;
  describeMfa(): ExplainedCommand;
  allowFlow(client: ExplainedClient, flow: Flow): ExplainedCommand;
}

/** The flows that a client may use, under the present names: an update puts all of them in place of those before. */
const FLOWS: readonly Flow[] = [
  "ADMIN_USER_PASSWORD_AUTH",
  "CUSTOM_AUTH",
  "REFRESH_TOKEN_AUTH",
  "USER_AUTH",
  "USER_PASSWORD_AUTH",
  "USER_SRP_AUTH",
];

export function commandsFor({ pool, user }: Pick<Situation, "pool" | "user">): UserCommands {
  const poolWords = ["--user-pool-id", pool.id];
  const of = [...poolWords, "--username", user.username];
  const command = (Purpose: string, ...words: string[]): ExplainedCommand => ({
    Purpose,
    Command: awsCommand(...words),
  });
  const byPerson = (clientId: string) => ["--client-id", clientId, "--username", user.username];
  return {
    enable: () => command("enable the user", "admin-enable-user", ...of),
    confirm: () => command("confirm the account without the code", "admin-confirm-sign-up", ...of),
    setPassword: () =>
      command(
        "set a password for good: the user is CONFIRMED",
        "admin-set-user-password",
        ...[...of, "--password", "PASSWORD", "--permanent"],
      ),
    setTemporaryPassword: () =>
      command(
        "set a temporary password, to be changed at the next sign-in",
        "admin-set-user-password",
        ...[...of, "--password", "PASSWORD", "--no-permanent"],
      ),
    resendInvitation: () =>
      command(
        "send a new invitation with a new temporary password",
        "admin-create-user",
        ...[...of, "--message-action", "RESEND"],
      ),
    forgotPassword: (clientId) =>
      command("send a code for a new password", "forgot-password", ...byPerson(clientId)),
    confirmForgotPassword: (clientId) =>
      command(
        "choose a new password with the code",
        "confirm-forgot-password",
        ...[...byPerson(clientId), "--confirmation-code", "CODE", "--password", "PASSWORD"],
      ),
    resendCode: (clientId) =>
      command("send the code of the sign-up again", "resend-confirmation-code", ...byPerson(clientId)),
    setAttribute: (purpose, name, value) =>
      command(
        purpose,
        "admin-update-user-attributes",
        ...[...of, "--user-attributes", `Name=${name},Value=${value}`],
      ),
    describeMfa: () =>
      command("see which second factors the pool offers", "get-user-pool-mfa-config", ...poolWords),
    allowFlow(client, flow) {
      const allowed = FLOWS.filter((one) => one === flow || allowsFlow(client.settings, one));
      const names: ExplicitAuthFlowsType[] = allowed.map((one): ExplicitAuthFlowsType => `ALLOW_${one}`);
      return command(
        `allow ${flow} to the app client (settings that are not named go back to their defaults)`,
        "update-user-pool-client",
        ...[...poolWords, "--client-id", client.id, "--explicit-auth-flows", ...names],
      );
    },
  };
}
