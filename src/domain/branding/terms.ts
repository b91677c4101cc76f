import type { CreateTermsRequest, TermsType, UpdateTermsRequest } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import { invalidParameter } from "../errors.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** Documents that the sign-up page of a client links to, one link per language. */
export interface Terms {
  /** UUID, version 4 */
  readonly id: string;
  readonly poolKey: PoolKey;
  readonly clientKey: number;
  readonly clientId: string;
  readonly name: TermsType["TermsName"];
  readonly source: TermsType["TermsSource"];
  readonly enforcement: TermsType["Enforcement"];
  readonly links: Readonly<Record<string, string>>;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

/** A page shows these links to people, so that nothing but the web's own addresses will do. */
function isWebAddress(text: string): boolean {
  const protocol = URL.parse(text)?.protocol;
  return protocol === "https:" || protocol === "http:";
}

/** @throws InvalidParameterException */
export function checkLinks(links: CreateTermsRequest["Links"]): asserts links is Record<string, string> {
  if (links === undefined) throw invalidParameter("Links are required when TermsSource is LINK.");
  for (const [language, link] of Object.entries(links))
    if (!isWebAddress(link)) throw invalidParameter(`The link for ${language} is not a valid URL: ${link}`);
}

/** The terms after UpdateTerms, which leaves what it is not given. @throws InvalidParameterException */
export function updatedTerms(terms: Terms, given: UpdateTermsRequest, now: Instant): Terms {
  if (given.Links !== undefined) checkLinks(given.Links);
  return {
    ...terms,
    name: given.TermsName ?? terms.name,
    source: given.TermsSource ?? terms.source,
    enforcement: given.Enforcement ?? terms.enforcement,
    links: given.Links ?? terms.links,
    modifiedAt: now,
  };
}
