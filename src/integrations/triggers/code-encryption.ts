import {
  aesWrappedDataKey,
  encryptionSdkMessage,
  type WrappedDataKey,
} from "../../crypto/encryption-sdk-message.ts";
import type { CodeEncryption } from "../../domain/triggers/index.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { type AwsSigner, awsCall } from "../aws-call.ts";

/** What the operator says the ARN of a key stands for: one of these. */
export interface KeyTarget {
  readonly aes?: { readonly namespace: string; readonly name: string; readonly key: string } | undefined;
  readonly kms?: { readonly endpoint: string } | undefined;
}

const LIMITS = { timeoutMs: 5 * SECOND, bytes: 64 * 1024 };

/** KMS's GenerateDataKey, at AWS or anything that speaks it. */
async function kmsDataKey(
  arn: string,
  endpoint: string,
  context: Readonly<Record<string, string>>,
  signer: AwsSigner,
): Promise<WrappedDataKey> {
  const request = {
    url: new URL(endpoint),
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "TrentService.GenerateDataKey",
    },
    body: JSON.stringify({ KeyId: arn, NumberOfBytes: 32, EncryptionContext: context }),
  };
  const region = arn.split(":")[3] || "us-east-1";
  const answer = await awsCall(signer, { region, service: "kms" }, request, LIMITS);
  if (answer.kind !== "answer" || answer.status !== 200)
    throw new Error(`KMS gave no data key: ${answer.kind === "answer" ? answer.status : answer.kind}`);
  const { Plaintext, CiphertextBlob, KeyId } = JSON.parse(answer.body) as Record<string, string>;
  if (!Plaintext || !CiphertextBlob) throw new Error("KMS gave no data key");
  return {
    plaintext: Buffer.from(Plaintext, "base64"),
    providerId: "aws-kms",
    providerInfo: Buffer.from(KeyId ?? arn),
    ciphertext: Buffer.from(CiphertextBlob, "base64"),
  };
}

/** Codes for custom senders, under the keys that the operator has mapped. */
export function codeEncryption(
  keys: Readonly<Record<string, KeyTarget>>,
  signer: AwsSigner,
  random: Random,
): CodeEncryption {
  return {
    async encrypt(keyArn, context, text) {
      const { aes, kms } = keys[keyArn] ?? {};
      const wrap = async (whole: Readonly<Record<string, string>>): Promise<WrappedDataKey> => {
        if (aes) return aesWrappedDataKey({ ...aes, key: Buffer.from(aes.key, "base64") }, whole, random);
        if (kms) return kmsDataKey(keyArn, kms.endpoint, whole, signer);
        throw new Error(`The key ${keyArn} is not mapped; add it to [encryptionKeys] of the configuration`);
      };
      return (await encryptionSdkMessage(text, context, wrap, random)).toString("base64");
    },
  };
}
