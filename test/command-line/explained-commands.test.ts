import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation, ObstacleReason } from "../../src/domain/explanation/index.ts";
import { EMAIL, PHONE } from "../scenarios/explain-user/guided-sign-in.ts";
import { CLIENT_OF_ALL_FLOWS, SITUATIONS } from "../scenarios/explain-user/situations.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { runCommand } from "../support/command-line.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

async function explained({ UserPoolId }: Pick<Scene, "UserPoolId">, name = "ana"): Promise<Explanation> {
  const { status, output, errors } = await runCommand(
    ["user", "explain", name, "--pool", UserPoolId, "--json"],
    { env: { AWS_ENDPOINT_URL: world.url } },
  );
  expect([status, errors]).toEqual([0, ""]);
  return JSON.parse(output);
}

/** The same without a process of its own. */
async function obstaclesOf({ UserPoolId }: Scene): Promise<Explanation> {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "CognateService.ExplainUser",
  };
  const body = JSON.stringify({ UserPoolId, Username: "ana" });
  const response = await fetch(world.url, { method: "POST", headers, body });
  return (await response.json()) as Explanation;
}

/** Runs a printed command as it is, with what it leaves open filled in. */
async function run(command: string, place: Scene): Promise<void> {
  const [, , ...words] = command.split(" ");
  const code = command.includes("CODE") ? await place.code(EMAIL) : "";
  const filled = words.map((word) =>
    word
      .replace(/^PASSWORD$/, OTHER_PASSWORD)
      .replace(/^CODE$/, code)
      .replace(/NUMBER$/, PHONE),
  );
  const { status, errorText } = await awsCli(world.url)(...filled);
  expect(status, errorText).toBe(0);
}

/** For each obstacle, someone who has it, and which of its commands in order take it away. */
const CURES: readonly (readonly [ObstacleReason, who: string, commands: readonly number[]])[] = [
  ["DISABLED", "who was disabled", [0]],
  ["UNCONFIRMED", "who signed up and did not confirm the account", [0]],
  ["RESET_REQUIRED", "whose password was reset", [0, 1]],
  ["RESET_REQUIRED", "whose password was reset", [2]],
  ["NO_RECOVERY_ADDRESS", "whose password was reset and whose address is no longer verified", [0]],
  ["TEMPORARY_PASSWORD_EXPIRED", "whose temporary password expired", [0]],
  ["TEMPORARY_PASSWORD_EXPIRED", "whose temporary password expired", [1]],
  ["TEMPORARY_PASSWORD_EXPIRED", "whose temporary password expired", [2]],
  ["FORCE_CHANGE_PASSWORD", "with a temporary password", [0]],
  ["LOCKED", "who is locked out after wrong passwords", [0, 1]],
  ["NO_PASSWORD", "who has no password and whose client takes nothing else", [0]],
  ["NO_SECOND_FACTOR", "who must have a code by SMS and has no number", [0]],
  ["FLOW_NOT_ENABLED", "at a client that allows only to refresh", [1]],
];

describe.skipIf(awsCliMissing)(
  `commands that are explained, run by the AWS CLI ${awsCliMissing ?? ""}`,
  () => {
    it.each(CURES)("take %s away from a user %s (%j)", async (reason, who, commands) => {
      const situation = SITUATIONS.find((one) => one.who === who);
      if (!situation) throw new Error(`Nobody ${who}`);
      const { pool, mfa, client, prepare } = situation;
      const place = await scene(world, pool, { ...CLIENT_OF_ALL_FLOWS, ...client });
      const { UserPoolId } = place;
      if (mfa) await place.api("SetUserPoolMfaConfig", { UserPoolId, ...mfa });
      await prepare(place, world);
      const obstacle = (await obstaclesOf(place)).Obstacles.find(({ Reason }) => Reason === reason);
      for (const index of commands) await run(obstacle?.Commands[index]?.Command ?? "nothing", place);
      const after = await obstaclesOf(place);
      expect(after.Obstacles.map(({ Reason }) => Reason)).not.toContain(reason);
      if (reason !== "NO_RECOVERY_ADDRESS") expect(after.CanSignIn).toBe(true);
    });
  },
);

