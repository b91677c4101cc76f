import type { AssetType, ManagedLoginBrandingType, TermsType } from "../../api/generated/shapes.ts";
import {
  type BrandingAsset,
  type ManagedLoginBranding,
  mergedSettings,
  type Terms,
} from "../../domain/branding/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

const assetType = (asset: BrandingAsset): AssetType => ({
  Category: asset.category,
  ColorMode: asset.colorMode,
  Extension: asset.extension,
  Bytes: Buffer.from(asset.bytes).toString("base64"),
  ...(asset.resourceId === "" ? {} : { ResourceId: asset.resourceId }),
});

/** @param withDefaults ReturnMergedResources: settings with the defaults where the style says nothing */
export const managedLoginBrandingType = (
  pool: UserPool,
  branding: ManagedLoginBranding,
  assets: readonly BrandingAsset[],
  withDefaults = false,
): ManagedLoginBrandingType => ({
  ManagedLoginBrandingId: branding.id,
  UserPoolId: pool.id,
  UseCognitoProvidedValues: branding.useProvidedValues,
  ...(withDefaults
    ? { Settings: mergedSettings(branding) }
    : branding.settings
      ? { Settings: branding.settings }
      : {}),
  Assets: assets.map(assetType),
  CreationDate: timestamp(branding.createdAt),
  LastModifiedDate: timestamp(branding.modifiedAt),
});

export const termsType = (pool: UserPool, terms: Terms): TermsType => ({
  TermsId: terms.id,
  UserPoolId: pool.id,
  ClientId: terms.clientId,
  TermsName: terms.name,
  TermsSource: terms.source,
  Enforcement: terms.enforcement,
  Links: { ...terms.links },
  CreationDate: timestamp(terms.createdAt),
  LastModifiedDate: timestamp(terms.modifiedAt),
});
