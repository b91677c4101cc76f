import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { aesWrappedDataKey, encryptionSdkMessage } from "../../src/crypto/encryption-sdk-message.ts";
import { systemRandom } from "../../src/runtime/random.ts";

interface EncryptionSdk {
  buildClient(policy: number): {
    decrypt(
      keyring: object,
      message: Buffer,
    ): Promise<{
      plaintext: Buffer;
      messageHeader: { encryptionContext: Record<string, string>; suiteId: number };
    }>;
  };
  CommitmentPolicy: { REQUIRE_ENCRYPT_ALLOW_DECRYPT: number };
  RawAesKeyringNode: new (settings: object) => object;
  RawAesWrappingSuiteIdentifier: { AES256_GCM_IV12_TAG16_NO_PADDING: number };
}

/** AWS's own reader of these messages; it comes with another server that the benchmarks measure. */
function encryptionSdk(): EncryptionSdk | null {
  try {
    return createRequire(import.meta.url)("@aws-crypto/client-node");
  } catch {
    return null;
  }
}

const sdk = encryptionSdk();

describe("a message in the AWS Encryption SDK's format", () => {
  const key = randomBytes(32);
  const context = { "userpool-id": "us-east-1_EXAMPLE" };
  const message = (text: string) =>
    encryptionSdkMessage(
      text,
      context,
      async (whole) => aesWrappedDataKey({ namespace: "cognate", name: "codes", key }, whole, systemRandom),
      systemRandom,
    );
  const open = (bytes: Buffer) => {
    if (!sdk) throw new Error("The AWS Encryption SDK is not installed");
    const { decrypt } = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
    const keyring = new sdk.RawAesKeyringNode({
      keyName: "codes",
      keyNamespace: "cognate",
      unencryptedMasterKey: new Uint8Array(key),
      wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    });
    return decrypt(keyring, bytes);
  };

  it.skipIf(sdk === null)("is read by AWS's own library (skipped where that is not installed)", async () => {
    for (const text of ["123456", "ä&lt;ö".repeat(50), "1"]) {
      const { plaintext, messageHeader } = await open(await message(text));
      expect(plaintext.toString()).toBe(text);
      expect(messageHeader.encryptionContext).toMatchObject(context);
      expect(messageHeader.suiteId).toBe(0x0378);
    }
  });

  it.skipIf(sdk === null)("is refused there when a byte of it was changed", async () => {
    const bytes = await message("123456");
    for (const at of [30, bytes.length - 130, bytes.length - 40]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(changed)).rejects.toThrow();
    }
  });

  it("says nothing of the text in the clear, and never the same twice", async () => {
    const [one, other] = [await message("123456"), await message("123456")];
    expect(one.includes("123456")).toBe(false);
    expect(one.equals(other)).toBe(false);
  });
});