/** The jobs of an administrator and a developer, by the AWS CLI's own commands, with `cognate user explain` between them. */
describe.skipIf(awsCliMissing)(`by the AWS CLI, explained at each step ${awsCliMissing ?? ""}`, () => {
  const prepared = async (pool = {}) => {
    const place = await scene(world, { UsernameAttributes: ["email"], ...pool });
    const aws = awsCli(world.url);
    const of = ["--user-pool-id", place.UserPoolId];
    const onAna = (command: string, ...words: string[]) => aws(command, ...of, "--username", EMAIL, ...words);
    const says = async () => (await explained(place, EMAIL)).Summary.replace(/^\S+ /, "");
    const create = () =>
      onAna(
        ...(["admin-create-user", "--message-action", "SUPPRESS", "--temporary-password", PASSWORD] as const),
        ...["--user-attributes", `Name=email,Value=${EMAIL}`, "Name=email_verified,Value=true"],
      );
    return { place, aws, of, onAna, says, create };
  };

  it("a user is created, confirmed, and signs in by e-mail address and by username", async () => {
    const { place, onAna, says, create } = await prepared();
    const { output } = await create();
    expect(output.User.UserStatus).toBe("FORCE_CHANGE_PASSWORD");
    expect(await says()).toBe(
      "(FORCE_CHANGE_PASSWORD) can sign in by USER_PASSWORD_AUTH: NEW_PASSWORD_REQUIRED → tokens.",
    );
    await onAna("admin-set-user-password", "--password", PASSWORD, "--permanent");
    expect((await onAna("admin-get-user")).output.UserStatus).toBe("CONFIRMED");
    expect(await says()).toBe("(CONFIRMED) can sign in by USER_PASSWORD_AUTH: tokens.");
    await place.tokens(EMAIL);
    await place.tokens(output.User.Username);
  });

  it("a temporary password leads to tokens, also by the older road of administrators", async () => {
    const { place, aws, of, onAna, says, create } = await prepared();
    await create();
    await onAna("admin-set-user-password", "--password", OTHER_PASSWORD, "--no-permanent");
    expect(await says()).toContain("NEW_PASSWORD_REQUIRED → tokens");
    const client = [...of, "--client-id", place.ClientId];
    const { output: asked } = await aws(
      ...["admin-initiate-auth", ...client, "--auth-flow", "ADMIN_NO_SRP_AUTH"],
      ...["--auth-parameters", `USERNAME=${EMAIL},PASSWORD=${OTHER_PASSWORD}`],
    );
    expect(asked.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const { output } = await aws(
      ...["admin-respond-to-auth-challenge", ...client, "--challenge-name", "NEW_PASSWORD_REQUIRED"],
      ...["--session", asked.Session],
      ...["--challenge-responses", `USERNAME=${EMAIL},NEW_PASSWORD=${PASSWORD}`],
    );
    expect(output.AuthenticationResult.AccessToken).toBeDefined();
    expect(await says()).toBe("(CONFIRMED) can sign in by USER_PASSWORD_AUTH: tokens.");
  });

  it("a password is reset once the address is vouched for", async () => {
    const { place, onAna, says, create } = await prepared();
    await create();
    await onAna("admin-set-user-password", "--password", PASSWORD, "--permanent");
    await onAna("admin-update-user-attributes", "--user-attributes", "Name=email_verified,Value=false");
    expect((await onAna("admin-reset-user-password")).errorMessage).toContain("no registered/verified email");
    const { Recovery } = await explained(place, EMAIL);
    expect(Recovery).toMatchObject({ Possible: false, Error: { Code: "InvalidParameterException" } });
    await onAna("admin-update-user-attributes", "--user-attributes", "Name=email_verified,Value=true");
    expect((await explained(place, EMAIL)).Recovery).toEqual({ Possible: true, Destination: "a***@e***" });
    expect((await onAna("admin-reset-user-password")).status).toBe(0);
    expect(await says()).toMatch(/^\(RESET_REQUIRED\) cannot sign in\. An administrator reset the password/);
    const [reset] = (await explained(place, EMAIL)).Obstacles;
    await run(reset?.Commands[1]?.Command ?? "", place);
    expect(await says()).toBe("(CONFIRMED) can sign in by USER_PASSWORD_AUTH: tokens.");
    await place.tokens(EMAIL, OTHER_PASSWORD);
  });

  it("a new password comes before the second factor", async () => {
    const { place, aws, of, says, create } = await prepared({ EmailConfiguration: OWN_SENDER });
    await create();
    await aws(
      ...["set-user-pool-mfa-config", ...of, "--mfa-configuration", "ON"],
      ...["--email-mfa-configuration", JSON.stringify({ Message: "Code {####}", Subject: "Your code" })],
    );
    expect(await says()).toBe(
      "(FORCE_CHANGE_PASSWORD) can sign in by USER_PASSWORD_AUTH: NEW_PASSWORD_REQUIRED → EMAIL_OTP → tokens.",
    );
    const { Session } = await place.signIn(EMAIL);
    const responses = { USERNAME: EMAIL, NEW_PASSWORD: OTHER_PASSWORD };
    const next = await place.answer("NEW_PASSWORD_REQUIRED", Session, responses);
    expect([next.ChallengeName, next.ChallengeParameters?.CODE_DELIVERY_DESTINATION]).toEqual([
      "EMAIL_OTP",
      "a***@e***",
    ]);
    const code = { USERNAME: EMAIL, EMAIL_OTP_CODE: await place.code(EMAIL) };
    const { AuthenticationResult } = await place.answer("EMAIL_OTP", next.Session, code);
    expect(AuthenticationResult?.AccessToken).toBeDefined();
  });
});
