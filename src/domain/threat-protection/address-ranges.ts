import { BlockList, isIP } from "node:net";

const CIDR = /^([^/]+)\/(\d{1,3})$/;

const familyOf = (address: string): "ipv4" | "ipv6" | null => {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? "ipv4" : "ipv6";
};

/** An IPv4 address that an IPv6 socket shows is still one; null for what is no address. */
export function plainAddress(given: string | undefined): string | null {
  const address = given?.trim().replace(/^::ffff:(?=[\d.]+$)/i, "");
  return address && familyOf(address) ? address : null;
}

/** Whether the text is a range in CIDR notation, of IPv4 or IPv6. */
export function isAddressRange(text: string): boolean {
  const [, address = "", prefix = ""] = CIDR.exec(text) ?? [];
  const family = familyOf(address);
  return family !== null && Number(prefix) <= (family === "ipv4" ? 32 : 128);
}

/** Whether one of the ranges, each checked by isAddressRange, holds the address. */
export function inRanges(ranges: readonly string[] | undefined, address: string | null): boolean {
  const family = address && familyOf(address);
  if (!ranges?.length || !address || !family) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix = ""] = range.split("/");
    list.addSubnet(network, Number(prefix), familyOf(network) ?? "ipv4");
  }
  return list.check(address, family);
}

/** The network that neighbours of an address share: /24 of IPv4, /48 of IPv6. */
export function networkOf(address: string): string {
  if (familyOf(address) === "ipv4") return address.split(".").slice(0, 3).join(".");
  const [head = "", tail] = address.toLowerCase().split("::");
  const leading = head === "" ? [] : head.split(":");
  const trailing = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = Math.max(0, 8 - leading.length - trailing.length);
  const groups = tail === undefined ? leading : [...leading, ...Array(missing).fill("0"), ...trailing];
  return groups
    .slice(0, 3)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
