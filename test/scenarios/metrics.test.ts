import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, startSignIn } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

describe("metrics", () => {
  let world: World;
  let url: string;
  beforeAll(async () => {
    world = await startWorld({ metrics: { port: 0 } });
    url = `http://127.0.0.1:${world.server.metricsPort}`;
    const api = apiOf(world);
    const { Id } = await makePool(api, { AutoVerifiedAttributes: ["email"] });
    const client = await makeClient(api, Id);
    await makeUser(api, Id, "secret-name", { password: PASSWORD });
    await makeUser(api, Id, "newcomer", { temporaryPassword: PASSWORD });
    await startSignIn(api, client, "secret-name");
    await startSignIn(api, client, "newcomer");
    await refusal(startSignIn(api, client, "secret-name", "Wrong-Horse-9"));
    await api("SignUp", {
      ClientId: client.ClientId,
      Username: "guest",
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: "guest@example.com" }],
    });
    await world.lastMessage("guest@example.com");
    await fetch(`${world.url}/health/live`);
  });
  afterAll(() => world.close());

  const text = async () => (await fetch(`${url}/metrics`)).text();
  const value = async (series: string) => {
    const line = (await text()).split("\n").find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  it("count requests by operation, status and exception", async () => {
    const requests = (operation: string, status: number, error = "") =>
      value(`cognate_requests_total{operation="${operation}",status="${status}",error="${error}"}`);
    expect(await requests("AdminCreateUser", 200)).toBe(2);
    expect(await requests("InitiateAuth", 200)).toBe(2);
    expect(await requests("InitiateAuth", 400, "NotAuthorizedException")).toBe(1);
    expect(await requests("other", 200)).toBeGreaterThanOrEqual(1);
    expect(await value('cognate_request_duration_seconds_count{operation="InitiateAuth"}')).toBe(3);
  });

  it("count sign-ins by what became of them", async () => {
    const steps = (outcome: string) =>
      value(`cognate_sign_in_steps_total{step="USER_PASSWORD_AUTH",outcome="${outcome}"}`);
    expect(await steps("tokens")).toBe(1);
    expect(await steps("NEW_PASSWORD_REQUIRED")).toBe(1);
    expect(await steps("NotAuthorizedException")).toBe(1);
  });

  it("count what was refused for its rate", async () => {
    const strict = await startWorld({
      metrics: { port: 0 },
      limits: { enabled: true, categories: { UserPoolRead: 1 } },
    });
    const list = () => apiOf(strict)("ListUserPools", { MaxResults: 1 });
    await list();
    await refusal(list());
    const metrics = await fetch(`http://127.0.0.1:${strict.server.metricsPort}/metrics`);
    expect(await metrics.text()).toContain('cognate_throttled_total{category="UserPoolRead"} 1\n');
    await strict.close();
  });

  it("tell of messages, the database, waiting hashes and the process", async () => {
    expect(await value('cognate_messages_total{channel="EMAIL",outcome="sent"}')).toBe(1);
    expect(await value("cognate_database_commit_units_count")).toBeGreaterThan(5);
    expect(await value("cognate_hashing_waiting")).toBe(0);
    expect(await value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  it("name no user, pool or address", async () => {
    const content = await text();
    for (const name of ["secret-name", "newcomer", "guest", "us-east-1_"])
      expect(content).not.toContain(name);
  });

  it("are served on an address of their own, and nothing else is there", async () => {
    expect((await fetch(`${world.url}/metrics`)).status).toBe(404);
    const { status, headers } = await fetch(`${url}/metrics`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  });
});
