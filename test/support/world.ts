import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { type ConfigInput, parseConfig } from "../../src/config/config.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";

/** A message as the development inbox shows it. */
export interface InboxMessage {
  readonly id: string;
  readonly sentAt: number;
  readonly channel: "EMAIL" | "SMS";
  readonly to: string;
  readonly userPoolId: string;
  readonly username: string;
  readonly kind: string;
  readonly code: string;
  readonly subject: string | null;
  readonly body: string;
}

/** A whole server of its own, with its own database, and the clients and inbox that tests use. */
export interface World {
  readonly url: string;
  readonly server: RunningServer;
  readonly dataDir: string;
  /** AWS SDK for JavaScript; us-east-1 unless told otherwise. */
  client(region?: string): CognitoIdentityProviderClient;
  /** Newest first. */
  inbox(filter?: { userPoolId?: string; username?: string; to?: string }): Promise<InboxMessage[]>;
  /** The newest message to this address; fails when there is none. */
  lastMessage(to: string): Promise<InboxMessage>;
  advanceSeconds(seconds: number): Promise<void>;
  /** Errors that operations threw though their model declares none such: `Operation: Code`. */
  readonly undeclaredErrors: string[];
  close(): Promise<void>;
}

async function json<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Starts a server in development mode on a free port, in this process. */
export async function startWorld(settings: ConfigInput = {}): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-world-"));
  const undeclaredErrors: string[] = [];
  const config = parseConfig({ mode: "development", port: 0, dataDir, ...settings });
  const server = await startServer(config, {
    logger: silentLogger,
    onUndeclaredError: (operation, code) => undeclaredErrors.push(`${operation}: ${code}`),
  });
  const clients: CognitoIdentityProviderClient[] = [];
  const world: World = {
    url: server.url,
    server,
    dataDir,
    undeclaredErrors,
    client(region = "us-east-1") {
      const client = new CognitoIdentityProviderClient({
        region,
        endpoint: server.url,
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async inbox(filter = {}) {
      return json(await fetch(`${server.url}/_dev/messages?${new URLSearchParams(filter)}`));
    },
    async lastMessage(to) {
      const [message] = await world.inbox({ to });
      if (!message) throw new Error(`No message to ${to}`);
      return message;
    },
    async advanceSeconds(seconds) {
      await json(
        await fetch(`${server.url}/_dev/clock`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ advanceSeconds: seconds }),
        }),
      );
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}
