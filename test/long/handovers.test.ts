import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openMessage } from "../../src/domain/messages/index.ts";
import { amplifySession } from "../scenarios/flow-matrix/amplify.ts";
import {
  type Client,
  type Flow,
  isRefresh,
  limitOf,
  ROWS,
  type Row,
} from "../scenarios/flow-matrix/cells.ts";
import { identityJsSession } from "../scenarios/flow-matrix/identity-js.ts";
import { personFor } from "../scenarios/flow-matrix/person.ts";
import { requestSession, sdkCall } from "../scenarios/flow-matrix/request-clients.ts";
import { askTheRiddle, RIDDLE_FUNCTIONS } from "../scenarios/flow-matrix/riddle.ts";
import type { OpenSession } from "../scenarios/flow-matrix/session.ts";
import { type Alternating, alternate } from "../support/alternating-nodes.ts";
import { apiOf } from "../support/api.ts";
import { type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import type { InboxMessage, World } from "../support/world.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");

/** The clients that between them can do every row. */
const CLIENTS: readonly Client[] = ["SDK for JavaScript", "amazon-cognito-identity-js", "Amplify v6"];
const clientFor = (row: Row) => CLIENTS.find((client) => limitOf(client, row) === null);
/** All but the two where a password in the clear meets a remembered device: no client does that by itself. */
const DOABLE = ROWS.filter((row) => clientFor(row) !== undefined);

describe.skipIf(url === null)(`two nodes on one PostgreSQL ${reason}, a request to each in turn`, () => {
  let lambda: FakeLambda;
  let database: string;
  let nodes: Nodes;
  let balancer: Alternating;
  let world: Pick<World, "url" | "inbox" | "server" | "client">;

  beforeAll(async () => {
    lambda = await startFakeLambda();
    askTheRiddle(lambda);
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database, { triggers: mappedTo(lambda.endpoint, RIDDLE_FUNCTIONS) });
    balancer = await alternate(nodes.servers.map((server) => server.url));
    const [server] = nodes.servers;
    if (!server) throw new Error("No node");
    const { services } = server;
    world = {
      url: balancer.url,
      server,
      client: () =>
        new CognitoIdentityProviderClient({
          region: "us-east-1",
          endpoint: balancer.url,
          credentials: { accessKeyId: "local", secretAccessKey: "local" },
          maxAttempts: 1,
        }),
      async inbox({ userPoolId = "", to } = {}) {
        const pool = await services.store.userPools.find(userPoolId);
        if (!pool) return [];
        const messages = await services.store.outbox.list({ poolKey: pool.key, limit: 50 });
        return messages
          .map((message) => openMessage(services, pool, message))
          .filter((content) => content !== null && content.to === to) as unknown as InboxMessage[];
      },
    };
  });
  afterAll(async () => {
    await balancer?.close();
    await nodes?.close();
    if (database) await dropDatabase(url ?? "", database);
    await lambda?.close();
  });

  const passed = new Map<string, number>();
  const nameOf = ({ flow, factor }: { flow: Flow; factor: string }) => `${flow} × ${factor}`;

  it.each(DOABLE)(
    `$flow × $factor: finished, ${sizes.handovers} times`,
    async (row) => {
      const client = clientFor(row);
      const open: Record<string, OpenSession> = {
        "SDK for JavaScript": requestSession(sdkCall(world as World)),
        "amazon-cognito-identity-js": identityJsSession,
        "Amplify v6": amplifySession,
      };
      for (let n = 0; n < sizes.handovers; n++) {
        const person = await personFor(world as World, row);
        const session = open[client ?? ""]?.(person);
        if (!session) throw new Error("No such client");
        const before = balancer.requests;
        let { accessToken } = await session.signIn(isRefresh(row.flow) ? "USER_PASSWORD_AUTH" : row.flow);
        if (row.factor === "remembered device" && !isRefresh(row.flow))
          ({ accessToken } = await session.signIn(row.flow));
        if (isRefresh(row.flow)) ({ accessToken } = await session.refresh(row.flow));
        expect(balancer.requests).toBeGreaterThan(before);
        expect((await apiOf(world)("GetUser", { AccessToken: accessToken })).Username).toBe("alice");
        passed.set(nameOf(row), (passed.get(nameOf(row)) ?? 0) + 1);
      }
    },
    60_000 + sizes.handovers * 10_000,
  );

  it("was true of every row", () => {
    const complete = DOABLE.filter((row) => passed.get(nameOf(row)) === sizes.handovers).length;
    figure(
      "B2",
      `${complete} of ${DOABLE.length} kinds of sign-in and refresh finished ${sizes.handovers} times, each request at the other node`,
      "all",
    );
    expect(complete).toBe(ROWS.length - 2);
  });
});
