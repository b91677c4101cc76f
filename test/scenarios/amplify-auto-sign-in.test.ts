import { autoSignIn, confirmSignUp, signUp } from "@aws-amplify/auth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configureAmplify } from "../support/amplify.ts";
import { closeWithinModel } from "../support/builders.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const EMAIL = "alice@example.com";
const username = "alice";

// In a file of its own: Amplify keeps one automatic sign-in per process, and an earlier one's listeners would answer for this.
describe("Amplify v6, signing up without a password", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  it("goes on to autoSignIn by the Session of ConfirmSignUp", async () => {
    const place = await scene(
      world,
      {
        AutoVerifiedAttributes: ["email"],
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
      },
      { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
    );
    configureAmplify({ url: world.url, ...place });
    const options = { userAttributes: { email: EMAIL }, autoSignIn: { authFlowType: "USER_AUTH" as const } };
    await signUp({ username, options });
    await confirmSignUp({ username, confirmationCode: await place.code(EMAIL) });
    expect(await autoSignIn()).toEqual({ isSignedIn: true, nextStep: { signInStep: "DONE" } });
    expect(await place.messagesTo(EMAIL)).toBe(1);
  });
});
