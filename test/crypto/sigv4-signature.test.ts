import { describe, expect, it } from "vitest";
import { signedHeaders } from "../../src/crypto/sigv4-signature.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" };

/** What @smithy/signature-v4 5.7.5 makes of the same calls. */
const VECTORS = [
  ["fn", "4b3713e0df394fd16081029b23ccdaf95e878b751b43680a849fb84076f0e225"],
  [
    "arn:aws:lambda:us-east-1:123456789012:function:my-fn",
    "35c823bc45151028a9b25e2e75990af406f0fdf9a9db3733bc6d85395ad9f531",
  ],
] as const;

describe("the signature of a call", () => {
  it.each(VECTORS)("is the one that the SDK makes, for %s", (name, signature) => {
    const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
    const url = new URL(`https://lambda.us-east-1.amazonaws.com${path}`);
    const headers = { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" };
    const scope = { region: "us-east-1", service: "lambda", at: "20250107T080509Z" };
    expect(signedHeaders({ url, headers, body: '{"a":1}' }, credentials, scope).authorization).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250107/us-east-1/lambda/aws4_request, " +
        "SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type;x-amz-security-token, " +
        `Signature=${signature}`,
    );
  });
});
