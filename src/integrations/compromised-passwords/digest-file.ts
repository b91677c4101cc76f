import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

/** 40 hexadecimal digits, and after a colon how often it was seen. */
const LINE = /^([0-9A-F]{40})(?::\d+)?$/i;
const DIGEST_CHARACTERS = 40;
/** Longer than any line, with its count and line ends. */
const LINE_BYTES = 128;
/** What is read and searched whole in the end. */
const WINDOW_BYTES = 4096;
/** Places in the file that are looked at when it is opened. */
const SAMPLES = 64;

/** A file of the operator's with SHA-1 digests of passwords, sorted, one per line, as Have I Been Pwned gives them out. */
export interface DigestFile {
  includes(password: string): Promise<boolean>;
  close(): Promise<void>;
}

/** The digests of the whole lines that begin within these bytes of the file. */
async function digestsFrom(file: FileHandle, position: number, bytes: number): Promise<string[]> {
  const start = Math.max(0, position - 1);
  const buffer = Buffer.alloc(bytes + LINE_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.toString("latin1", 0, bytesRead);
  // A line belongs to the place where it begins: what stands before the first line end began earlier.
  const lines = (position === 0 ? text : text.slice(text.indexOf("\n") + 1)).split("\n");
  if (bytesRead === buffer.length) lines.pop();
  return lines.flatMap((line) => {
    const digest = LINE.exec(line.trimEnd())?.[1];
    if (line.trimEnd() !== "" && digest === undefined) throw new Error("a line is no SHA-1 digest");
    return digest === undefined ? [] : [digest.toUpperCase()];
  });
}

async function holds(file: FileHandle, size: number, digest: string): Promise<boolean> {
  let [low, high] = [0, size];
  // The line of the digest begins at `low` or later and before `high`.
  while (high - low > WINDOW_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await digestsFrom(file, middle, LINE_BYTES);
    if (found === undefined || found > digest) high = middle;
    else if (found === digest) return true;
    else low = middle;
  }
  return (await digestsFrom(file, low, high - low + LINE_BYTES)).includes(digest);
}

/** @throws Error that says what is wrong with the file */
async function requireSorted(file: FileHandle, size: number): Promise<void> {
  let last = "";
  for (let sample = 0; sample < SAMPLES; sample++) {
    const [digest] = await digestsFrom(file, Math.floor((size * sample) / SAMPLES), LINE_BYTES);
    if (digest === undefined) {
      if (sample === 0) throw new Error("it holds no digests");
      continue;
    }
    if (digest.length !== DIGEST_CHARACTERS || digest < last) throw new Error("its lines are not sorted");
    last = digest;
  }
}

/**
 * Opens the file, and looks at a few places of it. It is searched where it lies: a lookup in forty gigabytes reads some 25 pieces.
 * @throws Error that says what is wrong with it
 */
export async function openDigestFile(path: string): Promise<DigestFile> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    await requireSorted(file, size);
    return {
      includes: (password) =>
        holds(file, size, createHash("sha1").update(password).digest("hex").toUpperCase()),
      close: () => file.close(),
    };
  } catch (fault) {
    await file.close();
    throw fault;
  }
}
