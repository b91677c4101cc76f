import { BlockList, isIP } from "node:net";
import { canonicalAddress } from "../domain/rate-limits/index.ts";

/** Peers whose word is taken for whom they speak for. */
export interface TrustedProxies {
  /** @param address canonical */
  holds(address: string): boolean;
}

export const NO_PROXIES: TrustedProxies = { holds: () => false };

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** @param ranges in CIDR notation, checked */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  if (ranges.length === 0) return NO_PROXIES;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix = ""] = range.split("/");
    list.addSubnet(network, Number(prefix), family(network));
  }
  return { holds: (address) => list.check(address, family(address)) };
}

/** Whether the peer is one whose word is taken. @param peerAddress as the connection tells it */
export function isTrusted(peerAddress: string | undefined, proxies: TrustedProxies): boolean {
  if (proxies === NO_PROXIES) return false;
  const address = canonicalAddress(peerAddress);
  return address !== null && proxies.holds(address);
}

/** A proxy may add the port: 192.0.2.1:4711, [2001:db8::1]:4711. */
const withoutPort = (hop: string): string =>
  hop.replace(/^(\d[\d.]*):\d{1,5}$/, "$1").replace(/^(\[[^\]]*\]):\d{1,5}$/, "$1");

/**
 * Where a request comes from, canonical; null when the connection does not tell. The header is read from the right, the end that
 * proxies write, as long as those who wrote it are trusted: what a client puts in front of it is never reached.
 * @param forwardedFor X-Forwarded-For: every proxy adds the address of its peer
 */
export function sourceAddress(
  peerAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: TrustedProxies,
): string | null {
  let address = canonicalAddress(peerAddress);
  if (address === null || forwardedFor === undefined || proxies === NO_PROXIES) return address;
  const hops = String(forwardedFor).split(",");
  while (proxies.holds(address)) {
    const hop = hops.pop();
    const before: string | null = hop === undefined ? null : canonicalAddress(withoutPort(hop.trim()));
    // A proxy that names nobody is as far as anyone can tell.
    if (before === null) break;
    address = before;
  }
  return address;
}
