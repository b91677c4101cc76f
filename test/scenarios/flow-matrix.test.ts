import { afterAll, describe, expect, it } from "vitest";
import { apiOf, claimsOf } from "../support/api.ts";
import { awsCliMissing } from "../support/aws-cli.ts";
import { boto3Missing } from "../support/boto3.ts";
import { closeWithinModel } from "../support/builders.ts";
import { mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { startWorld } from "../support/world.ts";
import { amplifySession } from "./flow-matrix/amplify.ts";
import {
  CELLS,
  type Cell,
  CLIENTS,
  type Client,
  cellName,
  type Factor,
  isRefresh,
  type Refresh,
  type SignInFlow,
} from "./flow-matrix/cells.ts";
import { identityJsSession } from "./flow-matrix/identity-js.ts";
import { type Person, partsOf, personFor } from "./flow-matrix/person.ts";
import { boto3Calls, cliCall, requestSession, sdkCall } from "./flow-matrix/request-clients.ts";
import { askTheRiddle, RIDDLE_FUNCTIONS } from "./flow-matrix/riddle.ts";
import type { ClientSession, OpenSession } from "./flow-matrix/session.ts";

const lambda = await startFakeLambda();
askTheRiddle(lambda);
const world = await startWorld({ triggers: mappedTo(lambda.endpoint, RIDDLE_FUNCTIONS) });
const boto3 = boto3Calls(world.url);
afterAll(async () => {
  boto3.close();
  await closeWithinModel(world);
  await lambda.close();
});

/** How each client is opened, and why it cannot run here. */
const OPEN: Readonly<Record<Client, { readonly open: OpenSession; readonly missing: string | null }>> = {
  "AWS CLI": { open: requestSession(cliCall(world.url)), missing: awsCliMissing },
  boto3: { open: requestSession(boto3.call), missing: boto3Missing },
  "SDK for JavaScript": { open: requestSession(sdkCall(world)), missing: null },
  "amazon-cognito-identity-js": { open: identityJsSession, missing: null },
  "Amplify v6": { open: amplifySession, missing: null },
};

/** The user is really signed in, and by this client of the pool. */
async function expectSignedIn({ ClientId }: Person, AccessToken: string) {
  expect(claimsOf(AccessToken).client_id).toBe(ClientId);
  expect((await apiOf(world)("GetUser", { AccessToken })).Username).toBe("alice");
}

/** What the user is asked for on the way, in this order. */
function questions(flow: SignInFlow, factor: Factor): readonly string[] {
  const { authFlow, firstFactor } = partsOf(flow);
  if (authFlow === "CUSTOM_AUTH") return ["CUSTOM_CHALLENGE"];
  if (firstFactor !== "" && !firstFactor.startsWith("PASSWORD")) return [firstFactor];
  switch (factor) {
    case "none":
    case "rotation":
      return [];
    case "SELECT_MFA_TYPE":
      return ["SELECT_MFA_TYPE", "SMS_MFA"];
    case "remembered device":
      return ["SMS_MFA"];
    default:
      return [factor];
  }
}

async function signsIn(session: ClientSession, person: Person, flow: SignInFlow, factor: Factor) {
  const first = await session.signIn(flow);
  expect(first.asked).toEqual(questions(flow, factor));
  await expectSignedIn(person, first.accessToken);
  if (factor !== "remembered device") return;
  const second = await session.signIn(flow);
  expect(second.asked).toEqual([]);
  await expectSignedIn(person, second.accessToken);
  const device = claimsOf(first.accessToken).device_key;
  expect(device).toMatch(/^us-east-1_/);
  expect(claimsOf(second.accessToken).device_key).toBe(device);
}

async function refreshes(session: ClientSession, person: Person, by: Refresh, factor: Factor) {
  const first = await session.signIn("USER_PASSWORD_AUTH");
  const second = await session.refresh(by);
  await expectSignedIn(person, second.accessToken);
  const [before, after] = [claimsOf(first.accessToken), claimsOf(second.accessToken)];
  expect(after.jti).not.toBe(before.jti);
  expect(after.origin_jti).toBe(before.origin_jti);
  expect(after.device_key).toBe(before.device_key);
  expect(after.device_key !== undefined).toBe(factor === "remembered device");
  if (factor !== "rotation") return;
  expect(second.refreshToken).not.toBe(first.refreshToken);
  await expectSignedIn(person, (await session.refresh(by)).accessToken);
}

const ran = new Set<string>();

async function run(cell: Cell): Promise<void> {
  const { client, flow, factor } = cell;
  const person = await personFor(world, cell);
  const session = OPEN[client].open(person);
  if (isRefresh(flow)) await refreshes(session, person, flow, factor);
  else await signsIn(session, person, flow, factor);
  ran.add(cellName(cell));
}

for (const client of CLIENTS) {
  const { missing } = OPEN[client];
  // Each call of the CLI is a process of its own. The others share one process, Amplify one configuration too.
  const concurrent = client === "AWS CLI";
  describe.skipIf(missing)(`${client} (${missing ?? "installed"})`, { concurrent }, () => {
    const cells = CELLS.filter((cell) => cell.client === client);
    it.for(cells)("goes by $flow × $factor", run);
  });
}

describe("the documented cells", () => {
  it("all had a test that ran to its end, but for clients that are not installed", () => {
    const due = CELLS.filter(({ client }) => OPEN[client].missing === null).map(cellName);
    expect([...ran].sort()).toEqual(due.sort());
  });
});
