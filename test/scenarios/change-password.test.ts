import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { atFullHour, OTHER_PASSWORD, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const WRONG_PASSWORD = "NotAuthorizedException: Incorrect username or password.";
const LIMIT = "LimitExceededException: Attempt limit exceeded, please try after some time.";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

async function signedInAna(pool = {}) {
  const place = await scene(world, pool);
  await place.user("ana");
  const { AccessToken } = await place.tokens("ana");
  const change = (PreviousPassword: string | undefined, ProposedPassword = OTHER_PASSWORD) =>
    place.api("ChangePassword", {
      AccessToken,
      ProposedPassword,
      ...(PreviousPassword === undefined ? {} : { PreviousPassword }),
    });
  return { place, AccessToken, change };
}

describe("ChangePassword", () => {
  it.skipIf(awsCliMissing)("by the AWS CLI, puts the new password in place of the old one", async () => {
    const { place, AccessToken } = await signedInAna();
    const changed = await awsCli(world.url)(
      ...["change-password", "--access-token", AccessToken],
      ...["--previous-password", PASSWORD, "--proposed-password", OTHER_PASSWORD],
    );
    expect(changed).toMatchObject({ status: 0, errorText: "" });
    expect(await refusal(place.signIn("ana"))).toBe(WRONG_PASSWORD);
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("answers with an empty object and leaves tokens, status and attributes as they are", async () => {
    const { place, AccessToken, change } = await signedInAna();
    const { RefreshToken } = await place.tokens("ana");
    expect(await change(PASSWORD)).toEqual({});
    expect((await place.api("GetUser", { AccessToken })).Username).toBe("ana");
    expect((await place.refresh(RefreshToken)).AuthenticationResult).toBeDefined();
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("is refused with a wrong previous password or none", async () => {
    const { place, change } = await signedInAna();
    expect(await refusal(change("Wr0ng-password!"))).toBe(WRONG_PASSWORD);
    expect(await refusal(change(undefined))).toBe(WRONG_PASSWORD);
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });

  it.each([
    ["Sh0rt!", "Password not long enough"],
    ["lower-case-0nly", "Password must have uppercase characters"],
    ["UPPER-CASE-0NLY", "Password must have lowercase characters"],
    ["No-digits-here", "Password must have numeric characters"],
    ["N0symbolsHere", "Password must have symbol characters"],
  ])("is refused for the new password %s", async (proposed, reason) => {
    const { change } = await signedInAna();
    expect(await refusal(change(PASSWORD, proposed))).toBe(
      `InvalidPasswordException: Password does not conform to policy: ${reason}`,
    );
  });

  it("is refused for a password of the history, where the pool keeps one, the current one included", async () => {
    const { change } = await signedInAna({
      Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
    });
    const used = /^PasswordHistoryPolicyViolationException: /;
    expect(await refusal(change(PASSWORD, PASSWORD))).toMatch(used);
    await change(PASSWORD, "second-password");
    expect(await refusal(change("second-password", PASSWORD))).toMatch(used);
    await change("second-password", "third-password");
    await change("third-password", PASSWORD);
  });

  it("may keep the password where the pool keeps no history", async () => {
    const { change } = await signedInAna();
    expect(await change(PASSWORD, PASSWORD)).toEqual({});
  });

  it("is done at most five times an hour", async () => {
    await atFullHour(world);
    const { change } = await signedInAna();
    for (let n = 1; n <= 5; n++) await change(PASSWORD, PASSWORD);
    expect(await refusal(change(PASSWORD))).toBe(LIMIT);
  });

  it("counts a wrong previous password as a failed sign-in", async () => {
    await atFullHour(world);
    const { place, change } = await signedInAna();
    for (let n = 1; n <= 5; n++) expect(await refusal(change("Wr0ng-password!"))).toBe(WRONG_PASSWORD);
    expect(await refusal(place.signIn("ana"))).toBe("NotAuthorizedException: Password attempts exceeded");
  });

  it("of five at once leaves one of the proposed passwords", async () => {
    await atFullHour(world);
    const { place, change } = await signedInAna();
    const proposals = Array.from({ length: 5 }, (_, i) => `Proposed-passw0rd-${i}`);
    const { won, refusals } = await race(proposals.map((proposed) => change(PASSWORD, proposed)));
    expect(won).toBeGreaterThanOrEqual(1);
    for (const text of refusals) expect(text).toBe(WRONG_PASSWORD);
    await world.advanceSeconds(60);
    let working = 0;
    for (const proposed of proposals)
      working += await place.signIn("ana", proposed).then(
        () => 1,
        () => 0,
      );
    expect(working).toBe(1);
  });

  it("is refused with what is no access token, with an expired one, and for a disabled user", async () => {
    const { place, change } = await signedInAna();
    const { IdToken } = await place.tokens("ana");
    const withToken = (AccessToken: string) =>
      place.api("ChangePassword", {
        AccessToken,
        PreviousPassword: PASSWORD,
        ProposedPassword: OTHER_PASSWORD,
      });
    expect(await refusal(withToken("none"))).toBe("NotAuthorizedException: Invalid Access Token");
    expect(await refusal(withToken(IdToken))).toBe("NotAuthorizedException: Invalid Access Token");
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(await refusal(change(PASSWORD))).toMatch(/^NotAuthorizedException: /);
    await world.advanceSeconds(3601);
    expect(await refusal(change(PASSWORD))).toBe("NotAuthorizedException: Access Token has expired");
  });

  it("hides the passwords in what it says of a malformed call", async () => {
    const { place, AccessToken } = await signedInAna();
    const text = await refusal(
      place.api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: " leading" }),
    );
    expect(text).toMatch(
      /^InvalidParameterException: 1 validation error detected: Value at 'proposedPassword'/,
    );
    expect(text).not.toContain("leading");
  });
});
