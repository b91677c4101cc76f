import type { Instant } from "../../runtime/clock.ts";
import type { RequestCategory } from "./request-category.ts";

/** Whose limits they are. */
export interface LimitOwner {
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

export interface ProvisionedLimit extends LimitOwner {
  readonly category: RequestCategory;
  readonly requestsPerSecond: number;
  readonly modifiedAt: Instant;
}

/** What accounts provisioned in place of the defaults. */
export interface ProvisionedLimits {
  find(owner: LimitOwner, category: RequestCategory): Promise<ProvisionedLimit | null>;
  /** Of all accounts: a handful. */
  all(): Promise<ProvisionedLimit[]>;
  /** Puts the limit in place of an earlier one. */
  put(limit: ProvisionedLimit): Promise<void>;
}
