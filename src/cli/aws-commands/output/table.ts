import { eastAsianWidthType } from "get-east-asian-width";
import { byCodePoint, Dictionary, isDictionary, isList, isScalar, plainText, type Value } from "../value.ts";

interface Section {
  title: string;
  readonly depth: number;
  headers: readonly string[];
  rows: (readonly string[])[];
  widths: number[];
  /** Of its first row or headers; all others must have as many. */
  columns: number | null;
}

export interface TableStyle {
  readonly colour: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
}

const PADDING = 4;
const BORDERS = 2;
const ELEMENT = "\u001b[1m\u001b[34m";
const MARGIN = "\u001b[2m\u001b[33m";
const RESET = "\u001b[0m";

/** The AWS CLI's table form; empty for an empty value. @throws Error for rows of different lengths */
export function tableForm(title: string, value: Value, style: TableStyle): string {
  const sections: Section[] = [];
  if (!build(title, value, 0, sections)) return "";
  let width = totalWidth(sections);
  let shown = sections;
  if (width > style.columns) {
    shown = sections.map(vertical);
    width = totalWidth(shown);
  }
  // With colours, each write of the AWS CLI is followed by a reset.
  const end = style.colour ? RESET : "";
  return `${"-".repeat(width)}\n${end}${shown.map((section) => render(section, width, style)).join("")}`;
}

const isEmpty = (value: Value): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  value === "" ||
  (isList(value) && value.length === 0) ||
  (isDictionary(value) && value.size === 0);

function build(title: string | null, value: Value, depth: number, sections: Section[]): boolean {
  if (isEmpty(value)) return false;
  if (title !== null) startSection(title, depth, sections);
  if (isList(value)) {
    if (isDictionary(value[0]))
      buildFromList(
        value.map((item) => (isDictionary(item) ? item : new Dictionary())),
        depth,
        title ?? "",
        sections,
      );
    else
      for (const item of value) {
        if (isScalar(item)) addRow([item], sections);
        else if (isList(item) && item.every(isScalar)) addRow(item, sections);
        else if (isDictionary(item)) addRow([...item.keys()], sections);
        else build(null, item, 0, sections);
      }
  } else if (isDictionary(value)) buildFromObject(value, depth, sections);
  return true;
}

function buildFromObject(object: Dictionary, depth: number, sections: Section[]): void {
  const { scalar, nested } = keysOf([object]);
  const at = (key: string): Value => object.get(key) ?? null;
  const [first] = scalar;
  if (scalar.length === 1 && first !== undefined) addRow([first, at(first)], sections);
  else if (scalar.length > 0) {
    addHeaders(scalar, sections);
    addRow(scalar.map(at), sections);
  }
  for (const key of nested) build(key, at(key), depth + 1, sections);
}

function buildFromList(list: readonly Dictionary[], depth: number, title: string, sections: Section[]): void {
  const { scalar, nested } = keysOf(list);
  addHeaders(scalar, sections);
  for (const [index, item] of list.entries()) {
    if (index > 0 && nested.length > 0) {
      startSection(title, depth, sections);
      addHeaders(scalar, sections);
    }
    addRow(
      scalar.map((key) => item.get(key) ?? (item.has(key) ? null : "")),
      sections,
    );
    for (const key of nested) if (item.has(key)) build(key, item.get(key) ?? null, depth + 1, sections);
  }
}

function keysOf(objects: readonly Dictionary[]): {
  readonly scalar: readonly string[];
  readonly nested: readonly string[];
} {
  const scalar = new Set<string>();
  const nested = new Set<string>();
  for (const object of objects)
    for (const [key, value] of object) (isScalar(value) ? scalar : nested).add(key);
  return { scalar: [...scalar].sort(byCodePoint), nested: [...nested].sort(byCodePoint) };
}

function startSection(title: string, depth: number, sections: Section[]): void {
  sections.push({ title, depth, headers: [], rows: [], widths: [], columns: null });
}

function addHeaders(headers: readonly string[], sections: Section[]): void {
  const section = sections.at(-1) as Section;
  widen(section, headers);
  section.columns ??= headers.length;
  section.headers = headers;
}

function addRow(items: readonly Value[], sections: Section[]): void {
  const section = sections.at(-1) as Section;
  section.columns ??= items.length;
  if (section.columns !== items.length)
    throw new Error(`Row should have ${section.columns} elements, instead it has ${items.length}`);
  const row = items.map(plainText);
  section.rows.push(row);
  widen(section, row);
}

