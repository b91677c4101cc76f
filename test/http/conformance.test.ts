import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { answerProblems } from "../support/answer-check.ts";
import { PASSWORD } from "../support/builders.ts";
import { apiRequest, HttpConnection, headersOf, type RawAnswer } from "../support/http-connection.ts";
import { type ConformanceCase, conformanceCases } from "../support/model/conformance-cases.ts";
import { expectedRefusal } from "../support/model/expected-refusal.ts";
import { refusalProblem } from "../support/model/refusal-check.ts";
import type { Known } from "../support/model/values.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const CONNECTIONS = 8;
/** Problems of one operation that a failure shows. */
const SHOWN = 20;

let world: World;
const requestIds = new Set<string>();
const answered: Record<string, number> = {};
let sent = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A pool with things in it, so that an input that is accepted meets something that exists. */
async function knownThings(operation: OperationName): Promise<Known> {
  const place = await scene(world, { PoolName: operation });
  await place.user("ana", { email: "ana@example.com" });
  await place.api("CreateGroup", { UserPoolId: place.UserPoolId, GroupName: "staff" });
  const { AccessToken } = await place.tokens("ana");
  return {
    UserPoolIdType: place.UserPoolId,
    ClientIdType: place.ClientId,
    UsernameType: "ana",
    GroupNameType: "staff",
    TokenModelType: AccessToken,
    PasswordType: PASSWORD,
  };
}

/** Everything that is wrong with the answer to a case. */
function problemsOf(
  operation: OperationName,
  { input, meant }: ConformanceCase,
  answer: RawAnswer,
): string[] {
  const problems = answerProblems(operation, { ...answer, headers: headersOf(answer) });
  const refusal = expectedRefusal(operation, input);
  answered[refusal?.code ?? "accepted"] = (answered[refusal?.code ?? "accepted"] ?? 0) + 1;
  if (meant !== null && meant !== (refusal?.code ?? "accepted")) problems.push(`is meant to be ${meant}`);
  const problem = refusalProblem(refusal, answer);
  if (problem !== null) problems.push(problem);
  const requestId = headersOf(answer)["x-amzn-requestid"] ?? "";
  if (requestIds.has(requestId)) problems.push(`repeats the request id ${requestId}`);
  requestIds.add(requestId);
  return problems;
}

async function probe(operation: OperationName): Promise<string[]> {
  const cases = conformanceCases(operation, await knownThings(operation));
  const wrong: string[] = [];
  const port = Number(new URL(world.url).port);
  const worker = async () => {
    const connection = new HttpConnection(port);
    for (const asked of cases) {
      const answer = await connection.send(
        apiRequest(`localhost:${port}`, operation, JSON.stringify(asked.input)),
      );
      sent++;
      for (const problem of problemsOf(operation, asked, answer))
        wrong.push(
          `${asked.member} ${asked.about}: ${problem}: ${answer.status} ${answer.body.slice(0, 400)}`,
        );
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return wrong.slice(0, SHOWN);
}

describe("every member of the input of", () => {
  it.each(operationNames)("%s is decoded and checked as the model says", async (operation) => {
    const wrong = await probe(operation);
    if (wrong.length > 0) expect.fail(wrong.join("\n"));
  });
});

describe("all of them together", () => {
  it("were refused in every way, and accepted", () => {
    console.log(`${sent} inputs: ${JSON.stringify(answered)}`);
    expect(answered.SerializationException).toBeGreaterThan(5_000);
    expect(answered.InvalidParameterException).toBeGreaterThan(5_000);
    expect(answered.accepted).toBeGreaterThan(5_000);
  });

  it("had every operation that takes an input", () => {
    expect(operationNames.filter((name) => operationFacts[name].input === null)).toEqual([]);
  });
});
