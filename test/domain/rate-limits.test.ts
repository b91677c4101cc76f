import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalAddress, nodeShares, RateTable, subscriberOf } from "../../src/domain/rate-limits/index.ts";

const PERIOD = 1000;

/** Milliseconds at which requests come, in order. */
const arrivals = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2500 })), { maxLength: 400 })
  .map((gaps) => {
    let at = 0;
    return gaps.map((gap) => {
      at += gap;
      return at;
    });
  });
const limits = fc.integer({ min: 1, max: 40 });

const admittedOf = (times: readonly number[], limit: number) => {
  const table = new RateTable();
  return times.filter((at) => table.take("key", limit, PERIOD, at));
};

/** The most of the times that lie within any stretch of so many milliseconds. */
const mostWithin = (times: readonly number[], milliseconds: number): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + milliseconds).length));

describe("a bucket", () => {
  it("never gives out more than its limit for each period begun, and one more", () =>
    fc.assert(
      fc.property(arrivals, limits, fc.integer({ min: 1, max: 5 }), (times, limit, periods) => {
        const admitted = admittedOf(times, limit);
        expect(mostWithin(admitted, periods * PERIOD)).toBeLessThanOrEqual(limit * (periods + 1));
      }),
    ));

  it("refuses nobody who keeps to the limit", () =>
    fc.assert(
      fc.property(arrivals, (times) => {
        const kept = Math.max(1, mostWithin(times, PERIOD));
        expect(admittedOf(times, kept)).toEqual(times);
      }),
    ));

  it("cuts a steady excess to the limit", () =>
    fc.assert(
      fc.property(limits, fc.integer({ min: 2, max: 5 }), (limit, excess) => {
        const times = Array.from({ length: limit * excess * 10 }, (_, i) => (i * PERIOD) / (limit * excess));
        expect(admittedOf(times, limit).length).toBe(limit * 10);
      }),
    ));

  it("takes up a changed limit at once, and counts what was taken before", () => {
    const table = new RateTable();
    const take = (limit: number, at: number) => table.take("key", limit, PERIOD, at);
    expect([take(2, 0), take(2, 1), take(2, 2)]).toEqual([true, true, false]);
    expect([take(3, 3), take(3, 4)]).toEqual([true, false]);
    expect([take(1, 1000), take(1, 1001)]).toEqual([true, false]);
  });

  it("is forgotten once nobody asks for it", () => {
    const table = new RateTable();
    for (let i = 0; i < 1000; i++) table.take(`key${i}`, 1, PERIOD, i);
    for (const counter of table.sweep(1000)) counter.demand = 0;
    expect(table.size).toBe(1000);
    table.sweep(1500);
    expect(table.size).toBe(499);
    table.sweep(2000);
    expect(table.size).toBe(0);
  });
});

describe("the shares of nodes", () => {
  const demands = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 12 });
  it("add up to the limit, and leave none without any", () =>
    fc.assert(
      fc.property(demands, fc.integer({ min: 12, max: 1000 }), (asked, limit) => {
        const shares = nodeShares(limit, asked);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      }),
    ));

  it("serve every node wholly when there is enough, and give an even part at least to who needs it", () =>
    fc.assert(
      fc.property(demands, fc.integer({ min: 12, max: 1000 }), (asked, limit) => {
        const even = Math.floor(limit / asked.length);
        const shares = nodeShares(limit, asked);
        asked.forEach((demand, node) => {
          expect(shares[node]).toBeGreaterThanOrEqual(Math.min(demand, even));
        });
      }),
    ));

  it("follow the demand", () => {
    expect(nodeShares(120, [0, 0])).toEqual([60, 60]);
    expect(nodeShares(120, [500, 500])).toEqual([60, 60]);
    expect(nodeShares(120, [500, 0])).toEqual([114, 6]);
    expect(nodeShares(120, [500, 30])).toEqual([90, 30]);
    expect(nodeShares(10, [0, 0, 0])).toEqual([4, 3, 3]);
    expect(nodeShares(2, [9, 9, 9])).toEqual([1, 1, 1]);
  });
});

describe("an address", () => {
  it("has one form for all of its spellings", () => {
    const spellings = [
      "2001:db8::1:0:0:1",
      "2001:DB8::1:0:0:1",
      "2001:0db8::1:0:0:1",
      "2001:0DB8::0001:0:0:1",
      "2001:db8:0:0:1::1",
      "2001:db8:0::1:0:0:1",
      "2001:db8::1:0:0:0001",
      "2001:db8:0:0:1:0:0:1",
      "2001:0db8:0000:0000:0001:0000:0000:0001",
      "2001:0DB8:0000:0000:0001:0000:0000:0001",
      "2001:db8:0000:0:01:0:00:1",
      "2001:db8:0:0:1:0:0.0.0.1",
      "2001:db8::1:0:0.0.0.1",
      "[2001:db8::1:0:0:1]",
      "[2001:DB8:0:0:1::1]",
      " 2001:db8::1:0:0:1 ",
      "2001:db8::1:0:0:1%eth0",
      "[2001:db8::1:0:0:1%eth0]",
      "2001:db8:0:0:1:0::1",
      "2001:0db8::1:00:000:0001",
    ];
    expect(new Set(spellings).size).toBe(20);
    expect(new Set(spellings.map(canonicalAddress))).toEqual(new Set(["2001:db8::1:0:0:1"]));
  });

  it("of IPv4 in an IPv6 socket is the IPv4 one", () => {
    const mapped = ["::ffff:192.0.2.77", "::FFFF:c000:24d", "0:0:0:0:0:ffff:192.0.2.77", "192.0.2.77"];
    expect(new Set(mapped.map(canonicalAddress))).toEqual(new Set(["192.0.2.77"]));
  });

  it.each([
    "",
    "unknown",
    "_hidden",
    "1.2.3",
    "1.2.3.4.5",
    "0x7f.1",
    "2001:db8::g",
    "::1/64",
    "[::1",
    "localhost",
  ])("is not %j", (text) => expect(canonicalAddress(text)).toBeNull());

  it("belongs to a subscriber: itself, or the /64 of an IPv6 one", () => {
    expect(subscriberOf("192.0.2.77")).toBe("192.0.2.77");
    const network = (address: string) => subscriberOf(canonicalAddress(address) ?? "");
    const many = Array.from({ length: 10_000 }, (_, i) => network(`2001:db8:0:7:${i.toString(16)}:9::${i}`));
    expect(new Set(many)).toEqual(new Set(["2001:db8:0:7"]));
    expect(network("2001:db8::1")).toBe("2001:db8:0:0");
    expect(network("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2");
    expect(network("::1")).toBe("0:0:0:0");
    expect(network("fe80::1:2:3:4")).toBe("fe80:0:0:0");
    expect(network("1::2:3:4:5:6:7")).toBe("1:0:2:3");
    expect(network("2001:db8:0:8::1")).not.toBe(network("2001:db8:0:7::1"));
  });
});
