import fc from "fast-check";
import { expect, it } from "vitest";
import { describeUserAgent } from "../../src/domain/tokens/user-agent.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC = "Macintosh; Intel Mac OS X 10_15_7";

it.each([
  [`Mozilla/5.0 (${MAC}) ${WEBKIT} Chrome/125.0.0.0 Safari/537.36`, "Chrome 125 / macOS 10"],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0`,
    "Edge 126 / Windows 10",
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/120.0.0.0 Safari/537.36 OPR/106.0`,
    "Opera 106 / Windows 10",
  ],
  [
    `Mozilla/5.0 (${MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15`,
    "Safari 17 / macOS 10",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Safari 17 / iOS 17",
  ],
  [
    `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${WEBKIT} Chrome/125.0.0.0 Mobile Safari/537.36`,
    "Chrome 125 / Android 14",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 / Linux"],
  [
    "aws-sdk-js/3.1169.0 ua/2.1 os/linux#6.1.0 lang/js md/nodejs#26.1.0",
    "AWS SDK for JavaScript 3.1169 / Linux",
  ],
  ["curl/8.5.0", "curl 8.5"],
  ["Mozilla/5.0 (X11; Linux x86_64)", "Linux"],
  ["node", "unknown"],
  [undefined, "unknown"],
])("of %s it says %s", (userAgent, description) => {
  expect(describeUserAgent(userAgent)).toBe(description);
});

it("says something short of whatever it is given", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("", "Chrome/", "boto3/1."),
      fc.stringMatching(/^[0-9.]{0,2000}$/),
      (program, version) => {
        const description = describeUserAgent(program + version);
        expect(description).not.toBe("");
        expect(description.length).toBeLessThanOrEqual(64);
      },
    ),
  );
});
