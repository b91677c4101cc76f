import type { AssetType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import { invalidParameter } from "../errors.ts";
import type { PoolKey } from "../user-pools/index.ts";
import { DEFAULT_SETTINGS } from "./default-settings.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** The style of a client's managed login pages. */
export interface ManagedLoginBranding {
  /** UUID, version 4 */
  readonly id: string;
  readonly poolKey: PoolKey;
  readonly clientKey: number;
  readonly clientId: string;
  readonly useProvidedValues: boolean;
  /** What differs from the defaults; null for nothing. */
  readonly settings: JsonObject | null;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

/** An image of a style. A style has one for each category, colour mode and resource. */
export interface BrandingAsset {
  readonly category: AssetType["Category"];
  readonly colorMode: AssetType["ColorMode"];
  readonly extension: AssetType["Extension"];
  /** Which of several of the category it is, such as a provider's icon; empty where there is one. */
  readonly resourceId: string;
  readonly bytes: Uint8Array;
}

/** What CreateManagedLoginBranding and UpdateManagedLoginBranding are given. */
export interface GivenBranding {
  readonly UseCognitoProvidedValues?: boolean;
  readonly Settings?: unknown;
  readonly Assets?: readonly AssetType[];
}

export const ASSETS_PER_BRANDING = 40;

const SECTIONS = new Set(["categories", "componentClasses", "components"]);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws InvalidParameterException when both the defaults and settings of one's own are asked for */
export function checkGivenBranding(given: GivenBranding): void {
  if (given.Settings === undefined) return;
  if (given.UseCognitoProvidedValues)
    throw invalidParameter("Settings cannot be specified when UseCognitoProvidedValues is true.");
  if (!isObject(given.Settings)) throw invalidParameter("Settings must be a JSON object.");
  const unknown = Object.keys(given.Settings).find((name) => !SECTIONS.has(name));
  if (unknown !== undefined)
    throw invalidParameter(`Settings have the sections ${[...SECTIONS].join(", ")}; ${unknown} is none.`);
}

/** @throws InvalidParameterException for an asset without an image, or two for one place */
export function givenAssets(assets: readonly AssetType[] = []): BrandingAsset[] {
  const places = new Set<string>();
  return assets.map(({ Category, ColorMode, Extension, Bytes, ResourceId = "" }) => {
    if (!Bytes) throw invalidParameter(`The asset ${Category} for ${ColorMode} has no Bytes.`);
    const place = JSON.stringify([Category, ColorMode, ResourceId]);
    if (places.has(place))
      throw invalidParameter(`There is more than one asset ${Category} for ${ColorMode}.`);
    places.add(place);
    return {
      category: Category,
      colorMode: ColorMode,
      extension: Extension,
      resourceId: ResourceId,
      bytes: Buffer.from(Bytes, "base64"),
    };
  });
}

/** `over` on top of `under`, object by object; anything else, lists too, is replaced as a whole. */
export function merged(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over;
  const entries = new Map(Object.entries(under));
  for (const [name, value] of Object.entries(over))
    entries.set(name, entries.has(name) ? merged(entries.get(name), value) : value);
  return Object.fromEntries(entries);
}

/**
 * The style after UpdateManagedLoginBranding: settings that the request does not name stay, so that what is larger than a request
 * may be can be sent in several. Source: the operation's documentation.
 */
export function updatedBranding(
  branding: ManagedLoginBranding,
  given: GivenBranding,
  now: Instant,
): ManagedLoginBranding {
  const { UseCognitoProvidedValues, Settings } = given;
  if (UseCognitoProvidedValues)
    return { ...branding, useProvidedValues: true, settings: null, modifiedAt: now };
  return {
    ...branding,
    useProvidedValues:
      Settings === undefined ? (UseCognitoProvidedValues ?? branding.useProvidedValues) : false,
    settings:
      Settings === undefined ? branding.settings : (merged(branding.settings ?? {}, Settings) as JsonObject),
    modifiedAt: now,
  };
}

/** The settings as they act: those of the style over the defaults. */
export const mergedSettings = ({ settings }: Pick<ManagedLoginBranding, "settings">): unknown =>
  merged(DEFAULT_SETTINGS, settings ?? {});
