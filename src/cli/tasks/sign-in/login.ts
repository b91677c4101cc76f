import type { AuthenticationResultType } from "../../../api/generated/shapes.ts";
import { srpVerifier, toBigInt, toJavaBytes } from "../../../crypto/srp.ts";
import { systemRandom } from "../../../runtime/random.ts";
import { type Connection, type ConnectionOptions, Refusal } from "../../connection/connection.ts";
import { type FoundPool, findPool } from "../../connection/pools.ts";
import { nameEndpoint, task, UsageFault } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { findClient, type SignInClient } from "./client.ts";
import { SignIn, type SignInRequest } from "./conversation.ts";
import { allowedFlows, FLOW_NAMES, FLOWS, type FlowName } from "./flows.ts";
import { InboxCodes } from "./inbox-codes.ts";
import { type PipedAnswers, Questions } from "./questions.ts";
import { RECOVERIES } from "./recovery.ts";
import { type DeviceOwner, forgetDevice, rememberDevice, rememberedDevice } from "./remembered-devices.ts";
import { printTokens } from "./token-output.ts";

export interface LoginOptions extends ConnectionOptions, PipedAnswers {
  readonly pool?: string;
  readonly client?: string;
  readonly username?: string;
  readonly flow?: string;
  readonly inbox?: boolean;
  readonly rememberDevice?: boolean;
  readonly json?: boolean;
  readonly export?: boolean;
}

/** Ends with the recoveries of one sign-in: unconfirmed, then reset, then tokens. */
const MOST_RECOVERIES = 2;
const POOL_ID = /^[\w-]+_[0-9A-Za-z]+$/;
const DEVICE_SECRET_BYTES = 40;
const SALT_BYTES = 16;

/** `cognate login`: signs a user in, whatever the server asks. @returns the exit status */
export const login = (options: LoginOptions): Promise<number> =>
  task(options, async (connection) => {
    const questions = new Questions(options);
    try {
      await signIn(connection, options, questions);
      return 0;
    } finally {
      questions.close();
    }
  });

async function signIn(connection: Connection, options: LoginOptions, questions: Questions): Promise<void> {
  const pool = await poolOf(connection, options);
  const client = await clientOf(connection, pool, options, questions);
  const flow = FLOWS[flowOf(client, options.flow)];
  // A sign-in may set a password; and whoever types one should see where it goes.
  nameEndpoint(connection);
  const username = options.username ?? (await questions.ask({ name: "USERNAME", text: "Username" })).trim();
  if (username === "") throw new UsageFault("a username is needed: --username");
  const owner = { endpoint: connection.endpoint, userPoolId: pool.Id, username };
  const request: SignInRequest = {
    connection,
    userPoolId: pool.Id,
    client,
    flow,
    username,
    questions,
    codes: options.inbox ? new InboxCodes(connection, pool.Id) : null,
    device: rememberedDevice(owner),
  };
  const result = await signedIn(request, owner);
  if (options.rememberDevice) await confirmDevice(connection, owner, result);
  printTokens(result, options);
}

/** Where the id of the pool and of the client are given, nothing needs to be looked up for the pool. */
async function poolOf(connection: Connection, { pool, client }: LoginOptions): Promise<FoundPool> {
  if (pool !== undefined && client !== undefined && POOL_ID.test(pool)) return { Id: pool, Name: pool };
  return await findPool(connection, pool);
}

async function clientOf(
  connection: Connection,
  pool: FoundPool,
  options: LoginOptions,
  questions: Questions,
): Promise<SignInClient> {
  const client = await findClient(connection, pool, options.client);
  const ClientSecret = (await questions.clientSecret()) ?? client.ClientSecret;
  if (client.unread !== undefined && ClientSecret === null)
    terminal.note(
      `the client's settings cannot be read (${client.unread}); if it has a secret, give it with --client-secret-stdin`,
    );
  return { ...client, ClientSecret };
}

/** @throws UsageFault for a flow that there is not, or that the client is known not to allow */
function flowOf(client: SignInClient, given: string | undefined): FlowName {
  const allowed = allowedFlows(client.flows);
  const flow = given === undefined ? allowed[0] : FLOW_NAMES.find((name) => name === given);
  const ways = `it allows: ${allowed.join(", ") || "none that signs in"}`;
  if (!flow)
    throw new UsageFault(
      given === undefined
        ? `nobody can sign in to the client ${client.ClientName}: ${ways}`
        : `${given} is no flow; there are: ${FLOW_NAMES.join(", ")}`,
    );
  if (!allowed.includes(flow))
    throw new UsageFault(`the client ${client.ClientName} does not allow the flow ${flow}; ${ways}`);
  return flow;
}

/** Begins again after what the user put right, and without a device that the server has forgotten. */
async function signedIn(first: SignInRequest, owner: DeviceOwner): Promise<AuthenticationResultType> {
  const signIn = new SignIn(first);
  for (let recoveries = 0; ; ) {
    try {
      return await signIn.run();
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      if (signIn.device && fault.code === "ResourceNotFoundException" && /device/i.test(fault.message)) {
        forgetDevice(owner);
        signIn.dropDevice();
        terminal.note("the server does not know this device any more: it is forgotten here too");
        continue;
      }
      const recover = RECOVERIES[fault.code];
      if (!recover || recoveries++ === MOST_RECOVERIES) throw fault;
      await recover(signIn);
    }
  }
}

/** Confirms the new device, and keeps what it proves itself with in a file of its owner's. */
async function confirmDevice(
  connection: Connection,
  owner: DeviceOwner,
  { AccessToken = "", NewDeviceMetadata }: AuthenticationResultType,
): Promise<void> {
  const { DeviceKey, DeviceGroupKey } = NewDeviceMetadata ?? {};
  if (!DeviceKey || !DeviceGroupKey) {
    terminal.note(
      rememberedDevice(owner)
        ? "this device is remembered already"
        : "the server offers to remember no device: the pool's device tracking is off",
    );
    return;
  }
  const password = systemRandom.bytes(DEVICE_SECRET_BYTES).toString("base64");
  // Some clients lose a leading zero.
  const salt = toJavaBytes(toBigInt(systemRandom.bytes(SALT_BYTES)));
  const verifier = toJavaBytes(
    toBigInt(srpVerifier({ group: DeviceGroupKey, name: DeviceKey }, password, salt)),
  );
  const { UserConfirmationNecessary } = await connection.call("ConfirmDevice", {
    AccessToken,
    DeviceKey,
    DeviceName: "cognate login",
    DeviceSecretVerifierConfig: {
      Salt: salt.toString("base64"),
      PasswordVerifier: verifier.toString("base64"),
    },
  });
  if (UserConfirmationNecessary)
    await connection.call("UpdateDeviceStatus", {
      AccessToken,
      DeviceKey,
      DeviceRememberedStatus: "remembered",
    });
  const file = rememberDevice(owner, { deviceKey: DeviceKey, deviceGroupKey: DeviceGroupKey, password });
  terminal.note(`this device is remembered, in ${file}`);
}