function widen(section: Section, row: readonly string[]): void {
  section.widths =
    section.widths.length === 0
      ? row.map(textWidth)
      : section.widths.map((width, i) => Math.max(width, textWidth(row[i] ?? "")));
}

/** A section with one row under headers, turned so that each header has a row. */
function vertical(section: Section): Section {
  const [row] = section.rows;
  if (section.rows.length !== 1 || row === undefined || section.headers.length === 0) return section;
  const turned: Section = {
    title: section.title,
    depth: section.depth,
    headers: [],
    rows: [],
    widths: [],
    columns: null,
  };
  for (const [i, header] of section.headers.entries()) addRow([header, row[i] ?? ""], [turned]);
  return turned;
}

const totalWidth = (sections: readonly Section[]): number =>
  Math.max(
    ...sections.map(({ title, depth, widths }) =>
      Math.max(
        textWidth(title) + BORDERS + 2 * depth,
        widths.reduce((sum, width) => sum + width + PADDING, 0) + BORDERS + 2 * depth,
      ),
    ),
  );

/** Halves go to the even neighbour, as in Python. */
function rounded(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** The columns' widths, stretched to the whole. */
function columnWidths(widths: readonly number[], whole: number): number[] {
  const padded = widths.map((width) => width + PADDING);
  if (padded.length === 0) return [];
  const sum = padded.reduce((total, width) => total + width, 0);
  const scaled = padded.map((width) => rounded((whole / sum) * width));
  let excess = scaled.reduce((total, width) => total + width, 0) - whole;
  while (excess !== 0) {
    const order = excess < 0 ? [...scaled.keys()].reverse() : [...scaled.keys()];
    for (const i of order) {
      const step = excess > 0 ? -1 : 1;
      scaled[i] = (scaled[i] ?? 0) + step;
      excess += step;
      if (excess === 0) break;
    }
  }
  return scaled;
}

function render(section: Section, whole: number, { colour }: TableStyle): string {
  const width = whole - 2 * section.depth;
  const edge = (colour ? `${MARGIN}|${RESET}` : "|").repeat(section.depth);
  const end = colour ? RESET : "";
  // A nested line is written in four pieces.
  const line = (text: string) =>
    colour ? `${edge}${end}${text}${end}${edge}${end}\n${end}` : `${edge}${text}${edge}\n`;
  const lines: string[] = [];
  const widths = columnWidths(section.widths, width);
  const rule = `+${widths.map((column, i) => "-".repeat(column - (i === 0 ? 2 : 1))).join("+")}+`;
  if (section.title) {
    lines.push(line(centred(section.title, width, "|")));
    if (section.headers.length === 0 && section.rows.length === 0)
      lines.push(line(`+${"-".repeat(width - 2)}+`));
  }
  if (section.headers.length > 0)
    lines.push(
      line(rule),
      line(section.headers.map((header, i) => centred(header, widths[i] ?? 0, i === 0 ? "|" : "")).join("")),
    );
  if (section.rows.length > 0 && widths.length > 0) {
    lines.push(line(rule));
    for (const row of section.rows)
      lines.push(
        line(
          widths
            .slice(0, row.length)
            .map((column, i) => leftAligned(row[i] ?? "", column, i === 0 ? "|" : "", colour))
            .join(""),
        ),
      );
    lines.push(line(rule));
  }
  return lines.join("");
}

const spaces = (count: number): string => " ".repeat(Math.max(0, count));

function centred(text: string, width: number, left: string): string {
  const length = textWidth(text);
  const before = Math.floor(width / 2) - Math.floor(length / 2) - 1;
  return `${left}${spaces(before)}${text}${spaces(width - 1 - left.length - before - length)}|`;
}

function leftAligned(text: string, width: number, left: string, colour: boolean): string {
  const length = textWidth(text);
  const padding = width - (length + 2 + left.length + 1) >= 0 ? 2 : 0;
  const shown = colour ? `${ELEMENT}${text}${RESET}` : text;
  return `${left}${spaces(padding)}${shown}${spaces(width - left.length - padding - length - 1)}|`;
}

/** Columns that a text takes; characters that may be wide are. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const type = eastAsianWidthType(character.codePointAt(0) ?? 0);
    width += type === "wide" || type === "fullwidth" || type === "ambiguous" ? 2 : 1;
  }
  return width;
}
