import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SigningKey } from "../../src/domain/tokens/index.ts";
import { claimsOf, refusal } from "../support/api.ts";
import { closeWithinModel, type Tokens } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld } from "../support/world.ts";

const INVALID = "NotAuthorizedException: Invalid Access Token";
const SIGNATURE = "NotAuthorizedException: Could not verify signature for Access Token";
const EXPIRED = "NotAuthorizedException: Access Token has expired";
const REVOKED = "NotAuthorizedException: Access Token has been revoked";
const SCOPES = "NotAuthorizedException: Access Token does not have required scopes";
const NO_USER = "UserNotFoundException: User does not exist.";
const PATTERN =
  "InvalidParameterException: 1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+";

const world = await startWorld();
afterAll(() => closeWithinModel(world));

/** A token that must be refused, and the words that it is refused with. */
type Forgery = readonly [name: string, token: string, words: string];

const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64url");
const json = (value: unknown): string => base64url(JSON.stringify(value));

let place: Scene;
let tokens: Tokens;
let foreign: Tokens;
/** The server's own keys, to sign what it never would. */
let keys: { readonly access: SigningKey; readonly id: SigningKey };
let header: { readonly kid: string; readonly alg: string };
let claims: Record<string, unknown>;
let head: string;
let payload: string;
let signature: string;
const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });

async function poolKeys(UserPoolId: string) {
  const { store, tokenKeys } = world.server.services;
  const pool = await store.userPools.find(UserPoolId);
  if (!pool) throw new Error("No such pool");
  return { access: await tokenKeys.signingKey(pool, "access"), id: await tokenKeys.signingKey(pool, "id") };
}

beforeAll(async () => {
  place = await scene(world);
  await place.user("ana");
  tokens = await place.tokens("ana");
  const elsewhere = await scene(world);
  await elsewhere.user("ana");
  foreign = await elsewhere.tokens("ana");
  keys = await poolKeys(place.UserPoolId);
  [head, payload, signature] = tokens.AccessToken.split(".") as [string, string, string];
  header = JSON.parse(Buffer.from(head, "base64url").toString());
  claims = claimsOf(tokens.AccessToken);
});

const getUser = (AccessToken: string) => place.api("GetUser", { AccessToken });

/** RS256 over two segments as they are. */
const rs256 = (key: KeyObject, ...segments: readonly [string, string]): string => {
  const input = segments.join(".");
  return `${input}.${base64url(sign("sha256", Buffer.from(input), key))}`;
};
const byAttacker = (head: unknown, body: unknown = claims) =>
  rs256(attacker.privateKey, json(head), json(body));
/** Signed with the right key, so that nothing but the claims is wrong. */
const byServer = (body: unknown) => rs256(keys.access.privateKey, head, json(body));
const byServerRaw = (text: string) => rs256(keys.access.privateKey, head, base64url(text));

/** The claims as JSON text with one member in other words; `text` is JSON or something near it. */
const withMember = (name: string, text: string): string =>
  `${JSON.stringify({ ...claims, [name]: undefined }).slice(0, -1)},"${name}":${text}}`;

const ALGORITHMS_NONE = [
  "none",
  "None",
  "NONE",
  "nOnE",
  "nonE",
  "noNe",
  "none ",
  " none",
  "none\n",
  "\tnone",
  "none\u0000",
  "ｎｏｎｅ",
  "ⁿone",
  "n\u200bone",
  "null",
  "undefined",
  "",
];
const ALGORITHMS_ODD = [
  "RS256 ",
  " RS256",
  "\nRS256",
  "rs256",
  "Rs256",
  "RS-256",
  "RS256\u0000",
  "RS256,none",
  "none,RS256",
  "RЅ256",
  "RSA",
  "SHA256",
  "sha256WithRSAEncryption",
  "RS1",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "ES256K",
  "EdDSA",
  "HS256",
  "HS384",
  "HS512",
  "dir",
  "A256GCM",
  "RSA-OAEP",
  "PBES2-HS256+A128KW",
];
const ALGORITHMS_NO_TEXT = [null, 0, 1, true, false, [], ["RS256"], ["none", "RS256"], {}, { RS256: true }];

