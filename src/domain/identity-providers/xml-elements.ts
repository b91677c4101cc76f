/** An element of a document, as far as its reader needs it: what it is called, its attributes and what is inside. */
export interface XmlElement {
  /** The namespace's URI, empty for none. */
  readonly namespace: string;
  readonly localName: string;
  /** By qualified name; declarations of namespaces are among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

/** Not a document that this reader takes. */
export class XmlRefused extends Error {}

/** Deeper than any metadata; a bound on what hostile input can make of the stack of open elements. */
const DEEPEST = 100;

const NAME = "[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?";
const MARKUP = new RegExp(
  [
    "<!--(?<comment>[^]*?)-->",
    "<!\\[CDATA\\[[^]*?\\]\\]>",
    "<\\?(?<instruction>[^]*?)\\?>",
    `</(?<end>${NAME})\\s*>`,
    `<(?<start>${NAME})(?<attributes>(?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(?<empty>/?)>`,
  ].join("|"),
  "y",
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "g");
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Of all entities only the five that need no declaration, and characters by number. */
function unescaped(text: string): string {
  return text.replace(/&([^;&\s]{0,10});?/g, (reference, name: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const code = number ? Number.parseInt(number[1] ?? number[2] ?? "", number[1] ? 16 : 10) : null;
    const value = code === null ? ENTITIES[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (value === undefined || !reference.endsWith(";")) throw new XmlRefused(`entity ${reference}`);
    return value;
  });
}

function attributesOf(text: string): Record<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new XmlRefused(`attribute ${name} twice`);
    attributes.set(name, unescaped(double ?? single ?? ""));
  }
  return Object.fromEntries(attributes);
}

/** The namespaces around with what the element declares. */
function namespacesIn(
  attributes: Readonly<Record<string, string>>,
  around: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const declared = Object.entries(attributes).flatMap(([name, uri]): [string, string][] => {
    if (name === "xmlns") return [["", uri]];
    return name.startsWith("xmlns:") ? [[name.slice("xmlns:".length), uri]] : [];
  });
  return declared.length === 0 ? around : new Map([...around, ...declared]);
}

interface Open {
  readonly name: string;
  /** URIs by prefix, those of the elements around included. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
}

/**
 * Reads the elements of a well-formed document. It takes less than XML allows: no document type (so no entity can be declared and
 * nothing is ever fetched), and names of ASCII letters. Its work is linear in the length.
 * @throws XmlRefused
 */
export function readXml(text: string): XmlElement {
  const document: Open = { name: "", namespaces: new Map([["", ""]]), children: [] };
  const open: Open[] = [document];
  let position = text.startsWith("\ufeff") ? 1 : 0;
  while (position < text.length) {
    const around = open.at(-1) ?? document;
    const next = text.indexOf("<", position);
    const between = text.slice(position, next === -1 ? undefined : next);
    unescaped(between);
    if (around === document && between.trim() !== "") throw new XmlRefused("text outside the element");
    if (next === -1) break;
    MARKUP.lastIndex = next;
    const markup = MARKUP.exec(text);
    if (!markup?.groups) throw new XmlRefused("not well-formed, or a document type");
    position = MARKUP.lastIndex;
    const { start, attributes: list = "", empty, end } = markup.groups;
    if (start !== undefined) {
      if (around === document && document.children.length > 0) throw new XmlRefused("more than one element");
      const attributes = attributesOf(list);
      const namespaces = namespacesIn(attributes, around.namespaces);
      const [prefix, localName] = start.includes(":") ? (start.split(":") as [string, string]) : ["", start];
      const namespace = namespaces.get(prefix);
      if (namespace === undefined) throw new XmlRefused(`prefix ${prefix}`);
      const children: XmlElement[] = [];
      around.children.push({ namespace, localName, attributes, children });
      if (empty === "") open.push({ name: start, namespaces, children });
      if (open.length > DEEPEST) throw new XmlRefused("too deep");
    } else if (end !== undefined) {
      if (around === document || around.name !== end) throw new XmlRefused(`</${end}>`);
      open.pop();
    }
  }
  const [root] = document.children;
  if (open.length > 1 || !root) throw new XmlRefused("unfinished");
  return root;
}
