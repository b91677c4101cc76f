import { describe, expect, it } from "vitest";
import {
  inRanges,
  isAddressRange,
  networkOf,
  plainAddress,
} from "../../src/domain/threat-protection/address-ranges.ts";
import { deviceName } from "../../src/domain/threat-protection/device-name.ts";
import { eventContext } from "../../src/domain/threat-protection/event-context.ts";
import type { AuthEvent, EventContext } from "../../src/domain/threat-protection/ports.ts";
import {
  POINTS,
  riskLevel,
  riskScore,
  type Signals,
  signalsOf,
} from "../../src/domain/threat-protection/risk-score.ts";
import { HOUR, type Instant, MINUTE } from "../../src/runtime/clock.ts";
import { CHROME, encodedData } from "../support/threat.ts";

const NOW = 1_900_000_000_000 as Instant;
const QUIET: Signals = {
  newDevice: false,
  newAddress: false,
  newNetwork: false,
  newTimezone: false,
  newCountry: false,
  impossiblePace: false,
  recentFailures: 0,
  distrusted: false,
};

const context = (overrides: Partial<EventContext> = {}): EventContext => ({
  ipAddress: "192.0.2.1",
  deviceName: "Chrome 126, Windows 10",
  deviceId: "laptop",
  timezone: "+01:00",
  city: null,
  country: null,
  hasContext: true,
  requestId: "",
  ...overrides,
});

const event = (msAgo: number, overrides: Partial<AuthEvent> = {}) => ({
  type: "SignIn" as const,
  response: "Pass" as const,
  context: context(),
  feedback: null,
  createdAt: (NOW - msAgo) as Instant,
  ...overrides,
});

describe("the signals of a sign-in", () => {
  it("are quiet for one like those before, and for the first of all", () => {
    expect(signalsOf([event(HOUR)], context(), NOW)).toEqual(QUIET);
    expect(signalsOf([], context(), NOW)).toEqual(QUIET);
  });

  it("tell a neighbouring address from another network", () => {
    const history = [event(HOUR)];
    expect(signalsOf(history, context({ ipAddress: "192.0.2.77" }), NOW)).toEqual({
      ...QUIET,
      newAddress: true,
    });
    const elsewhere = context({ ipAddress: "198.51.100.1" });
    expect(signalsOf(history, elsewhere, NOW)).toEqual({ ...QUIET, newAddress: true, newNetwork: true });
    expect(signalsOf([event(MINUTE)], elsewhere, NOW).impossiblePace).toBe(true);
  });

  it("take a device that says nothing for a new one where there was one before", () => {
    expect(signalsOf([event(HOUR)], context({ deviceId: null }), NOW).newDevice).toBe(true);
    const nameless = event(HOUR, { context: context({ deviceId: null }) });
    expect(signalsOf([nameless], context({ deviceId: null }), NOW).newDevice).toBe(false);
  });

  it("count failures since the last success, within an hour", () => {
    const failed = (msAgo: number) => event(msAgo, { response: "Fail" });
    const history = [failed(1), failed(MINUTE), event(10 * MINUTE), failed(20 * MINUTE)];
    expect(signalsOf(history, context(), NOW).recentFailures).toBe(2);
    expect(signalsOf([failed(1), failed(2 * HOUR)], context(), NOW).recentFailures).toBe(1);
  });

  it("learn from feedback: what was not the user makes nothing known, and its address is distrusted", () => {
    const feedback = { value: "Invalid", provider: "User", at: NOW } as const;
    const stranger = event(HOUR, { context: context({ ipAddress: "203.0.113.1", deviceId: "x" }), feedback });
    const signals = signalsOf([stranger, event(2 * HOUR)], context({ ipAddress: "203.0.113.1" }), NOW);
    expect(signals).toMatchObject({ newAddress: true, newNetwork: true, distrusted: true });
  });
});

