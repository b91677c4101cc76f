import type { PoolKey } from "../user-pools/index.ts";
import type { BrandingAsset, ManagedLoginBranding } from "./managed-login.ts";
import type { Terms } from "./terms.ts";
import type { LogoImage, UiCustomization } from "./ui-customization.ts";

/** Whoever writes here holds the lock of the pool. Styles go with their client and their pool. */
export interface UiCustomizations {
  /** Takes the place of what the client had, but for the date of its making. */
  put(customization: UiCustomization, image: LogoImage | null): Promise<void>;
  find(poolKey: PoolKey, clientId: string): Promise<UiCustomization | null>;
  image(poolKey: PoolKey, clientId: string): Promise<LogoImage | null>;
  remove(poolKey: PoolKey, clientId: string): Promise<void>;
}

type BrandingKey = Pick<ManagedLoginBranding, "poolKey" | "id">;

/** As UiCustomizations. */
export interface ManagedLoginBrandings {
  /** False when the client has a style. */
  insert(branding: ManagedLoginBranding): Promise<boolean>;
  find(poolKey: PoolKey, id: string): Promise<ManagedLoginBranding | null>;
  ofClient(clientKey: number): Promise<ManagedLoginBranding | null>;
  /** Writes everything but ids and the date of the making. */
  save(branding: ManagedLoginBranding): Promise<void>;
  remove(poolKey: PoolKey, id: string): Promise<boolean>;
  count(poolKey: PoolKey): Promise<number>;
  /** Ordered by category, colour mode and resource. */
  assets(branding: BrandingKey): Promise<BrandingAsset[]>;
  /** Each takes the place of one of the same category, colour mode and resource. */
  putAssets(branding: BrandingKey, assets: readonly BrandingAsset[]): Promise<void>;
  removeAssets(branding: BrandingKey): Promise<void>;
}

/** As UiCustomizations. */
export interface TermsDocuments {
  /** False when the client has terms of that name. */
  insert(terms: Terms): Promise<boolean>;
  find(poolKey: PoolKey, id: string): Promise<Terms | null>;
  ofClient(clientKey: number, name: string): Promise<Terms | null>;
  /** Writes everything but ids and the date of the making. */
  save(terms: Terms): Promise<void>;
  remove(poolKey: PoolKey, id: string): Promise<boolean>;
  count(poolKey: PoolKey): Promise<number>;
  /** Ordered by id. */
  list(poolKey: PoolKey, page: { afterId: string | null; limit: number }): Promise<Terms[]>;
}
