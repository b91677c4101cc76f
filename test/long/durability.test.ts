import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ApiCaller } from "../support/http-connection.ts";
import { startServerProcess } from "../support/server-process.ts";
import { durableAnswers, eventsIn, straceInto, straceMissing } from "../support/system-calls.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const directory = mkdtempSync(join(tmpdir(), "cognate-durability-"));
const missing = straceMissing();
if (missing) console.warn(`Durability is not checked: ${missing}.`);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Has a server acknowledge writes one after another, and reads from its system calls when they were on the disk. */
async function watchAnswers(name: string, nodeArguments: readonly string[] = []) {
  const record = join(directory, `${name}.strace`);
  const server = await startServerProcess({
    dataDir: join(directory, name),
    wrapper: straceInto(record),
    nodeArguments,
  });
  const api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "durability" });
  for (let i = 0; i < sizes.durableAnswers; i++)
    await api.call("AdminCreateUser", {
      UserPoolId: UserPool.Id,
      Username: `user-${i}`,
      MessageAction: "SUPPRESS",
    });
  api.close();
  await server.stop();
  return durableAnswers(eventsIn(record));
}

describe.skipIf(missing !== null)("an acknowledged write", () => {
  it(`is on the disk before the answer leaves, ${sizes.durableAnswers} times`, async () => {
    const { answers, durable } = await watchAnswers("full");
    figure("A2", `${durable} of ${answers} answers left after the log was synced`, "all");
    expect(answers).toBeGreaterThanOrEqual(sizes.durableAnswers);
    expect(durable).toBe(answers);
  });

  it("would be caught by this test if it were not", async () => {
    const careless = new URL("./normal-synchronous.ts", import.meta.url).href;
    const { answers, durable } = await watchAnswers("normal", ["--import", careless]);
    expect(answers).toBeGreaterThanOrEqual(sizes.durableAnswers);
    figure("A2", `control that does not wait for the disk: ${durable} of ${answers}`, "under half");
    expect(durable).toBeLessThan(answers / 2);
  });
});
