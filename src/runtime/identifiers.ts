import type { Clock } from "./clock.ts";
import { type Random, randomText } from "./random.ts";

const BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE36 = "abcdefghijklmnopqrstuvwxyz0123456789";
const BASE32 = "0123456789abcdefghijklmnopqrstuv";
/** 2020-01-01: keys count milliseconds from here, so that 41 bits last until 2089. */
const KEY_EPOCH = 1_577_836_800_000;

/** Makes every identifier the server hands out, in the forms Cognito's have. */
export class Identifiers {
  readonly #clock: Clock;
  readonly #random: Random;
  #lastKey = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A random UUID in text form. */
  uuid(): string {
    const hex = this.#random.bytes(16).toString("hex");
    const variant = "89ab"[this.#random.below(4)];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** UUID text whose version nibble is not 4, as user ids made by Cognito since 2023. */
  sub(): string {
    const hex = this.#random.bytes(16).toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-70${hex.slice(14, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** `<region>_` and nine letters or digits. */
  userPoolId(region: string): string {
    return `${region}_${randomText(this.#random, 9, BASE62)}`;
  }

  /** `<region>_` and a UUID: 55 characters at most. */
  deviceKey(region: string): string {
    return `${region}_${this.uuid()}`;
  }

  /** `import-` and ten letters or digits. */
  userImportJobId(): string {
    return `import-${randomText(this.#random, 10, BASE62)}`;
  }

  /** `tkn` and 25 letters and digits. */
  tokenSessionId(): string {
    return `tkn${randomText(this.#random, 25, BASE36)}`;
  }

  /** 26 characters: a 128-bit number in base 32. */
  clientId(): string {
    return randomText(this.#random, 1, "01234567") + randomText(this.#random, 25, BASE32);
  }

  /** 51 characters in base 32, 255 bits. */
  clientSecret(): string {
    return randomText(this.#random, 51, BASE32);
  }

  /**
   * A row key: time-ordered, so that inserts stay local in the index, and below 2^53. Two nodes may draw the same one in the same
   * millisecond (1 in 4096); the primary key then refuses the second, and the store runs that transaction again.
   */
  key(): number {
    const candidate = (this.#clock.now() - KEY_EPOCH) * 4096 + this.#random.below(4096);
    this.#lastKey = candidate > this.#lastKey ? candidate : this.#lastKey + 1;
    return this.#lastKey;
  }
}
