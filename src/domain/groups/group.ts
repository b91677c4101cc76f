import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

export interface Group {
  readonly poolKey: PoolKey;
  readonly name: string;
  readonly description: string | null;
  readonly roleArn: string | null;
  /** Lower wins; null is worst. */
  readonly precedence: number | null;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}
