import { readXml, type XmlElement, XmlRefused } from "./xml-elements.ts";

const METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
const HTTP_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/** What a SAML provider's metadata says of where to send people. */
export interface SamlMetadata {
  readonly entityId: string;
  /** Where sign-in requests go by the HTTP-Redirect binding. */
  readonly signOnUrl: string;
  /** Where sign-out requests go by the HTTP-Redirect binding, if anywhere. */
  readonly signOutUrl: string | null;
}

const named = (element: XmlElement, localName: string): XmlElement[] =>
  element.children.filter((child) => child.namespace === METADATA && child.localName === localName);

function redirectLocation(descriptor: XmlElement, service: string): string | null {
  const endpoint = named(descriptor, service).find(({ attributes }) => attributes.Binding === HTTP_REDIRECT);
  const location = endpoint?.attributes.Location;
  return location !== undefined && /^https?:$/.test(URL.parse(location)?.protocol ?? "") ? location : null;
}

/** The metadata of the first identity provider in the document; null when there is none that can be used. */
export function samlMetadata(document: string): SamlMetadata | null {
  let root: XmlElement;
  try {
    root = readXml(document);
  } catch (fault) {
    if (fault instanceof XmlRefused) return null;
    throw fault;
  }
  const isEntity = root.namespace === METADATA && root.localName === "EntityDescriptor";
  const entities = isEntity ? [root] : named(root, "EntityDescriptor");
  for (const entity of entities) {
    const entityId = entity.attributes.entityID;
    const [descriptor] = named(entity, "IDPSSODescriptor");
    const signOnUrl = descriptor && redirectLocation(descriptor, "SingleSignOnService");
    if (entityId && descriptor && signOnUrl)
      return { entityId, signOnUrl, signOutUrl: redirectLocation(descriptor, "SingleLogoutService") };
  }
  return null;
}
