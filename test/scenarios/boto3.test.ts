import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { boto3Missing } from "../support/boto3.ts";
import { closeWithinModel } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
afterAll(() => closeWithinModel(world));

describe.skipIf(boto3Missing)(`boto3 (${boto3Missing ?? "installed"})`, () => {
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
