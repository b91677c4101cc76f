import { expect, test } from "vitest";
import { PostgresHosts } from "../../src/storage/drivers/postgres-hosts.ts";

test("a URL with one host stays as it is", () => {
  const url = "postgres://user:p%40ss@one:5432/name?sslmode=require&target_session_attrs=read-write";
  const hosts = new PostgresHosts(url);
  expect(hosts.all).toEqual([url]);
  hosts.leave(hosts.url);
  expect(hosts.url).toBe(url);
});

test("each host of several gets a URL with the same user, database and parameters", () =>
  expect(
    new PostgresHosts(
      "postgres://user:p%40ss@one:5432,two,[::1]:5433/name?target_session_attrs=read-write&sslmode=require",
    ).all,
  ).toEqual([
    "postgres://user:p%40ss@one:5432/name?sslmode=require",
    "postgres://user:p%40ss@two/name?sslmode=require",
    "postgres://user:p%40ss@[::1]:5433/name?sslmode=require",
  ]));

test("without other parameters none is left", () =>
  expect(new PostgresHosts("postgresql://one,two/name?target_session_attrs=any").all).toEqual([
    "postgresql://one/name",
    "postgresql://two/name",
  ]));

test("several calls that leave the same host go one further, not several", () => {
  const hosts = new PostgresHosts("postgres://one,two,three/name");
  const first = hosts.url;
  hosts.leave(first);
  hosts.leave(first);
  expect(hosts.url).toBe("postgres://two/name");
  hosts.leave(hosts.url);
  hosts.leave(hosts.url);
  expect(hosts.url).toBe(first);
});

test("a list with an empty place is refused", () =>
  expect(() => new PostgresHosts("postgres://one,,two/name")).toThrow("empty host"));
