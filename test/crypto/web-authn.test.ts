import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  claimedCredentialId,
  type ExpectedCeremony,
  verifyAssertion,
  verifyRegistration,
} from "../../src/crypto/web-authn.ts";
import {
  type Algorithm,
  type Ceremony,
  cbor,
  EDDSA,
  ES256,
  FLAGS,
  RS256,
  VirtualAuthenticator,
} from "../support/virtual-authenticator.ts";

const hex = (text: string): string => Buffer.from(text, "hex").toString("base64url");

/** WebAuthn 3, 16.1 and following: the relying party example.org and its test vectors. */
const EXTRA =
  "2c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20";
const ORIGIN =
  "222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c7365";
const CREATE = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22";
const GET = "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a22";
const RP_ID_HASH = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5";

const VECTORS = [
  {
    name: "none.ES256",
    id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    registration: {
      challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
      clientDataJSON: `${CREATE}414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441${ORIGIN}${EXTRA}426b5165446a646354427258426941774a544c453551227d`,
      attestationObject: `a363666d74646e6f6e656761747453746d74a068617574684461746158a4${RP_ID_HASH}59000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220`,
    },
    authentication: {
      challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
      clientDataJSON: `${GET}4f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167${ORIGIN}7d`,
      authenticatorData: `${RP_ID_HASH}1900000000`,
      signature:
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
    },
  },
  {
    name: "packed-self.ES256",
    id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    registration: {
      challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
      clientDataJSON: `${CREATE}65476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55${ORIGIN}${EXTRA}5539685458764b453255526b4d6e625f307859485667227d`,
      attestationObject: `a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4${RP_ID_HASH}5d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2`,
    },
    authentication: {
      challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
      clientDataJSON: `${GET}5248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773${ORIGIN}${EXTRA}6754623533727a36456853576f6d58477a696d433151227d`,
      authenticatorData: `${RP_ID_HASH}0900000000`,
      signature:
        "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
    },
  },
  {
    name: "packed.ES256, with the manufacturer's certificate",
    id: "c9a6f5b3462d02873fea0c56862234f99f081728084e511bb7760201a89054a5",
    registration: {
      challenge: "c1184a5fddf8045e13dc47f54b61f5a656b666b59018f16d870e9256e9952012",
      clientDataJSON: `${CREATE}7752684b58393334424634543345663153324831706c61325a725751475046746877365356756d56494249${ORIGIN}${EXTRA}396138624e596a4b436757724258552d66436c316167227d`,
      attestationObject: `a363666d74667061636b65646761747453746d74a363616c6726637369675847304502203f19ec4b229f46ab8c45eff29b904ff10c0390dc40bf1216f04a78f4ceba3425022100fe7041a32759aff05a0f9f26c70a999c7a284451ba89234a1d3483c25e21925b637835638159022530820221308201c8a00302010202110088c220f83c8ef1feafe94deae45faad0300a06082a8648ce3d0403023062311e301c06035504030c15576562417574686e207465737420766563746f7273310c300a060355040a0c0357334331253023060355040b0c1c41757468656e74696361746f72204174746573746174696f6e204341310b30090603550406130241413020170d3234303130313030303030305a180f33303234303130313030303030305a305f311e301c06035504030c15576562417574686e207465737420766563746f7273310c300a060355040a0c0357334331223020060355040b0c1941757468656e74696361746f72204174746573746174696f6e310b30090603550406130241413059301306072a8648ce3d020106082a8648ce3d03010703420004a91ba4389409dd38a428141940ca8feb1ac0d7b4350558104a3777a49322f3798440f378b3398ab2d3bb7bf91322c92eb23556f59ad0a836fec4c7663b0e4dc3a360305e300c0603551d130101ff04023000300e0603551d0f0101ff040403020780301d0603551d0e04160414a589ba72d060842ab11f74fb246bdedab16f9b9b301f0603551d2304183016801445aff715b0dd786741fee996ebc16547a3931b1e300a06082a8648ce3d040302034700304402201726b9d85ecd8a5ed51163722ca3a20886fd9b242a0aa0453d442116075defd502207ef471e530ac87961a88a7f0d0c17b091ffc6b9238d30f79f635b417be5910e768617574684461746158a4${RP_ID_HASH}4d00000000876ca4f52071c3e9b25509ef2cdf7ed60020c9a6f5b3462d02873fea0c56862234f99f081728084e511bb7760201a89054a5a50102032620012158201cf27f25da591208a4239c2e324f104f585525479a29edeedd830f48e77aeae522582059e4b7da6c0106e206ce390c93ab98a15a5ec3887e57f0cc2bece803b920c423`,
    },
    authentication: null,
  },
] as const;

