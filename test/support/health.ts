import { setTimeout as sleep } from "node:timers/promises";

export const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/health/ready`)).ok;

export const isLive = async (url: string): Promise<boolean> => (await fetch(`${url}/health/live`)).ok;

/** Milliseconds until readiness is as wanted, answer included; null when it does not become so in time. */
export async function untilReadiness(
  url: string,
  wanted: boolean,
  patienceMs: number,
): Promise<number | null> {
  const beganAt = performance.now();
  while (performance.now() - beganAt < patienceMs) {
    if ((await isReady(url)) === wanted) return performance.now() - beganAt;
    await sleep(50);
  }
  return null;
}
