import type { IncomingHttpHeaders } from "node:http";

/** Where a request comes from, as far as the connection and its headers tell. */
export interface PeerFacts {
  readonly peerAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Why a request may not use what development mode opens without credentials; null when it may. The rule lets in programs on this
 * machine and no web page: a page of another site sends Origin or Sec-Fetch-Site, one that re-points its own name at 127.0.0.1
 * (DNS rebinding) sends that name as Host.
 */
export function developmentRefusal(
  facts: PeerFacts,
  server: { readonly boundToLoopback: boolean },
): string | null {
  if (!server.boundToLoopback)
    return "Development mode accepts unverified callers only while the server listens on a loopback address.";
  if (!isLoopbackAddress(facts.peerAddress))
    return "Development mode accepts unverified callers only from this machine.";
  if (!isLoopbackHost(facts.headers.host))
    return "Development mode accepts unverified callers only under a loopback name, such as localhost or 127.0.0.1, in the Host header.";
  const site = facts.headers["sec-fetch-site"];
  if (facts.headers.origin !== undefined || site === "cross-site" || site === "same-site")
    return "Development mode accepts unverified callers only outside the browser: the request comes from a web page.";
  return null;
}

/** 127.0.0.0/8 and ::1, also as an IPv4 address mapped into IPv6. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return plain === "::1" || IPV4_LOOPBACK.test(plain);
}

const IPV4_LOOPBACK = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const LOOPBACK_NAME = /^(?:[a-z0-9-]{1,63}\.){0,8}localhost$/;

/** localhost, a name under it, 127.0.0.0/8 or [::1], with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
  return name === "[::1]" || IPV4_LOOPBACK.test(name) || LOOPBACK_NAME.test(name);
}