function unsigned(): Forgery[] {
  const named = [...ALGORITHMS_NONE, ...ALGORITHMS_ODD, ...ALGORITHMS_NO_TEXT].flatMap((alg): Forgery[] => {
    const changed = json({ ...header, alg });
    const name = `alg ${JSON.stringify(alg)}`;
    return [
      [`${name}, no signature`, `${changed}.${payload}.`, INVALID],
      [`${name}, the signature of the genuine token`, `${changed}.${payload}.${signature}`, INVALID],
    ];
  });
  return [
    ...named,
    ...["none", "NONE", "RS256", "HS256"].flatMap((alg): Forgery[] => [
      [`alg ${alg}, two segments`, `${json({ ...header, alg })}.${payload}`, INVALID],
      [`alg ${alg} and nothing else in the header`, `${json({ alg })}.${payload}.`, INVALID],
    ]),
    ["no alg", `${json({ kid: header.kid })}.${payload}.${signature}`, INVALID],
    ["no signature under the genuine header", `${head}.${payload}.`, SIGNATURE],
    ["two segments under the genuine header", `${head}.${payload}`, INVALID],
    ["no header", `.${payload}.${signature}`, INVALID],
    ["no payload", `${head}..${signature}`, INVALID],
    ["an empty header", `${json({})}.${payload}.${signature}`, INVALID],
  ];
}

/** The public key in every spelling that a careless server might take for a shared secret. */
function secretsOf({ privateKey, kid }: SigningKey): [string, Uint8Array | string][] {
  const key = createPublicKey(privateKey);
  const jwk = key.export({ format: "jwk" });
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  return [
    ["PEM", pem],
    ["PEM without its last newline", pem.trimEnd()],
    ["PEM after a space", ` ${pem}`],
    ["PEM after a newline", `\n${pem}`],
    ["PEM with CRLF", pem.replaceAll("\n", "\r\n")],
    ["PEM without its frame", pem.replace(/-----[A-Z ]+-----|\n/g, "")],
    ["DER", key.export({ type: "spki", format: "der" })],
    ["PKCS#1 PEM", key.export({ type: "pkcs1", format: "pem" })],
    ["PKCS#1 DER", key.export({ type: "pkcs1", format: "der" })],
    ["JWK", JSON.stringify(jwk)],
    ["JWK as published", JSON.stringify({ alg: "RS256", e: jwk.e, kid, kty: jwk.kty, n: jwk.n, use: "sig" })],
    ["modulus as text", jwk.n ?? ""],
    ["modulus as bytes", Buffer.from(jwk.n ?? "", "base64url")],
    ["modulus in hexadecimal", Buffer.from(jwk.n ?? "", "base64url").toString("hex")],
    ["key id", kid],
    ["nothing", ""],
  ];
}

const HMACS = { HS256: "sha256", HS384: "sha384", HS512: "sha512" } as const;

