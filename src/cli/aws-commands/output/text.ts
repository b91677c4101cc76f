import {
  byCodePoint,
  type Dictionary,
  isDictionary,
  isList,
  isScalar,
  plainText,
  type Value,
} from "../value.ts";

/** The AWS CLI's text form: scalars of an object in one line with tabs between, sorted by key; what is nested in lines of its own. */
export function textForm(value: Value): string {
  const lines: string[] = [];
  write(value, lines, null, null);
  return lines.join("");
}

type Keys = readonly string[] | null;

function write(value: Value, lines: string[], label: string | null, columns: Keys): void {
  if (isDictionary(value)) writeObject(value, lines, label, columns);
  else if (isList(value)) writeList(value, lines, label);
  else lines.push(`${plainText(value)}\n`);
}

function writeList(list: readonly Value[], lines: string[], label: string | null): void {
  if (list.length === 0) return;
  if (list.some(isDictionary)) {
    const columns = scalarKeys(list);
    for (const item of list) write(item, lines, label, columns);
  } else if (list.some(isList)) {
    const scalars = list.filter(isScalar);
    if (scalars.length > 0) writeScalars(scalars, lines, label);
    for (const item of list) if (!isScalar(item)) write(item, lines, label, null);
  } else writeScalars(list, lines, label);
}

function writeScalars(items: readonly Value[], lines: string[], label: string | null): void {
  if (label === null) lines.push(`${items.map(plainText).join("\t")}\n`);
  else for (const item of items) lines.push(`${label.toUpperCase()}\t${plainText(item)}\n`);
}

function writeObject(object: Dictionary, lines: string[], label: string | null, columns: Keys): void {
  const keys = [...object.keys()].sort(byCodePoint);
  const at = (key: string): Value => object.get(key) ?? null;
  const scalars = columns?.map((key) => (object.has(key) ? at(key) : "")) ?? keys.map(at).filter(isScalar);
  const nested = columns
    ? keys.filter((key) => !columns.includes(key))
    : keys.filter((key) => !isScalar(at(key)));
  if (scalars.length > 0)
    lines.push(
      `${[...(label === null ? [] : [label.toUpperCase()]), ...scalars.map(plainText)].join("\t")}\n`,
    );
  for (const key of nested) write(at(key), lines, key, null);
}

/** Keys that hold a scalar in any of the objects. */
const scalarKeys = (list: readonly Value[]): readonly string[] =>
  [
    ...new Set(
      list
        .filter(isDictionary)
        .flatMap((item) => [...item].flatMap(([key, value]) => (isScalar(value) ? [key] : []))),
    ),
  ].sort(byCodePoint);
