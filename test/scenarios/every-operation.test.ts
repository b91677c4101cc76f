import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, type Output, operationNames } from "../../src/api/operation.ts";
import { closeWithinModel } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";
import { CLIENTS, type WalkingClient } from "./every-operation/clients.ts";
import type { Step, Walk } from "./every-operation/step.ts";
import { documentedFor, STEPS, stepNames, WALKERS } from "./every-operation/steps.ts";
import { newWalk } from "./every-operation/walk.ts";

/*
 * Every client that knows an operation does it, each on a server of its own. What a client lacks is done by plain HTTP, so that the
 * steps after it find what they need.
 */

/** What a step's check says where the operation did nothing and answered nothing. */
async function nothing<N extends OperationName>(step: Step<N>, walk: Walk): Promise<void> {
  await step.check(walk, {} as Output<N>);
}

it("the walk has each operation once", () => {
  expect([...stepNames].sort()).toEqual([...operationNames].sort());
});

describe.each(WALKERS)("%s", (walker) => {
  const { start, missing } = CLIENTS[walker];
  if (missing) return it.skip(`cannot run here: ${missing}`);

  let world: World;
  let walk: Walk;
  let client: WalkingClient;
  let known: ReadonlySet<OperationName>;
  const did = new Set<OperationName>();
  beforeAll(async () => {
    world = await startWorld();
    walk = newWalk(world);
    client = start(world);
    known = await client.operations();
  });
  afterAll(async () => {
    client.close();
    await closeWithinModel(world);
  });

  async function take<N extends OperationName>(operation: N): Promise<void> {
    const step: Step<N> = STEPS[operation];
    const input = await step.input(walk);
    await expect(nothing(step, walk), "its check takes an operation that did nothing").rejects.toThrow();
    const knows = known.has(operation);
    const output = await (knows ? client.call : walk.api)(operation, input);
    await step.check(walk, output);
    if (knows) did.add(operation);
  }

  it.each(stepNames.map((operation) => ({ operation, exercised: STEPS[operation].exercised })))(
    "$operation: $exercised",
    async ({ operation }) => take(operation),
  );

  it("did all operations that docs/compatibility.md lists for it", () => {
    const lacking = operationNames.filter((name) => !known.has(name));
    console.info(
      `${walker} has ${known.size} operations${lacking.length ? `, not ${lacking.join(", ")}` : ""}`,
    );
    expect(documentedFor(walker).filter((name) => !did.has(name))).toEqual([]);
  });
});