function keyConfusion(): Forgery[] {
  return Object.entries(keys).flatMap(([use, key]) =>
    secretsOf(key).flatMap(([spelling, secret]) =>
      Object.entries(HMACS).flatMap(([alg, hash]): Forgery[] => {
        const mac = (segment: string) => {
          const input = `${segment}.${payload}`;
          return `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
        };
        const name = `${alg} with the ${use} key's ${spelling} as secret`;
        return [
          [name, mac(json({ kid: key.kid, alg })), INVALID],
          [`${name}, called RS256`, mac(json({ kid: key.kid, alg: "RS256" })), SIGNATURE],
        ];
      }),
    ),
  );
}

function otherAlgorithms(): Forgery[] {
  const { privateKey } = keys.access;
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const made = (alg: string, signed: (input: Buffer) => Uint8Array): Forgery[] =>
    [alg, "RS256"].map((named): Forgery => {
      const input = `${json({ ...header, alg: named })}.${payload}`;
      const token = `${input}.${base64url(signed(Buffer.from(input)))}`;
      return [`${alg}, called ${named}`, token, named === "RS256" ? SIGNATURE : INVALID];
    });
  return [
    ...made("RS384", (input) => sign("sha384", input, privateKey)),
    ...made("RS512", (input) => sign("sha512", input, privateKey)),
    ...made("RS1", (input) => sign("sha1", input, privateKey)),
    ...made("PS256", (input) => sign("sha256", input, pss)),
    ...made("PS384", (input) => sign("sha384", input, pss)),
    ...made("PS512", (input) => sign("sha512", input, pss)),
    ...made("ES256", (input) => sign("sha256", input, { key: curve, dsaEncoding: "ieee-p1363" })),
    ...made("ES256 in DER", (input) => sign("sha256", input, curve)),
    ...made("EdDSA", (input) => sign(null, input, generateKeyPairSync("ed25519").privateKey)),
  ];
}

function keyIds(): Forgery[] {
  const donor = JSON.parse(Buffer.from(foreign.AccessToken.split(".")[0] ?? "", "base64url").toString());
  const texts = [
    ...[
      "",
      "unknown",
      "../../../../dev/null",
      "/etc/passwd",
      "/dev/null",
      "C:\\Windows\\win.ini",
      "file:///dev/null",
    ],
    ...[
      "' or '1'='1",
      "x' union select 'AAAA' --",
      `${header.kid}' --`,
      `${header.kid}\u0000`,
      ` ${header.kid}`,
    ],
    ...[
      `${header.kid} `,
      header.kid.toLowerCase(),
      header.kid.replace("=", ""),
      `${header.kid}=`,
      `../${header.kid}`,
    ],
    ...[
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "0",
      "null",
      "*",
      "%",
      "$(id)",
      "| cat /etc/passwd",
    ],
    ...["https://attacker.example/keys", "k".repeat(10_000), "ｋ", "\ud800"],
  ];
  const noTexts = [undefined, null, 0, true, [], [header.kid], {}, { kid: header.kid }];
  return [
    ...texts.map(
      (kid): Forgery => [
        `kid ${JSON.stringify(kid).slice(0, 40)}`,
        byAttacker({ ...header, kid }),
        SIGNATURE,
      ],
    ),
    ...noTexts.map((kid): Forgery => [`kid ${JSON.stringify(kid)}`, byAttacker({ ...header, kid }), INVALID]),
    ["another pool's kid and key", rs256(attacker.privateKey, json(donor), payload), SIGNATURE],
    [
      "another pool's token under this pool's claims",
      [foreign.AccessToken.split(".")[0], payload, foreign.AccessToken.split(".")[2]].join("."),
      SIGNATURE,
    ],
    [
      "the ID key's kid, signed with the access key",
      rs256(keys.access.privateKey, json({ ...header, kid: keys.id.kid }), payload),
      SIGNATURE,
    ],
    ["the access key's kid, signed with the ID key", rs256(keys.id.privateKey, head, payload), SIGNATURE],
    [
      "the ID key's kid, signed with the ID key",
      rs256(keys.id.privateKey, json({ ...header, kid: keys.id.kid }), payload),
      SIGNATURE,
    ],
    ["an ID token", tokens.IdToken, INVALID],
    [
      "the payload of an ID token",
      rs256(keys.access.privateKey, head, tokens.IdToken.split(".")[1] ?? ""),
      INVALID,
    ],
  ];
}

function headerMembers(): Forgery[] {
  const jwk = attacker.publicKey.export({ format: "jwk" });
  const pem = attacker.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const members: Record<string, unknown> = {
    jwk: { ...jwk, kid: header.kid, alg: "RS256", use: "sig" },
    jku: "https://attacker.example/.well-known/jwks.json",
    "jku of this server with a fragment": `${world.url}/${place.UserPoolId}/.well-known/jwks.json#@attacker.example`,
    x5u: "https://attacker.example/certificate.pem",
    x5c: [pem],
    x5t: base64url(createHash("sha1").update(pem).digest()),
    "x5t#S256": base64url(createHash("sha256").update(pem).digest()),
    key: pem,
    public_key: pem,
    keys: [jwk],
    b64: false,
    zip: "DEF",
    enc: "none",
    cty: "JWT",
    typ: "at+jwt",
    "typ of an ID token": "id",
    iss: "https://attacker.example",
    __proto__x: { alg: "none" },
  };
  const plain = Object.entries(members).flatMap(([name, value]): Forgery[] => {
    const changed = { ...header, [name.split(" ")[0] ?? name]: value };
    return [
      [`${name} in the header, signed by its key`, byAttacker(changed), SIGNATURE],
      [`${name} in the header, the genuine signature`, `${json(changed)}.${payload}.${signature}`, SIGNATURE],
    ];
  });
  const critical = [["exp"], [], ["b64"], ["alg"], "exp", "", 0, {}, null, ["unknown"], [""], ["crit"]].map(
    (crit): Forgery => [`crit ${JSON.stringify(crit)}`, byAttacker({ ...header, crit, b64: false }), INVALID],
  );
  return [...plain, ...critical];
}

/** Texts that are not the JSON objects they should be; or are, but not as they were signed. */
function jsonTexts(): Forgery[] {
  const { kid } = header;
  const genuine = (text: string | Uint8Array, words: string): Forgery => [
    `the header ${Buffer.from(text).toString().slice(0, 60)}`,
    `${base64url(text)}.${payload}.${signature}`,
    words,
  ];
  return [
    genuine(`{"alg":"none","kid":"${kid}","alg":"RS256"}`, SIGNATURE),
    genuine(`{"alg":"RS256","kid":"${kid}","alg":"none"}`, INVALID),
    genuine(`{"alg":"RS256","kid":"x","kid":"${kid}"}`, SIGNATURE),
    genuine(`{"kid":"${kid}","alg":"RS25\\u0036"}`, SIGNATURE),
    genuine(`{"kid":"${kid}","\\u0061lg":"RS256"}`, SIGNATURE),
    genuine(`{"kid":"${kid}","ALG":"RS256"}`, INVALID),
    genuine(`{"kid":"${kid}","alg":"RS256"} `, SIGNATURE),
    genuine(`\ufeff{"kid":"${kid}","alg":"RS256"}`, INVALID),
    genuine(`{"kid":"${kid}","alg":"RS256",}`, INVALID),
    genuine(`{"kid":"${kid}","alg":"RS256"}{}`, INVALID),
    genuine(`{'kid':'${kid}','alg':'RS256'}`, INVALID),
    genuine(`{"kid":"${kid}","alg":"RS256"/**/}`, INVALID),
    genuine(`{"__proto__":{"alg":"RS256","kid":"${kid}"}}`, INVALID),
    genuine(`[{"kid":"${kid}","alg":"RS256"}]`, INVALID),
    genuine('"RS256"', INVALID),
    genuine("null", INVALID),
    genuine("", INVALID),
    genuine(`${"[".repeat(20_000)}`, INVALID),
    genuine(Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), INVALID),
    ...["[]", "null", '"access"', "7", "", "{", `[${JSON.stringify(claims)}]`].map(
      (text): Forgery => [`the payload ${text.slice(0, 20)}`, byServerRaw(text), INVALID],
    ),
  ];
}

