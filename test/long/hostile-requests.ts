/** Requests that break HTTP, JSON or the protocol of the API, each with what the server may say to it. */
export interface HostileRequest {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Statuses that are right; `closed` when the server may end the connection without a word. */
  readonly right: readonly (number | "closed")[];
}

const TARGET = "AWSCognitoIdentityProviderService.ListUserPools";
const KB = 1024;
const MB = KB * KB;

interface Parts {
  readonly line?: string;
  readonly target?: string | null;
  readonly headers?: readonly string[];
  readonly body?: Uint8Array | string;
  /** Of the Content-Length header; the body's own when not given, no header for null. */
  readonly length?: string | null;
}

function request({
  line = "POST / HTTP/1.1",
  target = TARGET,
  headers = [],
  body = "",
  length,
}: Parts): Buffer {
  const bytes = Buffer.from(body);
  const announced = length === undefined ? String(bytes.length) : length;
  const head = [
    line,
    "Host: localhost",
    "Content-Type: application/x-amz-json-1.1",
    ...(target === null ? [] : [`X-Amz-Target: ${target}`]),
    ...(announced === null ? [] : [`Content-Length: ${announced}`]),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}

const json = (name: string, body: Uint8Array | string): HostileRequest => ({
  name,
  bytes: request({ body }),
  right: [400],
});

const notJson: HostileRequest[] = [
  json("no body", ""),
  json("text that is not JSON", "hello"),
  json("a truncated object", '{"MaxResults":1'),
  json("two objects", '{"MaxResults":1}{"MaxResults":1}'),
  json("an array", "[]"),
  json("null", "null"),
  json("a comment", '{"MaxResults":1/* one */}'),
  json("a byte order mark", '\ufeff{"MaxResults":1}'),
  json("bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  json("an overlong UTF-8 sequence", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])),
  json("NUL bytes", Buffer.alloc(1000)),
  json("100 000 arrays in each other", `{"MaxResults":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
  json("100 000 arrays that do not end", "[".repeat(100_000)),
  json("50 000 objects in each other", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`),
  json("a number beyond all numbers", '{"MaxResults":1e309}'),
  json("a negative number beyond all numbers", '{"MaxResults":-1e309}'),
  json("a number of 100 000 digits", `{"MaxResults":${"9".repeat(100_000)}}`),
  json("a prototype", '{"__proto__":{"MaxResults":1}}'),
  json("a constructor", '{"constructor":{"prototype":{"MaxResults":1}}}'),
  json("100 000 unknown members", `{${Array.from({ length: 40_000 }, (_, i) => `"m${i}":0`).join()}}`),
];

const oddButValid: HostileRequest[] = [
  {
    name: "one member twice",
    bytes: request({ body: '{"MaxResults":0,"MaxResults":1}' }),
    right: [200, 400],
  },
  {
    name: "a lone surrogate",
    bytes: request({ body: '{"MaxResults":1,"NextToken":"\\ud800"}' }),
    right: [400],
  },
  {
    name: "a prototype beside a member",
    bytes: request({ body: '{"MaxResults":1,"__proto__":7}' }),
    right: [200],
  },
];

const tooLarge: HostileRequest[] = [
  { name: "a body of 1 MB and one byte", bytes: request({ body: Buffer.alloc(MB + 1, 32) }), right: [413] },
  { name: "a body of 30 MB", bytes: request({ body: Buffer.alloc(30 * MB, 32) }), right: [413] },
  {
    name: "30 MB in chunks",
    bytes: request({
      length: null,
      headers: ["Transfer-Encoding: chunked"],
      body: Buffer.from(`${(30 * MB).toString(16)}\r\n${" ".repeat(30 * MB)}\r\n0\r\n\r\n`),
    }),
    right: [413],
  },
  { name: "1 GB announced", bytes: request({ length: String(KB * MB), body: "{}" }), right: [413] },
  {
    name: "64 KB in one header",
    bytes: request({ headers: [`X-Long: ${"a".repeat(64 * KB)}`] }),
    right: [431],
  },
  {
    name: "64 KB in many headers",
    bytes: request({ headers: Array.from({ length: 4000 }, (_, i) => `X-${i}: ${"b".repeat(8)}`) }),
    right: [431],
  },
  {
    name: "a path of 64 KB",
    bytes: request({ line: `POST /${"a".repeat(64 * KB)} HTTP/1.1` }),
    right: [431],
  },
];

const methods: HostileRequest[] = ["GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"].map((method) => ({
  name: `${method} /`,
  bytes: request({ line: `${method} / HTTP/1.1` }),
  right: [405],
}));

const targets: HostileRequest[] = [
  null,
  "",
  "ListUserPools",
  "AWSCognitoIdentityProviderService.",
  "AWSCognitoIdentityProviderService.NoSuchOperation",
  "AWSCognitoIdentityProviderService.__proto__",
  "AWSCognitoIdentityProviderService.constructor",
  "awscognitoidentityproviderservice.listuserpools",
  "AWSCognitoIdentityService.GetId",
  `AWSCognitoIdentityProviderService.${"A".repeat(8000)}`,
].map((target) => ({
  name: `the target ${target === null ? "missing" : JSON.stringify(target.slice(0, 60))}`,
  bytes: request({ target, body: '{"MaxResults":1}' }),
  right: [400],
}));

const broken = (name: string, bytes: Uint8Array | string): HostileRequest => ({
  name,
  bytes,
  right: [400, "closed"],
});
const CHUNKED = "Transfer-Encoding: chunked";

const http: HostileRequest[] = [
  broken("bytes that are not HTTP", Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 37) % 256))),
  broken("a TLS greeting", Buffer.from("16030100a5010000a10303", "hex")),
  broken("a version that does not exist", request({ line: "POST / HTTP/9.9" })),
  broken("a method that does not exist", request({ line: "STEAL / HTTP/1.1" })),
  broken("a negative length", request({ length: "-1" })),
  broken("a length that is no number", request({ length: "2x", body: "{}" })),
  broken("two lengths", request({ headers: ["Content-Length: 7"], body: "{}" })),
  broken("a length and chunks", request({ headers: [CHUNKED], body: "0\r\n\r\n" })),
  broken(
    "a chunk whose size is no number",
    request({ length: null, headers: [CHUNKED], body: "zz\r\n{}\r\n0\r\n\r\n" }),
  ),
  broken(
    "an obfuscated encoding",
    request({ length: "4", headers: ["Transfer-Encoding: xchunked"], body: "{}\r\n" }),
  ),
  broken("a space before the colon", request({ headers: ["X-Odd : 1"] })),
  broken("a NUL in a header", request({ headers: ["X-Odd: a\u0000b"] })),
  broken("no Host", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
  {
    name: "CONNECT",
    bytes: request({ line: "CONNECT example.com:443 HTTP/1.1" }),
    right: [400, 404, 405, "closed"],
  },
  { name: "another path", bytes: request({ line: "POST /../../etc/passwd HTTP/1.1" }), right: [404] },
  {
    name: "a broken escape",
    bytes: request({ line: "GET /%ff%fe%00/.well-known/jwks.json HTTP/1.1" }),
    right: [404],
  },
];

export const hostileRequests: readonly HostileRequest[] = [
  ...notJson,
  ...oddButValid,
  ...tooLarge,
  ...methods,
  ...targets,
  ...http,
];
