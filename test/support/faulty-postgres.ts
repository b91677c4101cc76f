import { connect, createServer, type Server, type Socket } from "node:net";

/** A commit as the driver sends it: a simple query. */
const COMMIT = Buffer.from("commit\0");
const QUERY = 0x51;
const READY_FOR_QUERY = 0x5a;

/**
 * What becomes of a commit.
 * - `pass`: nothing unusual.
 * - an SQLSTATE: the server rolls back, and says this was why.
 * - `lost-answer`: it is done, and the connection ends before the answer.
 * - `lost-request`: the connection ends before it gets there.
 */
export type CommitFate = "pass" | "lost-answer" | "lost-request" | `${number}${string}`;

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const errorResponse = (sqlState: string): Buffer =>
  Buffer.concat([
    message("E", Buffer.from(`SERROR\0VERROR\0C${sqlState}\0Mforced by the test\0\0`)),
    message("Z", Buffer.from("I")),
  ]);

const ROLLBACK = message("Q", Buffer.from("rollback\0"));

/** Stands between a server and PostgreSQL and decides what becomes of each commit. */
export class FaultyPostgres {
  /** How many commits had each fate. */
  readonly fates = new Map<CommitFate, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #fate: () => CommitFate;

  private constructor(server: Server, fate: () => CommitFate) {
    this.#server = server;
    this.#fate = fate;
  }

  static async start(url: string, fate: () => CommitFate): Promise<FaultyPostgres> {
    const { hostname, port } = new URL(url);
    const server = createServer((client) => proxy.#forward(client, connect(Number(port), hostname)));
    const proxy = new FaultyPostgres(server, fate);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The database's URL through here. */
  urlOf(databaseUrl: string): string {
    const address = this.#server.address();
    if (typeof address !== "object" || !address) throw new Error("not listening");
    const url = new URL(databaseUrl);
    url.port = String(address.port);
    return url.href;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket, server: Socket): void {
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", end);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    let answering: CommitFate = "pass";
    client.on("data", (data: Buffer) => {
      const isCommit = data[0] === QUERY && data.subarray(5).equals(COMMIT);
      if (!isCommit) {
        server.write(data);
        return;
      }
      const fate = this.#fate();
      this.fates.set(fate, (this.fates.get(fate) ?? 0) + 1);
      if (fate === "lost-request") return end();
      answering = fate;
      server.write(fate === "pass" || fate === "lost-answer" ? data : ROLLBACK);
    });
    server.on("data", (data: Buffer) => {
      if (answering === "pass") {
        client.write(data);
        return;
      }
      if (answering === "lost-answer") return end();
      // The whole answer to ROLLBACK ends with ReadyForQuery: six bytes.
      if (data.at(-6) !== READY_FOR_QUERY) return;
      client.write(errorResponse(answering));
      answering = "pass";
    });
  }
}