/** Signed as they must be: what is wrong is what they say. */
function claimValues(): Forgery[] {
  const now = Math.floor(world.server.services.clock.now() / 1000);
  const times = [
    '"9999999999"',
    '"x"',
    "null",
    "true",
    "[]",
    "[9999999999]",
    "{}",
    "1e309",
    "-1e309",
    "1e300",
    "9999999999.5",
  ];
  const issuer = String(claims.iss);
  const otherIssuer = String(claimsOf(foreign.AccessToken).iss);
  const issuers: unknown[] = [
    ...[
      `${issuer}/`,
      `/${issuer}`,
      ` ${issuer}`,
      `${issuer} `,
      `${issuer}x`,
      `x${issuer}`,
      `${issuer}?`,
      `${issuer}#`,
    ],
    ...[
      `${issuer}/.`,
      `${issuer}/${place.UserPoolId}`,
      `https://attacker.example/${place.UserPoolId}`,
      place.UserPoolId,
    ],
    ...[
      `/${place.UserPoolId}`,
      issuer.toUpperCase(),
      issuer.replace("http:", "https:"),
      issuer.replace("127.0.0.1", "127.0.0.1.attacker.example"),
    ],
    ...[
      `https://cognito-idp.us-east-1.amazonaws.com/${place.UserPoolId}`,
      "",
      null,
      undefined,
      0,
      [issuer],
      { issuer },
    ],
    ...[
      issuer.replace(place.UserPoolId, "us-east-1_Unknown00"),
      `${issuer}\u0000`,
      issuer.replace("_", "%5F"),
    ],
  ];
  const uses: unknown[] = [
    "id",
    "refresh",
    "ACCESS",
    "access ",
    " access",
    "",
    null,
    undefined,
    0,
    true,
    ["access"],
    { access: true },
  ];
  const scopes: unknown[] = [
    "",
    "openid",
    "aws.cognito.signin.user.admi",
    "aws.cognito.signin.user.admin2",
    "AWS.COGNITO.SIGNIN.USER.ADMIN",
    "aws.cognito.signin.user.admin,openid",
    null,
    undefined,
    ["aws.cognito.signin.user.admin"],
    0,
  ];
  const sessions: unknown[] = [
    "",
    "00000000-0000-4000-8000-000000000000",
    null,
    undefined,
    0,
    ["x"],
    `${claims.event_id} `,
    String(claims.event_id).toUpperCase(),
    claims.jti,
    claims.sub,
  ];
  return [
    ...["exp", "iat"].flatMap((name) => [
      ...times.map((text): Forgery => [`${name} ${text}`, byServerRaw(withMember(name, text)), INVALID]),
      [`no ${name}`, byServer({ ...claims, [name]: undefined }), INVALID] as const,
    ]),
    ...[now, now - 1, 0, -1, -9_999_999_999, -0].map(
      (exp): Forgery => [`exp ${exp}`, byServer({ ...claims, exp }), EXPIRED],
    ),
    ...issuers.map((iss): Forgery => [`iss ${JSON.stringify(iss)}`, byServer({ ...claims, iss }), INVALID]),
    [`another pool's iss`, byServer({ ...claims, iss: otherIssuer }), SIGNATURE],
    ...uses.map(
      (token_use): Forgery => [
        `token_use ${JSON.stringify(token_use)}`,
        byServer({ ...claims, token_use }),
        INVALID,
      ],
    ),
    ...scopes.map(
      (scope): Forgery => [`scope ${JSON.stringify(scope)}`, byServer({ ...claims, scope }), SCOPES],
    ),
    ...sessions.map(
      (event_id): Forgery => [
        `event_id ${JSON.stringify(event_id)}`,
        byServer({ ...claims, event_id }),
        REVOKED,
      ],
    ),
    ["neither session nor user", byServer({ ...claims, event_id: "", sub: "" }), NO_USER],
    [
      "another pool's session",
      byServer({ ...claims, event_id: claimsOf(foreign.AccessToken).event_id }),
      REVOKED,
    ],
  ];
}

