import { SealBroken } from "../../../crypto/encryption-at-rest.ts";
import { srpServerKeys, srpSessionKeys } from "../../../crypto/srp.ts";
import { type Device, openDeviceSecret } from "../../devices/index.ts";
import {
  deviceDoesNotExist,
  incorrectUsernameOrPassword,
  missingRequiredParameter,
  sessionInvalid,
} from "../../errors.ts";
import type { Challenge, ChallengeContext } from "../challenge.ts";
import { requireClaimed } from "../device-claim.ts";
import { EXPONENT_BYTES, provesPassword, type SrpProof, srpProof } from "../srp-exchange.ts";

/** The server's half: what SECRET_BLOCK holds under its seal, good with the session of this nonce only. */
interface DeviceExchange {
  /** Hexadecimal. */
  readonly b: string;
  readonly publicB: string;
}

const place = (nonce: string): string => `device_exchange|${nonce}`;
const dataKey = ({ services, pool }: ChallengeContext) =>
  services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);

function openExchange(
  context: ChallengeContext,
  nonce: string,
  secretBlock: Uint8Array,
): DeviceExchange | null {
  try {
    return JSON.parse(dataKey(context).open("challenge-session", place(nonce), secretBlock).toString());
  } catch (fault) {
    if (fault instanceof SealBroken) return null;
    throw fault;
  }
}

/** Whether the client knew the device's password: as for a user's, with the group key and device key in place of pool and name. */
function proves(
  context: ChallengeContext,
  nonce: string,
  publicA: string,
  device: Device,
  proof: SrpProof,
): boolean {
  const exchange = openExchange(context, nonce, Buffer.from(proof.secretBlock, "base64"));
  if (!exchange) return false;
  const { verifier } = openDeviceSecret(context.services, context.pool, device);
  const keys = { b: Buffer.from(exchange.b, "hex"), publicB: exchange.publicB };
  const identity = { group: device.groupKey, name: device.deviceKey };
  return provesPassword(srpSessionKeys(publicA, verifier, keys), identity, proof);
}

/** The second half of a device's proof. A wrong one counts like a wrong password. */
export const devicePasswordVerifier: Challenge = {
  name: "DEVICE_PASSWORD_VERIFIER",
  guessable: true,

  async issue(context, repositories, _send, nonce, { device }) {
    const { services, pool, user } = context;
    const stored = device ? await repositories.devices.find(user.key, device.key) : null;
    if (!stored) throw deviceDoesNotExist();
    const { salt, verifier } = openDeviceSecret(services, pool, stored);
    // As long as one SRP power (see crypto/srp.ts) inside the transaction: the verifier of a device that is forgotten meanwhile is never used.
    const b = services.random.bytes(EXPONENT_BYTES);
    const { publicB } = srpServerKeys(verifier, b);
    const exchange: DeviceExchange = { b: b.toString("hex"), publicB };
    const secretBlock = dataKey(context).seal(
      "challenge-session",
      place(nonce),
      Buffer.from(JSON.stringify(exchange)),
    );
    return {
      parameters: {
        SALT: salt.toString("hex"),
        SECRET_BLOCK: secretBlock.toString("base64"),
        SRP_B: publicB,
        USERNAME: user.username,
        DEVICE_KEY: stored.deviceKey,
      },
      secret: null,
    };
  },

  async verify(context, signIn, responses) {
    const { services, user } = context;
    if (!responses.DEVICE_KEY) throw missingRequiredParameter("DEVICE_KEY");
    const proof = srpProof(responses);
    const { key, publicA } = requireClaimed(signIn, responses.DEVICE_KEY);
    const device = await services.store.devices.find(user.key, key);
    if (!device) throw deviceDoesNotExist();
    if (publicA === null || !proves(context, signIn.nonce, publicA, device, proof))
      return { kind: "rejected", error: incorrectUsernameOrPassword() };
    return {
      kind: "proved",
      proof: "DEVICE",
      // Its SRP value has served, and a Session has room for little more.
      device: { key, publicA: null },
      async apply(repositories) {
        const current = await repositories.users.lock(user.key);
        if (!current) throw sessionInvalid();
        return current;
      },
    };
  },
};
