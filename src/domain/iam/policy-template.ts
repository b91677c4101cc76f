import { ANY, type Glob, ONE } from "./glob.ts";

type Wildcard = typeof ANY | typeof ONE;

/** A text of a policy, in which variables may stand. */
export type Template = readonly (string | Wildcard | Variable)[];

interface Variable {
  /** Lower case. */
  readonly key: string;
  /** `${key, 'fallback'}` */
  readonly fallback: string | null;
}

/** What a variable stands for in a request; undefined when it has no single value there. */
export type VariableValues = (key: string) => string | undefined;

const VARIABLE = /\$\{([^{}]*)\}/y;
const WITH_FALLBACK = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/;
const wildcardOf = (character: string): string | Wildcard =>
  character === "*" ? ANY : character === "?" ? ONE : character;

/**
 * Reads a text of a policy: `*` and `?` are wildcards, `${key}` is a variable, `${*}`, `${?}` and `${$}` are the characters.
 * @param expands whether variables are known, which they are from version 2012-10-17 on
 * @returns null when a variable is malformed
 */
export function readTemplate(text: string, expands: boolean): Template | null {
  const template: (string | Wildcard | Variable)[] = [];
  for (let i = 0; i < text.length; ) {
    if (expands && text.startsWith("${", i)) {
      VARIABLE.lastIndex = i;
      const found = VARIABLE.exec(text);
      if (!found) return null;
      const inner = found[1] ?? "";
      if (inner === "*" || inner === "?" || inner === "$") template.push(inner);
      else {
        const [, key, fallback = null] = WITH_FALLBACK.exec(inner) ?? [];
        if (key === undefined) return null;
        template.push({ key: key.toLowerCase(), fallback });
      }
      i += found[0].length;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(i) ?? 0);
    template.push(wildcardOf(character));
    i += character.length;
  }
  return template;
}

/** The pattern that a template is in a request; null when a variable has no value there, so that nothing can match. */
export function resolveTemplate(template: Template, values: VariableValues): Glob | null {
  const glob: (string | Wildcard)[] = [];
  for (const part of template) {
    if (typeof part !== "object") {
      glob.push(part);
      continue;
    }
    const value = values(part.key) ?? part.fallback;
    if (value === null) return null;
    glob.push(...value);
  }
  return glob;
}

/** The parts of a template between the colons of its own text, at most `limit`: the last keeps its colons. */
export function splitTemplate(template: Template, limit: number): Template[] {
  const fields: (string | Wildcard | Variable)[][] = [[]];
  for (const part of template)
    if (part === ":" && fields.length < limit) fields.push([]);
    else fields.at(-1)?.push(part);
  return fields;
}

/** Whether the template mentions a variable whose name begins so. @param prefix lower case */
export const mentionsVariable = (template: Template, prefix: string): boolean =>
  template.some((part) => typeof part === "object" && part.key.startsWith(prefix));