/** Payloads that were changed after they were signed. */
function changedPayloads(): Forgery[] {
  const body = JSON.stringify(claims);
  const changed = (text: string, words = SIGNATURE): Forgery => [
    `the payload …${text.slice(-60)}`,
    `${head}.${base64url(text)}.${signature}`,
    words,
  ];
  return [
    ...Object.keys(claims)
      .filter((name) => name !== "iss" && name !== "token_use")
      .flatMap((name) => [
        changed(JSON.stringify({ ...claims, [name]: undefined })),
        changed(JSON.stringify({ ...claims, [name]: "x" })),
        changed(`${body.slice(0, -1)},"${name}":"x"}`),
      ]),
    changed(`${body.slice(0, -1)},"token_use":"id"}`, INVALID),
    changed(`{"token_use":"id",${body.slice(1)}`),
    changed(`${body.slice(0, -1)},"iss":"https://attacker.example"}`, INVALID),
    changed(`${body} `),
    changed(JSON.stringify(claims, null, 1)),
    changed(JSON.stringify({ ...claims, "cognito:groups": ["admins"] })),
    changed(JSON.stringify(Object.fromEntries(Object.entries(claims).reverse()))),
  ];
}

function segments(): Forgery[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const twin = (text: string, bit: number) =>
    text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) ?? "") ^ bit] ?? "");
  const whole = tokens.AccessToken;
  const cut = [1, 2, 3, 4, 5, 8, 64, 170, 341, 342].map(
    (n): Forgery => [
      `${n} characters less`,
      whole.slice(0, -n),
      n === 342 ? SIGNATURE : n > 342 ? INVALID : (expect.anything() as never),
    ],
  );
  return [
    ...cut,
    ...["A", "AA", "AAAA", "-", "_", "A".repeat(342)].map(
      (tail): Forgery => [`${tail.slice(0, 9)} more`, whole + tail, expect.anything() as never],
    ),
    ...[1, 2, 3].map(
      (bit): Forgery => [
        `bits left over in the signature: ${bit}`,
        `${head}.${payload}.${twin(signature, bit)}`,
        INVALID,
      ],
    ),
    ["bits left over in the header", `${twin(head, 1)}.${payload}.${signature}`, expect.anything() as never],
    ["a fourth segment", `${whole}.x`, INVALID],
    ["an empty fourth segment", `${whole}.`, INVALID],
    ["a segment before", `x.${whole}`, INVALID],
    ["an empty segment before", `.${whole}`, INVALID],
    ["segments in reverse", [signature, payload, head].join("."), INVALID],
    ["header and payload exchanged", [payload, head, signature].join("."), INVALID],
    ["the token twice", `${whole}.${whole}`, INVALID],
    ["dots only", "..", INVALID],
    ["one dot", ".", INVALID],
    ["padding after the signature", `${whole}=`, INVALID],
    ["padding twice", `${whole}==`, INVALID],
    ["padding in the header", `${head}=.${payload}.${signature}`, SIGNATURE],
    ["padding in the payload", `${head}.${payload}=.${signature}`, SIGNATURE],
    [
      "padding inside the signature",
      `${head}.${payload}.${signature.slice(0, 10)}=${signature.slice(10)}`,
      INVALID,
    ],
    ["a space before", ` ${whole}`, PATTERN],
    ["a space after", `${whole} `, PATTERN],
    ["a newline after", `${whole}\n`, PATTERN],
    ["a NUL after", `${whole}\u0000`, PATTERN],
    ["a plus sign", `${whole}+`, PATTERN],
    ["a slash", `${whole}/`, PATTERN],
    ["Bearer", `Bearer ${whole}`, PATTERN],
    ["a full-width letter", `${whole.slice(0, -1)}Ａ`, PATTERN],
    ["a combining letter", `${whole}\u0301`, PATTERN],
    ["JSON serialization", JSON.stringify({ payload, protected: head, signature }), PATTERN],
    ["nothing", "", PATTERN],
    ["all in upper case", whole.toUpperCase(), INVALID],
    ["a refresh token", tokens.RefreshToken, INVALID],
  ];
}