const expecting = (challenge: string, overrides: Partial<ExpectedCeremony> = {}): ExpectedCeremony => ({
  challenge,
  relyingPartyId: "example.org",
  userVerification: "preferred",
  allowsOrigin: (origin) => origin === "https://example.org",
  ...overrides,
});

describe("the test vectors of WebAuthn 3", () => {
  it.each(VECTORS)("are accepted: $name", async ({ id, registration, authentication }) => {
    const rawId = hex(id);
    const registered = await verifyRegistration(
      {
        id: rawId,
        rawId,
        type: "public-key",
        response: {
          clientDataJSON: hex(registration.clientDataJSON),
          attestationObject: hex(registration.attestationObject),
        },
      },
      expecting(hex(registration.challenge)),
    );
    expect(registered).toMatchObject({ kind: "verified", id: rawId, signCount: 0, transports: [] });
    if (registered.kind !== "verified" || !authentication) return;
    const asserted = await verifyAssertion(
      {
        id: rawId,
        rawId,
        type: "public-key",
        response: {
          clientDataJSON: hex(authentication.clientDataJSON),
          authenticatorData: hex(authentication.authenticatorData),
          signature: hex(authentication.signature),
        },
      },
      expecting(hex(authentication.challenge)),
      { ...registered, userHandle: "" },
    );
    expect(asserted).toEqual({ kind: "verified", signCount: 0, userVerified: false });
  });
});

const OPTIONS = { rp: { id: "example.org" }, user: { id: "YWxpY2U" }, challenge: "Y2hhbGxlbmdl" };
const REQUEST = { rpId: "example.org", challenge: "Y2hhbGxlbmdl" };
const HERE = { origin: "https://example.org" };

async function registered(authenticator: VirtualAuthenticator, flags?: number) {
  const ceremony = flags === undefined ? HERE : { ...HERE, flags };
  const result = await verifyRegistration(
    authenticator.create(OPTIONS, ceremony),
    expecting(OPTIONS.challenge),
  );
  if (result.kind !== "verified") throw new Error(result.reason);
  return { ...result, userHandle: OPTIONS.user.id };
}

describe("a registration", () => {
  const verify = (ceremony: Ceremony, overrides: Partial<ExpectedCeremony> = {}) =>
    verifyRegistration(
      new VirtualAuthenticator().create(OPTIONS, { ...HERE, ...ceremony }),
      expecting(OPTIONS.challenge, overrides),
    );

  it.each<[string, Ceremony, Partial<ExpectedCeremony>]>([
    ["type", { type: "webauthn.get" }, {}],
    ["challenge", { challenge: "b3RoZXI" }, {}],
    ["origin", { origin: "https://example.com" }, {}],
    ["origin", { crossOrigin: true, topOrigin: "https://example.com" }, {}],
    ["relying-party", { rpId: "www.example.org" }, {}],
    ["user-presence", { flags: FLAGS.UV }, {}],
    ["user-verification", { flags: FLAGS.UP }, { userVerification: "required" }],
    ["attestation", { attestation: "tpm" }, {}],
    ["attestation", { attestation: "packed", tamper: true }, {}],
    ["malformed", { tail: Buffer.of(0xa0) }, {}],
    ["malformed", { flags: FLAGS.UP | FLAGS.BS }, {}],
  ])("is refused for its %s: %j", async (reason, ceremony, overrides) => {
    expect(await verify(ceremony, overrides)).toEqual({ kind: "refused", reason });
  });

  it("may come from a frame, if the page around it may use the passkey too", async () => {
    const frame = { crossOrigin: true, topOrigin: "https://example.org" };
    expect(await verify(frame)).toMatchObject({ kind: "verified" });
    expect(await verify({ crossOrigin: true })).toMatchObject({ kind: "verified" });
  });

  it("says whether the key may be copied to other devices", async () => {
    expect((await registered(new VirtualAuthenticator())).backupEligible).toBe(false);
    const flags = FLAGS.UP | FLAGS.UV | FLAGS.BE | FLAGS.BS;
    expect((await registered(new VirtualAuthenticator(), flags)).backupEligible).toBe(true);
  });

  it.each<[string, Map<number, number | Uint8Array>]>([
    [
      "an algorithm nobody offered",
      new Map([
        [1, 2],
        [3, -35],
      ]),
    ],
    ["no algorithm", new Map([[1, 2]])],
    [
      "a curve of another algorithm",
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 2],
        [-2, Buffer.alloc(48)],
        [-3, Buffer.alloc(48)],
      ]),
    ],
    [
      "a type of another algorithm",
      new Map<number, number | Uint8Array>([
        [1, 1],
        [3, -7],
        [-1, 6],
        [-2, Buffer.alloc(32, 1)],
      ]),
    ],
    [
      "a point beside its curve",
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.alloc(32, 1)],
        [-3, Buffer.alloc(32, 1)],
      ]),
    ],
    ["an RSA key of 1024 bits", rsaKey(1024)],
    [
      "no coordinates",
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
      ]),
    ],
  ])("is refused for a key that has %s", async (_, key) => {
    const authenticator = new VirtualAuthenticator();
    Object.assign(authenticator, { coseKey: cbor(key) });
    const credential = authenticator.create(OPTIONS, HERE);
    const result = await verifyRegistration(credential, expecting(OPTIONS.challenge));
    expect(result).toEqual({ kind: "refused", reason: "algorithm" });
  });

  it("keeps of the transports what looks like one", async () => {
    const credential = new VirtualAuthenticator().create(OPTIONS, HERE);
    const transports = ["usb", 7, "<script>", "x".repeat(100), "nfc", ...Array(20).fill("ble")];
    const result = await verifyRegistration(
      { ...credential, response: { ...credential.response, transports } },
      expecting(OPTIONS.challenge),
    );
    expect(result).toMatchObject({ kind: "verified", transports: ["usb", "nfc", ...Array(6).fill("ble")] });
  });
});

