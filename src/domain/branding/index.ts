export { IMAGE_TYPES, type ImageType } from "./image.ts";
export {
  ASSETS_PER_BRANDING,
  type BrandingAsset,
  checkGivenBranding,
  givenAssets,
  type ManagedLoginBranding,
  mergedSettings,
  updatedBranding,
} from "./managed-login.ts";
export type { ManagedLoginBrandings, TermsDocuments, UiCustomizations } from "./ports.ts";
export { checkLinks, type Terms, updatedTerms } from "./terms.ts";
export {
  ALL_CLIENTS,
  imagePath,
  type LogoImage,
  logoImage,
  styleSheet,
  type UiCustomization,
} from "./ui-customization.ts";
