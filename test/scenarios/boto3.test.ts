import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { closeWithinModel } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
afterAll(() => closeWithinModel(world));

/** Why the tests with boto3 cannot run here; null when they can. */
function boto3Missing(): string | null {
  try {
    execFileSync("python3", ["-c", "import boto3"], { stdio: "ignore" });
    return null;
  } catch {
    return "python3 with boto3 is not installed";
  }
}
const missing = boto3Missing();

describe.skipIf(missing)(`boto3 (${missing ?? "installed"})`, () => {
  it("takes a user from the first sign-in to tokens, and maps refusals to its exceptions", async () => {
    const script = new URL("boto3/first_sign_in.py", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)("python3", [script, world.url]);
    expect(JSON.parse(stdout)).toEqual({
      statusCode: 200,
      createdStatus: "FORCE_CHANGE_PASSWORD",
      createdAtIsDate: true,
      refused: { Code: "NotAuthorizedException", Message: "Incorrect username or password." },
      challenge: "NEW_PASSWORD_REQUIRED",
      tokens: ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"],
      username: "ana",
      attributes: { sub: expect.any(String), email: "ana@example.com" },
      listed: ["ana"],
    });
  });
});