function signatures(): Forgery[] {
  const { privateKey, kid } = keys.access;
  const modulus = Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).n ?? "", "base64url");
  const genuine = Buffer.from(signature, "base64url");
  const toBytes = (value: bigint, length = 256) =>
    Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex");
  const n = BigInt(`0x${modulus.toString("hex")}`);
  const s = BigInt(`0x${genuine.toString("hex")}`);
  const input = Buffer.from(`${head}.${payload}`);
  const hash = createHash("sha256").update(input).digest();
  const prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const info = Buffer.concat([prefix, hash]);
  /** PKCS#1 v1.5 by hand, so that every part of it can be wrong. */
  const block = (parts: {
    type?: Uint8Array;
    padding?: Uint8Array;
    separator?: Uint8Array;
    info?: Uint8Array;
    tail?: Uint8Array;
  }) => {
    const {
      type = Buffer.of(0, 1),
      separator = Buffer.of(0),
      info: inner = info,
      tail = Buffer.alloc(0),
    } = parts;
    const room = 256 - type.length - separator.length - inner.length - tail.length;
    const padding = parts.padding ?? Buffer.alloc(room, 0xff);
    const whole = Buffer.concat([type, padding, separator, inner, tail]);
    return Buffer.concat([whole, Buffer.alloc(Math.max(0, 256 - whole.length))]).subarray(0, 256);
  };
  const raw = (bytes: Buffer) =>
    privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, bytes);
  const bent = (name: string, bytes: Buffer): Forgery => [
    `PKCS#1: ${name}`,
    `${head}.${payload}.${base64url(raw(bytes))}`,
    SIGNATURE,
  ];
  const given = (name: string, bytes: Uint8Array): Forgery => [
    `the signature ${name}`,
    `${head}.${payload}.${base64url(bytes)}`,
    SIGNATURE,
  ];
  const hex = (text: string) => Buffer.from(text, "hex");
  // The hand-made signature is the genuine one when nothing is bent: or the vectors below would prove nothing.
  expect(raw(block({}))).toEqual(genuine);
  expect(kid).toBe(header.kid);
  return [
    given("all zeros", Buffer.alloc(256)),
    given("all ones", Buffer.alloc(256, 0xff)),
    given("1", toBytes(1n)),
    given("N - 1", toBytes(n - 1n)),
    given("N", toBytes(n)),
    given("N - s", toBytes(n - s)),
    given("s + N", toBytes(s + n, 257)),
    given("s with a zero before", Buffer.concat([Buffer.of(0), genuine])),
    given("s with a zero after", Buffer.concat([genuine, Buffer.of(0)])),
    given("s without its last byte", genuine.subarray(0, 255)),
    given("s without its first byte", genuine.subarray(1)),
    given("s twice", Buffer.concat([genuine, genuine])),
    given("s in reverse", Buffer.from(genuine).reverse()),
    given("r = s = 0", Buffer.alloc(64)),
    given("r = s = 0 in DER", hex("3006020100020100")),
    given("r = s = 1 in DER", hex("3006020101020101")),
    given("one byte", Buffer.of(0)),
    given("the hash", hash),
    given("the unsigned block", block({})),
    given("10 000 bytes", Buffer.alloc(10_000, 1)),
    ...[0, 100, 255].map((at) => {
      const flipped = Buffer.from(genuine);
      flipped.writeUInt8((flipped[at] ?? 0) ^ 1, at);
      return given(`with a bit of byte ${at} changed`, flipped);
    }),
    bent(
      "garbage after the hash, eight bytes of padding",
      block({ padding: Buffer.alloc(8, 0xff), tail: Buffer.alloc(194, 0x41) }),
    ),
    bent("garbage after the hash, one byte of it", block({ tail: Buffer.of(0x41) })),
    bent("zeros after the hash", block({ padding: Buffer.alloc(8, 0xff) })),
    bent("no padding", block({ padding: Buffer.alloc(0), tail: Buffer.alloc(202) })),
    bent("padding of 00", block({ padding: Buffer.alloc(202) })),
    bent("padding of FE", block({ padding: Buffer.alloc(202, 0xfe) })),
    bent(
      "one padding byte of FE",
      block({ padding: Buffer.concat([Buffer.alloc(201, 0xff), Buffer.of(0xfe)]) }),
    ),
    bent(
      "padding with a 00 inside",
      block({ padding: Buffer.concat([Buffer.alloc(100, 0xff), Buffer.of(0), Buffer.alloc(101, 0xff)]) }),
    ),
    bent("no separator", block({ separator: Buffer.of(0xff) })),
    bent("block type 0", block({ type: Buffer.of(0, 0), padding: Buffer.alloc(202) })),
    bent("block type 2", block({ type: Buffer.of(0, 2) })),
    bent("a first byte of 01", block({ type: Buffer.of(0x01, 0x01) })),
    bent("the bare hash", block({ info: hash })),
    bent(
      "the hash of another message",
      block({ info: Buffer.concat([prefix, createHash("sha256").update("x").digest()]) }),
    ),
    bent(
      "the OID of SHA-1",
      block({ info: Buffer.concat([hex("3021300906052b0e03021a05000414"), hash.subarray(0, 20)]) }),
    ),
    bent(
      "the OID of SHA-512 before this hash",
      block({ info: Buffer.concat([hex("3031300d060960864801650304020305000420"), hash]) }),
    ),
    bent(
      "the OID of SHA-384 before this hash",
      block({ info: Buffer.concat([hex("3031300d060960864801650304020205000420"), hash]) }),
    ),
    bent(
      "no NULL parameter",
      block({ info: Buffer.concat([hex("302f300b0609608648016503040201"), hex("0420"), hash]) }),
    ),
    bent(
      "garbage for a parameter",
      block({
        info: Buffer.concat([
          hex("3039301506096086480165030402010408"),
          Buffer.alloc(8, 0x41),
          hex("0420"),
          hash,
        ]),
      }),
    ),
    bent(
      "a length in long form",
      block({ info: Buffer.concat([hex("308131300d060960864801650304020105000420"), hash]) }),
    ),
    bent(
      "a hash length in long form",
      block({ info: Buffer.concat([hex("3032300d06096086480165030402010500048120"), hash]) }),
    ),
    bent(
      "an indefinite length",
      block({ info: Buffer.concat([hex("3080300d060960864801650304020105000420"), hash, hex("0000")]) }),
    ),
    bent(
      "a hash cut to 31 bytes",
      block({ info: Buffer.concat([hex("3030300d06096086480165030402010500041f"), hash.subarray(0, 31)]) }),
    ),
    bent(
      "a hash of 33 bytes",
      block({ info: Buffer.concat([hex("3032300d060960864801650304020105000421"), hash, Buffer.of(0)]) }),
    ),
    bent(
      "a bit string for the hash",
      block({ info: Buffer.concat([hex("3031300d060960864801650304020105000320"), hash]) }),
    ),
    bent(
      "a set for the outer sequence",
      block({ info: Buffer.concat([hex("3131300d060960864801650304020105000420"), hash]) }),
    ),
    bent("the info twice", block({ info: Buffer.concat([info, info]) })),
    bent("only zeros", Buffer.alloc(256)),
  ];
}

