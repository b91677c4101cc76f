export const IMAGE_TYPES = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
} as const;

export type ImageType = keyof typeof IMAGE_TYPES;

const SIGNATURES: readonly { readonly type: ImageType; readonly begins: Buffer }[] = [
  { type: "png", begins: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { type: "jpg", begins: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: "gif", begins: Buffer.from("GIF87a") },
  { type: "gif", begins: Buffer.from("GIF89a") },
];

/**
 * What kind of image the bytes begin as; null for anything else. Only what a browser shows without running anything of it: no SVG.
 */
export function imageType(bytes: Uint8Array): ImageType | null {
  const found = SIGNATURES.find(({ begins }) => begins.equals(bytes.subarray(0, begins.length)));
  return found?.type ?? null;
}
