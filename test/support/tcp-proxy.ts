import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Stands between a client and a server and breaks the connection as a test wants it.
 * - `pass`: forwards.
 * - `black-hole`: takes everything and forwards nothing, in both directions, for old and new connections.
 * - `cut-before`: ends the connection instead of forwarding what contains the text; once.
 * - `cut-after`: forwards it, and ends the connection instead of forwarding the answer; once.
 */
export type ProxyMode =
  | { readonly kind: "pass" | "black-hole" }
  | { readonly kind: "cut-before" | "cut-after"; readonly text: string };

export class TcpProxy {
  mode: ProxyMode = { kind: "pass" };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(host: string, port: number): Promise<TcpProxy> {
    const server = createServer((client) => proxy.#forward(client, connect(port, host)));
    const proxy = new TcpProxy(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || !address) throw new Error("not listening");
    return address.port;
  }

  /** Ends every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket, server: Socket): void {
    const end = () => {
      client.destroy();
      server.destroy();
    };
    let endsWithAnswer = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", end);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    client.on("data", (data) => {
      if (this.mode.kind === "black-hole") return;
      if ("text" in this.mode && data.includes(this.mode.text)) {
        const { kind } = this.mode;
        this.mode = { kind: "pass" };
        if (kind === "cut-before") return end();
        endsWithAnswer = true;
      }
      server.write(data);
    });
    server.on("data", (data) => {
      if (this.mode.kind === "black-hole") return;
      if (endsWithAnswer) return end();
      client.write(data);
    });
  }
}