const GROUPS = {
  "unsigned, or by an algorithm of another name": unsigned,
  "signed by HMAC with the public key for a secret": keyConfusion,
  "signed by another algorithm": otherAlgorithms,
  "with a key id that leads elsewhere": keyIds,
  "with a header that brings its own key or rules": headerMembers,
  "whose JSON is odd": jsonTexts,
  "with claims that the server never makes": claimValues,
  "with a changed payload": changedPayloads,
  "in other segments or spellings": segments,
  "with a signature that was made by hand": signatures,
} as const;

describe("an access token", () => {
  it.each(Object.entries(GROUPS))("%s is refused", async (_, forgeries) => {
    const wrong: string[] = [];
    for (const [name, token, words] of forgeries()) {
      const answer = await refusal(getUser(token)).catch((fault: Error) => fault.message);
      const right = typeof words === "string" ? answer === words : [INVALID, SIGNATURE].includes(answer);
      if (!right) wrong.push(`${name}: ${answer}`);
    }
    expect(wrong).toEqual([]);
  });

  it("is forged in more than six hundred ways by these tests", () => {
    const all = Object.values(GROUPS).flatMap((forgeries) => forgeries());
    expect(new Set(all.map(([, token]) => token)).size).toBeGreaterThan(600);
  });

  it("that the server made is accepted: of each client, pool and sign-in, first and refreshed", async () => {
    const { api, UserPoolId } = place;
    await api("CreateGroup", { UserPoolId, GroupName: "größe-💥" });
    await api("AdminAddUserToGroup", { UserPoolId, Username: "ana", GroupName: "größe-💥" });
    const grouped = await place.tokens("ana");
    const refreshed = await place.refresh(grouped.RefreshToken);
    const short = await (
      await place.client({ AccessTokenValidity: 5, TokenValidityUnits: { AccessToken: "minutes" } })
    ).tokens("ana");
    const unrevocable = await (await place.client({ EnableTokenRevocation: false })).tokens("ana");
    const genuine = [tokens, foreign, grouped, refreshed.AuthenticationResult, short, unrevocable];
    for (const token of genuine) expect((await getUser(token?.AccessToken ?? "")).Username).toBe("ana");
  });
});