describe("the score of a sign-in", () => {
  const levelOf = (signals: Partial<Signals>) => riskLevel({ ...QUIET, ...signals });

  it("makes levels of what comes together", () => {
    expect(levelOf({})).toBeNull();
    expect(levelOf({ newAddress: true })).toBeNull();
    expect(levelOf({ newAddress: true, newNetwork: true })).toBe("Low");
    expect(levelOf({ recentFailures: 3 })).toBe("Low");
    expect(levelOf({ newAddress: true, newNetwork: true, newDevice: true })).toBe("Medium");
    expect(levelOf({ distrusted: true })).toBe("Medium");
    expect(levelOf({ newAddress: true, newNetwork: true, newDevice: true, impossiblePace: true })).toBe(
      "High",
    );
    expect(levelOf({ newAddress: true, newNetwork: true, recentFailures: 5 })).toBe("High");
  });

  it("never falls when a signal is added", () => {
    const names = Object.keys(POINTS) as (keyof typeof POINTS)[];
    for (let set = 0; set < 2 ** names.length; set++)
      for (const recentFailures of [0, 2, 3, 5, 50]) {
        const some: Signals = {
          ...QUIET,
          recentFailures,
          ...Object.fromEntries(names.map((name, bit) => [name, Boolean(set & (1 << bit))])),
        };
        for (const name of names)
          expect(riskScore({ ...some, [name]: true })).toBeGreaterThanOrEqual(riskScore(some));
        expect(riskScore({ ...some, recentFailures: recentFailures + 3 })).toBeGreaterThanOrEqual(
          riskScore(some),
        );
      }
  });
});

describe("address ranges", () => {
  it("are CIDR, of either family", () => {
    for (const range of ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"])
      expect(isAddressRange(range)).toBe(true);
    for (const text of ["192.0.2.1", "192.0.2.0/33", "2001:db8::/129", "example.com/24", "192.0.2.0/-1", ""])
      expect(isAddressRange(text)).toBe(false);
  });

  it("hold what they hold", () => {
    expect(inRanges(["192.0.2.0/24", "2001:db8::/32"], "192.0.2.255")).toBe(true);
    expect(inRanges(["192.0.2.0/24", "2001:db8::/32"], "2001:db8:1::1")).toBe(true);
    expect(inRanges(["192.0.2.0/24"], "192.0.3.0")).toBe(false);
    expect(inRanges(["0.0.0.0/0"], "2001:db8::1")).toBe(false);
    expect(inRanges(["0.0.0.0/0"], null)).toBe(false);
    expect(inRanges(undefined, "192.0.2.1")).toBe(false);
  });

  it("know the network of an address in every spelling", () => {
    expect(networkOf("192.0.2.9")).toBe("192.0.2");
    expect(networkOf("2001:db8:7::1")).toBe("2001:db8:7");
    expect(networkOf("2001:0DB8:0007:0:0:0:0:1")).toBe("2001:db8:7");
    expect(networkOf("::1")).toBe("0:0:0");
    expect(plainAddress(" ::ffff:192.0.2.1 ")).toBe("192.0.2.1");
    expect(plainAddress("not an address")).toBeNull();
  });
});

describe("what a caller says of its user", () => {
  it("names the device as events do", () => {
    expect(deviceName(CHROME)).toBe("Chrome 126, Windows 10");
    expect(
      deviceName(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
      ),
    ).toBe("Safari 17, iOS 17");
    expect(deviceName(undefined)).toBe("Other, Other");
  });

  it("is read from Amazon's encoded data, and anything else counts as nothing", () => {
    const read = (encoded: string) =>
      eventContext({ ipAddress: "192.0.2.1", encodedData: encoded, requestId: "r" });
    const given = read(encodedData({ DeviceId: "d", UserAgent: CHROME, ClientTimezone: "-07:00" }));
    expect(given).toMatchObject({
      deviceName: "Chrome 126, Windows 10",
      timezone: "-07:00",
      hasContext: true,
    });
    expect(given.deviceId).toMatch(/^[\w-]{43}$/);
    for (const encoded of ["", "!", "bnVsbA==", "e30=", encodedData({ ClientTimezone: "<script>" })])
      expect(read(encoded)).toMatchObject({ deviceName: "Other, Other", deviceId: null, timezone: null });
  });
});