function rsaKey(modulusLength: number): Map<number, number | Uint8Array> {
  const { n, e } = generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ format: "jwk" });
  const bytes = (text = "") => Buffer.from(text, "base64url");
  return new Map<number, number | Uint8Array>([
    [1, 3],
    [3, -257],
    [-1, bytes(n)],
    [-2, bytes(e)],
  ]);
}

describe("an assertion", () => {
  it.each<[string, Ceremony, Partial<ExpectedCeremony>]>([
    ["type", { type: "webauthn.create" }, {}],
    ["challenge", { challenge: "b3RoZXI" }, {}],
    ["origin", { origin: "https://example.com" }, {}],
    ["origin", { crossOrigin: true, topOrigin: "https://example.com" }, {}],
    ["relying-party", { rpId: "www.example.org" }, {}],
    ["user-presence", { flags: FLAGS.UV }, {}],
    ["user-verification", { flags: FLAGS.UP }, { userVerification: "required" }],
    ["signature", { tamper: true }, {}],
    ["malformed", { tail: Buffer.of(0) }, {}],
    ["credential", { userHandle: "Ym9i" }, {}],
    ["credential", { flags: FLAGS.UP | FLAGS.BE }, {}],
  ])("is refused for its %s: %j", async (reason, ceremony, overrides) => {
    const authenticator = new VirtualAuthenticator();
    const known = await registered(authenticator);
    const credential = authenticator.get(REQUEST, { ...HERE, ...ceremony });
    expect(await verifyAssertion(credential, expecting(REQUEST.challenge, overrides), known)).toEqual({
      kind: "refused",
      reason,
    });
  });

  it.each([ES256, RS256, EDDSA])(
    "is refused with any bit of it changed, with algorithm %i",
    async (algorithm) => {
      const authenticator = new VirtualAuthenticator(algorithm as Algorithm);
      const known = await registered(authenticator);
      const credential = authenticator.get(REQUEST, HERE);
      const verify = (response: typeof credential.response) =>
        verifyAssertion({ ...credential, response }, expecting(REQUEST.challenge), known);
      expect(await verify(credential.response)).toMatchObject({ kind: "verified", userVerified: true });
      for (const member of ["clientDataJSON", "authenticatorData", "signature"] as const) {
        const bytes = Buffer.from(credential.response[member], "base64url");
        for (let place = 0; place < bytes.length; place++) {
          const changed = Buffer.from(bytes);
          changed.writeUInt8(changed.readUInt8(place) ^ (1 << (place % 8)), place);
          const mutant = { ...credential.response, [member]: changed.toString("base64url") };
          expect(await verify(mutant), `${member} ${place}`).toMatchObject({ kind: "refused" });
        }
      }
    },
  );

  it("is read in one spelling only", async () => {
    const authenticator = new VirtualAuthenticator();
    const known = await registered(authenticator);
    const credential = authenticator.get(REQUEST, HERE);
    const { signature } = credential.response;
    for (const other of [`${signature}=`, `${signature}==`, ` ${signature}`, `${signature}!`]) {
      const response = { ...credential.response, signature: other };
      const result = await verifyAssertion({ ...credential, response }, expecting(REQUEST.challenge), known);
      expect(result).toEqual({ kind: "refused", reason: "malformed" });
    }
  });

  it("names the credential that it says to be of", () => {
    const authenticator = new VirtualAuthenticator();
    const id = authenticator.id.toString("base64url");
    expect(claimedCredentialId(authenticator.get(REQUEST))).toBe(id);
    for (const nothing of [
      null,
      [],
      "x",
      {},
      { id: 7 },
      { id, rawId: "x", type: "public-key", response: {} },
    ])
      expect(claimedCredentialId(nothing)).toBeNull();
  });
});
