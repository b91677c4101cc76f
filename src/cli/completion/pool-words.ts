import { setTimeout } from "node:timers/promises";
import { type ConnectionOptions, connect } from "../connection/connection.ts";
import type { Candidate } from "./candidates.ts";

/** Nobody waits longer for a suggestion. */
const PATIENCE_MS = 1000;
const MOST = 60;

/** Names and ids of the pools of the server; none when it does not tell in time. */
export async function poolWords(options: ConnectionOptions): Promise<readonly Candidate[]> {
  const giveUp = new AbortController();
  const asked = listed(options).catch(() => []);
  const words = await Promise.race([
    asked,
    setTimeout(PATIENCE_MS, [], { signal: giveUp.signal }).catch(() => []),
  ]);
  giveUp.abort();
  return words;
}

async function listed(options: ConnectionOptions): Promise<Candidate[]> {
  const { call } = await connect(options);
  const { UserPools = [] } = await call("ListUserPools", { MaxResults: MOST });
  return UserPools.flatMap(({ Id = "", Name = "" }) => [
    { word: Name, description: Id },
    { word: Id, description: Name },
  ]);
}
