import { describe, expect, it } from "vitest";
import {
  type CanonicalParts,
  canonicalRequest,
  sha256Hex,
  signatureOf,
  signingKey,
  stringToSign,
} from "../../src/crypto/sigv4.ts";

/** The credentials, time and scope of the published suite (aws-c-auth, `aws-signing-test-suite/v4`). */
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const AT = "20150830T123600Z";
const SCOPE = { day: "20150830", region: "us-east-1", service: "service" };
const HOST = ["host", "example.amazonaws.com"] as const;
const DATE = ["x-amz-date", AT] as const;
const EMPTY = sha256Hex("");

const of = (given: Partial<CanonicalParts>): CanonicalParts => ({
  method: "GET",
  path: "/",
  query: "",
  headers: [HOST, DATE],
  payloadHash: EMPTY,
  ...given,
});
const signature = (given: Partial<CanonicalParts>, scope = SCOPE) =>
  signatureOf(signingKey(SECRET, scope), stringToSign(AT, scope, canonicalRequest(of(given)))).toString(
    "hex",
  );

const FORM = ["content-type", "application/x-www-form-urlencoded"] as const;

const PUBLISHED: [name: string, given: Partial<CanonicalParts>, signature: string][] = [
  ["get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "get-vanilla-empty-query-key",
    { query: "Param1=value1" },
    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  ],
  [
    "get-vanilla-query-order-key-case",
    { query: "Param2=value2&Param1=value1" },
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-vanilla-query-unreserved",
    {
      query:
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    },
    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  ],
  [
    "get-vanilla-utf8-query",
    { query: "ሴ=bar" },
    "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  ],
  ["get-utf8", { path: "/ሴ" }, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
  [
    "get-unreserved",
    { path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" },
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  ],
  [
    "get-space-normalized",
    { path: "/example space/" },
    "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
  ],
  [
    "get-slashes-normalized",
    { path: "//example//" },
    "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  ],
  [
    "get-relative-normalized",
    { path: "/example/.." },
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  ],
  [
    "get-header-key-duplicate",
    { headers: [HOST, ["my-header1", "value2", "value2", "value1"], DATE] },
    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  ],
  [
    "get-header-value-order",
    { headers: [HOST, ["my-header1", "value4", "value1", "value3", "value2"], DATE] },
    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
  ],
  [
    "get-header-value-trim",
    { headers: [HOST, ["my-header1", " value1"], ["my-header2", ' "a   b   c"'], DATE] },
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  ],
  [
    "post-x-www-form-urlencoded",
    { method: "POST", headers: [FORM, HOST, DATE], payloadHash: sha256Hex("Param1=value1") },
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
  [
    "post-vanilla presigned",
    {
      method: "POST",
      headers: [HOST],
      query:
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600",
    },
    "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b",
  ],
];

describe("a signature", () => {
  it.each(PUBLISHED)("is the published one: %s", (_name, given, expected) => {
    expect(signature(given)).toBe(expected);
  });

  it("is the one that botocore makes for a call of the API, with and without a session token", () => {
    const scope = { ...SCOPE, service: "cognito-idp" };
    const signed: CanonicalParts["headers"] = [
      ["content-type", "application/x-amz-json-1.1"],
      ["host", "cognito-idp.us-east-1.amazonaws.com"],
      DATE,
    ];
    const target = ["x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools"] as const;
    const parts = of({
      method: "POST",
      headers: [...signed, target],
      payloadHash: sha256Hex('{"MaxResults":10}'),
    });
    expect(signingKey(SECRET, scope).toString("hex")).toBe(
      "6a85027e0522d130dd768edd17656424fc188f85cf165c78b6637d3d410df66c",
    );
    expect(sha256Hex(canonicalRequest(parts))).toBe(
      "092ba1b9481de950c084d5a5ae2e056f19c97172132aa3f0b39073ce67f25bc8",
    );
    expect(signature(parts, scope)).toBe("8a3568dd3459c9241db3bb05e69492c78ea7b414eafc58c25bcb2a0f38c95014");
    const withToken = {
      ...parts,
      headers: [...signed, ["x-amz-security-token", "AQoEXAMPLEtoken"], target] as CanonicalParts["headers"],
    };
    expect(sha256Hex(canonicalRequest(withToken))).toBe(
      "ff77570365ae5fe10d3983f682704410b85b742f1263f646d4f5f545d15766c3",
    );
    expect(signature(withToken, scope)).toBe(
      "2c1c62f0c7443bb2ef97cd3888a62c20e4506f3e782dd18586e7ab2eeb44ce2f",
    );
  });
});
