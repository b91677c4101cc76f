import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's name for it; null where it is not installed. */
export function findChromium(): string | null {
  return spawnSync("chromium", ["--version"]).status === 0 ? "chromium" : null;
}

/** A page in a browser without windows, spoken to by the DevTools protocol. */
export interface Page {
  /** Sends a command of the protocol. */
  send<T = unknown>(method: string, parameters?: object): Promise<T>;
  goTo(url: string): Promise<void>;
  /** The value of an expression, awaited in the page. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function devToolsUrl(browser: ChildProcess): Promise<string> {
  let said = "";
  if (!browser.stderr) throw new Error("no output");
  for await (const chunk of browser.stderr) {
    said += chunk;
    const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (url) return url;
  }
  throw new Error(`Chromium ended: ${said}`);
}

/** Starts a browser with a profile of its own and opens an empty page. */
export async function openPage(binary: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), "cognate-chromium-"));
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"];
  const browser = spawn(binary, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const socket = new WebSocket(await devToolsUrl(browser));
  browser.stderr?.resume();
  await once(socket, "open");
  const waiting = new Map<number, (answer: Answer) => void>();
  const listeners = new Set<(method: string) => void>();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const answer: Answer = JSON.parse(String(data));
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    else for (const listener of listeners) listener(answer.method ?? "");
  });
  const command = <T>(method: string, params: object, sessionId?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ error, result }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result as T);
      });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  const { targetId } = await command<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await command<{ sessionId: string }>("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  const send = <T>(method: string, parameters: object = {}) => command<T>(method, parameters, sessionId);
  await send("Page.enable");
  return {
    send,
    async goTo(url) {
      const loaded = new Promise<void>((resolve) => {
        const listener = (method: string) => {
          if (method !== "Page.loadEventFired") return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
      await send("Page.navigate", { url });
      await loaded;
    },
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send<{
        result: { value: T };
        exceptionDetails?: { exception?: { description?: string }; text: string };
      }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async close() {
      const ended = once(browser, "exit");
      socket.close();
      browser.kill("SIGTERM");
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
