import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { InboxCodes } from "../../src/cli/tasks/sign-in/inbox-codes.ts";

interface Sent {
  readonly id: string;
  readonly username: string;
  readonly to: string;
  readonly kind: string;
  readonly code: string;
}

describe("codes out of the inbox", () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** An inbox whose messages the test puts in, newest first; `asked` counts the requests. */
  async function inbox(messages: Sent[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(JSON.stringify(messages));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closing.push(() => server.close().closeAllConnections());
    const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const unused = () => Promise.reject(new Error("not called"));
    const connection = { endpoint, region: "us-east-1", local: true, call: unused, callService: unused };
    return { codes: new InboxCodes(connection, "us-east-1_abc"), asked, messages };
  }
  const sent = (id: string, code: string, username = "ana"): Sent => ({
    id,
    code,
    username,
    to: `${username}@example.com`,
    kind: "Authentication",
  });

  it("waits for the one that was sent since, and takes neither an older one nor another user's", async () => {
    const { codes, asked, messages } = await inbox([sent("1", "111111")]);
    await codes.mark();
    const next = codes.next(["ana"]);
    await expect.poll(() => asked.length).toBeGreaterThan(2);
    messages.unshift(sent("2", "222222", "ben"));
    const before = asked.length;
    await expect.poll(() => asked.length).toBeGreaterThan(before + 1);
    messages.unshift(sent("3", "333333"));
    expect(await next).toBe("333333");
    expect(new Set(asked)).toEqual(new Set(["/_dev/messages?userPoolId=us-east-1_abc"]));
  });

  it("knows the user by the address too, and takes the newest of a kind", async () => {
    const { codes, messages } = await inbox([sent("2", "222222"), sent("1", "111111")]);
    expect(await codes.newest(["Authentication"], ["ana@example.com"])).toBe("222222");
    expect(await codes.newest(["ForgotPassword"], ["ana"])).toBeNull();
    expect(await codes.newest(["Authentication"], ["cleo"])).toBeNull();
    await codes.mark();
    messages.unshift(sent("3", "333333"));
    expect(await codes.next(["ana@example.com"])).toBe("333333");
  });
});
