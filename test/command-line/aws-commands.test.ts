import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, type Output, operationNames } from "../../src/api/operation.ts";
import { commandName } from "../../src/cli/aws-commands/service-model.ts";
import type { Step, Walk } from "../scenarios/every-operation/step.ts";
import { documentedFor, STEPS, stepNames } from "../scenarios/every-operation/steps.ts";
import { newWalk } from "../scenarios/every-operation/walk.ts";
import { apiOf } from "../support/api.ts";
import { makePool, makeUser } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";
import { COMMAND_LINES } from "./aws-commands/command-lines.ts";
import { startRecorder } from "./aws-commands/recorder.ts";
import { awsRunner, cognateRunner } from "./aws-commands/runners.ts";
import { expectSameRun, type Programs } from "./aws-commands/same-run.ts";
import { wordsFor } from "./aws-commands/words.ts";

function awsCliMissing(): string | null {
  try {
    execFileSync("python3", ["-c", "import awscli.clidriver"], { stdio: "ignore" });
    return null;
  } catch {
    return "python3 with the AWS CLI, version 1, is not installed";
  }
}
const missing = awsCliMissing();

async function startPrograms(world: World): Promise<Programs> {
  const recorder = await startRecorder(world.url);
  return { recorder, aws: awsRunner(recorder.url), cognate: cognateRunner(recorder.url) };
}

async function end({ recorder, aws, cognate }: Programs): Promise<void> {
  aws.close();
  cognate.close();
  await recorder.close();
}

describe.skipIf(missing)(
  `cognate cognito-idp and sts, beside the AWS CLI${missing ? ` (skipped: ${missing})` : ""}`,
  () => {
    let world: World;
    let programs: Programs;
    let directory: string;
    let poolId: string;

    beforeAll(async () => {
      world = await startWorld();
      programs = await startPrograms(world);
      const api = apiOf(world);
      poolId = (await makePool(api)).Id;
      for (let i = 0; i < 7; i++)
        await api("CreateGroup", {
          UserPoolId: poolId,
          GroupName: `group-${i}`,
          Description: `dé ${i}`,
          Precedence: i,
        });
      for (const name of ["ana", "bob", "éva", "日本"])
        await makeUser(api, poolId, name, { attributes: { email: "someone@example.com" } });
      directory = mkdtempSync(join(tmpdir(), "cognate-aws-commands-"));
      const file = (name: string, content: string | Buffer) => writeFileSync(join(directory, name), content);
      file("name.txt", "group-1");
      file("lines.txt", "group-1\r\ngroup-2\n");
      file("bytes", Buffer.from([0xff, 0xfe, 0, 0x31]));
      file("attributes.json", '[{"Name": "email", "Value": "x"}]');
      file("input.json", JSON.stringify({ UserPoolId: poolId, Limit: 2 }));
    });
    afterAll(async () => {
      await end(programs);
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const filled = (words: readonly string[]): readonly string[] =>
      words.map((word) =>
        word
          .replaceAll("$POOL", poolId)
          .replaceAll("$DIRECTORY", directory)
          .replaceAll("$NOWHERE", join(directory, "nowhere")),
      );

    it("has a table of more than a hundred command lines", () => {
      expect(Object.values(COMMAND_LINES).flat().length).toBeGreaterThan(250);
    });

    for (const [subject, lines] of Object.entries(COMMAND_LINES))
      describe(subject, () => {
        it.each(lines.map((words) => ({ title: words.join(" "), words })))("$title", async ({ words }) => {
          await expectSameRun(programs, filled(words));
        });
      });

    it("goes on where a list was cut off", async () => {
      const first = await expectSameRun(
        programs,
        filled([
          "cognito-idp",
          "list-groups",
          "--user-pool-id",
          "$POOL",
          "--max-items",
          "4",
          "--page-size",
          "3",
        ]),
      );
      const { NextToken } = JSON.parse(first.output);
      const rest = await expectSameRun(
        programs,
        filled(["cognito-idp", "list-groups", "--user-pool-id", "$POOL", "--starting-token", NextToken]),
      );
      expect(JSON.parse(rest.output).Groups.map(({ GroupName }: { GroupName: string }) => GroupName)).toEqual(
        ["group-4", "group-5", "group-6"],
      );
    });
  },
);

describe.skipIf(missing)(`every operation as a command${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let world: World;
  let programs: Programs;
  let walk: Walk;
  let directory: string;
  const known = new Set(documentedFor("AWS CLI"));
  beforeAll(async () => {
    world = await startWorld();
    programs = await startPrograms(world);
    walk = newWalk(world);
    directory = mkdtempSync(join(tmpdir(), "cognate-walk-"));
  });
  afterAll(async () => {
    await end(programs);
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function take<N extends OperationName>(operation: N): Promise<void> {
    const step: Step<N> = STEPS[operation];
    const words = [
      "cognito-idp",
      commandName(operation),
      ...wordsFor(operation, await step.input(walk), directory),
    ];
    let output: string;
    if (known.has(operation)) ({ output } = await expectSameRun(programs, words));
    else {
      programs.recorder.record();
      const run = await programs.cognate.run(words);
      expect(run).toMatchObject({ errors: "", status: 0 });
      ({ output } = run);
    }
    await step.check(walk, JSON.parse(output || "{}") as Output<N>);
  }

  it("has all operations", () => {
    expect([...stepNames].sort()).toEqual([...operationNames].sort());
  });

  it.each(stepNames.map((operation) => ({ operation, exercised: STEPS[operation].exercised })))(
    "$operation: $exercised",
    async ({ operation }) => take(operation),
  );
});
