import {
  byCodePoint,
  Dictionary,
  equal,
  isDictionary,
  isList,
  isNumber,
  numberOf,
  type Value,
} from "../value.ts";
import { Expression, type Query } from "./expression.ts";
import { callFunction } from "./functions.ts";
import { type Comparator, type Node, parseQuery } from "./parser.ts";

/**
 * JMESPath as the AWS CLI has it. The packages for JavaScript keep objects as JavaScript does, which moves keys like "1" to the front and
 * makes 1 of 1.0, and their messages are others; a printed answer has to be the same to the byte.
 * @throws QueryFault; so may the query that is returned
 */
export function compileQuery(expression: string): Query {
  const node = parseQuery(expression);
  return (value) => visit(node, value);
}

/** An expression by itself has no value that can be printed; as in Python, it is not null. */
function visit(node: Node, value: Value): Value {
  switch (node.kind) {
    case "identity":
      return value;
    case "field":
      return isDictionary(value) ? (value.get(node.name) ?? null) : null;
    case "literal":
      return node.value;
    case "index":
      return isList(value) ? (value.at(node.index) ?? null) : null;
    case "slice":
      return isList(value) ? slice(value, node.parts) : null;
    case "chain":
      return visit(node.right, visit(node.left, value));
    case "projection":
      return project(visit(node.left, value), node.right);
    case "values": {
      const base = visit(node.left, value);
      return isDictionary(base) ? project([...base.values()], node.right) : null;
    }
    case "filter": {
      const base = visit(node.left, value);
      if (!isList(base)) return null;
      return project(
        base.filter((item) => isTrue(visit(node.condition, item))),
        node.right,
      );
    }
    case "flatten": {
      const base = visit(node.of, value);
      return isList(base) ? base.flatMap((item) => (isList(item) ? item : [item])) : null;
    }
    case "comparison":
      return compare(node.comparator, visit(node.left, value), visit(node.right, value));
    case "or": {
      const left = visit(node.left, value);
      return isTrue(left) ? left : visit(node.right, value);
    }
    case "and": {
      const left = visit(node.left, value);
      return isTrue(left) ? visit(node.right, value) : left;
    }
    case "not": {
      const result = visit(node.of, value);
      return isNumber(result) ? false : !isTrue(result);
    }
    case "list":
      return value === null ? null : node.items.map((item) => visit(item, value));
    case "hash":
      return value === null
        ? null
        : new Dictionary(node.items.map(([name, item]) => [name, visit(item, value)]));
    case "expression":
      return new Expression((item) => visit(node.of, item)) as unknown as Value;
    case "call":
      return callFunction(
        node.name,
        node.args.map((argument) => visit(argument, value)),
      );
  }
}

function project(base: Value, right: Node): Value {
  if (!isList(base)) return null;
  return base.map((item) => visit(right, item)).filter((item) => item !== null);
}

const isTrue = (value: Value): boolean =>
  !(
    value === null ||
    value === false ||
    value === "" ||
    (isList(value) && value.length === 0) ||
    (isDictionary(value) && value.size === 0)
  );

function compare(comparator: Comparator, left: Value, right: Value): Value {
  if (comparator === "eq") return sameValue(left, right);
  if (comparator === "ne") return !sameValue(left, right);
  const order = orderOf(left, right);
  if (order === null) return null;
  if (comparator === "lt") return order < 0;
  if (comparator === "gt") return order > 0;
  return comparator === "lte" ? order <= 0 : order >= 0;
}

/** Booleans are no numbers here. */
const sameValue = (left: Value, right: Value): boolean =>
  typeof left === "boolean" || typeof right === "boolean" ? left === right : equal(left, right);

function orderOf(left: Value, right: Value): number | null {
  if (isNumber(left) && isNumber(right)) return numberOf(left) - numberOf(right);
  return typeof left === "string" && typeof right === "string" ? byCodePoint(left, right) : null;
}

/** As Python slices lists. */
function slice(list: readonly Value[], [from, to, by]: readonly (number | null | undefined)[]): Value {
  const step = by ?? 1;
  const bound = (given: number | null | undefined, usual: number): number => {
    if (given === null || given === undefined) return usual;
    const index = given < 0 ? given + list.length : given;
    return step > 0
      ? Math.min(Math.max(index, 0), list.length)
      : Math.min(Math.max(index, -1), list.length - 1);
  };
  const start = bound(from, step > 0 ? 0 : list.length - 1);
  const end = bound(to, step > 0 ? list.length : -1);
  const result: Value[] = [];
  if (step > 0) for (let i = start; i < end; i += step) result.push(list[i] as Value);
  if (step < 0) for (let i = start; i > end; i += step) result.push(list[i] as Value);
  return result;
}
