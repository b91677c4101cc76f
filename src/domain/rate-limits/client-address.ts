import { isIP } from "node:net";

/** ::ffff:1.2.3.4 as URL writes it: ::ffff:102:304. */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * An address in the one form that stands for all of its spellings: RFC 5952 for IPv6, without brackets and zone; an IPv4 address
 * that an IPv6 socket shows is still one. Null for what is no address.
 */
export function canonicalAddress(given: string | undefined): string | null {
  if (given === undefined) return null;
  const address = given.trim();
  if (isIP(address) === 4) return address;
  const bare = address.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  if (isIP(bare) !== 6) return null;
  const written = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = MAPPED.exec(written);
  if (!mapped) return written;
  const bits = Number.parseInt(mapped[1] ?? "", 16) * 0x1_0000 + Number.parseInt(mapped[2] ?? "", 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

/** What one subscriber has: an IPv4 address, or the /64 of an IPv6 one. @param address canonical */
export function subscriberOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const leading = head === "" ? [] : head.split(":");
  if (tail === undefined || leading.length >= 4) return leading.slice(0, 4).join(":");
  const trailing = tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - leading.length - trailing.length).fill("0");
  return [...leading, ...zeros, ...trailing].slice(0, 4).join(":");
}
