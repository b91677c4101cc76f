import { plainText, pythonText, type Value } from "../value.ts";
import { incomplete, parseFault, type QueryFault } from "./syntax-fault.ts";
import { type Token, tokens } from "./tokens.ts";

export type Comparator = "eq" | "ne" | "lt" | "gt" | "lte" | "gte";

/** A JMESPath expression's tree. */
export type Node =
  | { readonly kind: "identity" }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "slice"; readonly parts: readonly (number | null)[] }
  | {
      readonly kind: "chain";
      readonly left: Node;
      readonly right: Node;
      /** Ends in an index. */
      readonly indexed?: true;
    }
  | { readonly kind: "projection"; readonly left: Node; readonly right: Node }
  | { readonly kind: "values"; readonly left: Node; readonly right: Node }
  | { readonly kind: "filter"; readonly left: Node; readonly right: Node; readonly condition: Node }
  | { readonly kind: "flatten"; readonly of: Node }
  | {
      readonly kind: "comparison";
      readonly comparator: Comparator;
      readonly left: Node;
      readonly right: Node;
    }
  | { readonly kind: "or" | "and"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "hash"; readonly items: readonly (readonly [string, Node])[] }
  | { readonly kind: "expression"; readonly of: Node }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] };

const IDENTITY: Node = { kind: "identity" };
const PROJECTION_STOP = 10;
const BINDING_POWER: Readonly<Record<string, number>> = {
  pipe: 1,
  or: 2,
  and: 3,
  eq: 5,
  gt: 5,
  lt: 5,
  gte: 5,
  lte: 5,
  ne: 5,
  flatten: 9,
  star: 20,
  filter: 21,
  dot: 40,
  not: 45,
  lbrace: 50,
  lbracket: 55,
  lparen: 60,
};
const COMPARATORS = new Set(["eq", "ne", "lt", "gt", "lte", "gte"]);

/** Parses by precedence, as the reference implementation for Python does; messages are that one's. @throws QueryFault */
export function parseQuery(expression: string): Node {
  return new Parser(expression).parse();
}

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokens(expression);
  }

  parse(): Node {
    const node = this.#parse(0);
    const token = this.#token();
    if (token.type !== "eof") throw this.#fault(token, `Unexpected token: ${token.text}`);
    return node;
  }

  #parse(power: number): Node {
    const first = this.#token();
    this.#at++;
    let left = this.#prefix(first);
    while (power < (BINDING_POWER[this.#type()] ?? 0)) {
      const token = this.#token();
      this.#at++;
      left = this.#infix(token, left);
    }
    return left;
  }

  #prefix(token: Token): Node {
    switch (token.type) {
      case "literal":
        return { kind: "literal", value: token.value };
      case "unquoted_identifier":
        return { kind: "field", name: token.text };
      case "quoted_identifier":
        if (this.#type() === "lparen")
          throw this.#fault(
            { ...this.#token(), start: 0 },
            "Quoted identifier not allowed for function names.",
          );
        return { kind: "field", name: token.text };
      case "star":
        return {
          kind: "values",
          left: IDENTITY,
          right: this.#type() === "rbracket" ? IDENTITY : this.#projectionRight(20),
        };
      case "filter":
        return this.#filter(IDENTITY);
      case "lbrace":
        return this.#hash();
      case "lparen": {
        const node = this.#parse(0);
        this.#match("rparen");
        return node;
      }
      case "flatten":
        return {
          kind: "projection",
          left: { kind: "flatten", of: IDENTITY },
          right: this.#projectionRight(9),
        };
      case "not":
        return { kind: "not", of: this.#parse(45) };
      case "lbracket":
        return this.#openBracket();
      case "current":
        return IDENTITY;
      case "expref":
        return { kind: "expression", of: this.#parse(0) };
      case "eof":
        throw incomplete(this.#expression);
      default:
        throw this.#fault(token, "invalid token");
    }
  }

  #openBracket(): Node {
    if (this.#type() === "number" || this.#type() === "colon") return this.#sliced(IDENTITY, this.#index());
    if (this.#type() === "star" && this.#type(1) === "rbracket") {
      this.#at += 2;
      return { kind: "projection", left: IDENTITY, right: this.#projectionRight(20) };
    }
    return this.#list();
  }

  #infix(token: Token, left: Node): Node {
    const { type } = token;
    if (COMPARATORS.has(type))
      return { kind: "comparison", comparator: type as Comparator, left, right: this.#parse(5) };
    switch (type) {
      case "dot":
        if (this.#type() === "star") {
          this.#at++;
          return { kind: "values", left, right: this.#projectionRight(40) };
        }
        return { kind: "chain", left, right: this.#dotRight(40) };
      case "pipe":
        return { kind: "chain", left, right: this.#parse(1) };
      case "or":
        return { kind: "or", left, right: this.#parse(2) };
      case "and":
        return { kind: "and", left, right: this.#parse(3) };
      case "lparen":
        return this.#call(left);
      case "filter":
        return this.#filter(left);
      case "flatten":
        return { kind: "projection", left: { kind: "flatten", of: left }, right: this.#projectionRight(9) };
      case "lbracket":
        if (this.#type() === "number" || this.#type() === "colon") return this.#sliced(left, this.#index());
        this.#match("star");
        this.#match("rbracket");
        return { kind: "projection", left, right: this.#projectionRight(20) };
      default:
        throw this.#fault(token, "invalid token");
    }
  }

  #index(): Node {
    if (this.#type() !== "colon" && this.#type(1) !== "colon") {
      const index = Number(this.#token().text);
      this.#at++;
      this.#match("rbracket");
      return { kind: "index", index };
    }
    const parts: (number | null)[] = [null, null, null];
    let index = 0;
    while (this.#type() !== "rbracket" && index < 3) {
      const token = this.#token();
      if (token.type === "colon") index++;
      else if (token.type === "number") parts[index] = Number(token.text);
      if (index === 3 || (token.type !== "colon" && token.type !== "number"))
        throw this.#fault(token, "syntax error");
      this.#at++;
    }
    this.#match("rbracket");
    return { kind: "slice", parts };
  }

  /** A slice projects, except right after an index: `[0][1:].a` is the member of a list, which has none. */
  #sliced(left: Node, right: Node): Node {
    const chain: Node = { kind: "chain", left, right, indexed: true };
    if (right.kind !== "slice" || (left.kind === "chain" && left.indexed)) return chain;
    return { kind: "projection", left: chain, right: this.#projectionRight(20) };
  }

  #call(left: Node): Node {
    if (left.kind !== "field") {
      const token = this.#tokens[this.#at - 2] as Token;
      throw this.#fault(token, `Invalid function name '${token.text}'`);
    }
    const args: Node[] = [];
    while (this.#type() !== "rparen") {
      args.push(this.#parse(0));
      if (this.#type() === "comma") this.#match("comma");
    }
    this.#match("rparen");
    return { kind: "call", name: left.name, args };
  }

  #filter(left: Node): Node {
    const condition = this.#parse(0);
    this.#match("rbracket");
    const right = this.#type() === "flatten" ? IDENTITY : this.#projectionRight(21);
    return { kind: "filter", left, right, condition };
  }

  #list(): Node {
    const items: Node[] = [];
    for (;;) {
      items.push(this.#parse(0));
      if (this.#type() === "rbracket") break;
      this.#match("comma");
    }
    this.#match("rbracket");
    return { kind: "list", items };
  }

  #hash(): Node {
    const items: (readonly [string, Node])[] = [];
    for (;;) {
      const key = this.#token();
      if (key.type !== "quoted_identifier" && key.type !== "unquoted_identifier")
        throw this.#unexpected(key, pythonText(["quoted_identifier", "unquoted_identifier"]));
      this.#at++;
      this.#match("colon");
      items.push([key.text, this.#parse(0)]);
      if (this.#type() === "comma") this.#match("comma");
      else if (this.#type() === "rbrace") {
        this.#match("rbrace");
        return { kind: "hash", items };
      }
    }
  }

  #projectionRight(power: number): Node {
    if ((BINDING_POWER[this.#type()] ?? 0) < PROJECTION_STOP) return IDENTITY;
    if (this.#type() === "lbracket" || this.#type() === "filter") return this.#parse(power);
    if (this.#type() === "dot") {
      this.#match("dot");
      return this.#dotRight(power);
    }
    throw this.#fault(this.#token(), "syntax error");
  }

  #dotRight(power: number): Node {
    const token = this.#token();
    if (["quoted_identifier", "unquoted_identifier", "star"].includes(token.type)) return this.#parse(power);
    if (token.type === "lbracket") {
      this.#match("lbracket");
      return this.#list();
    }
    if (token.type === "lbrace") {
      this.#match("lbrace");
      return this.#hash();
    }
    const allowed = pythonText(["quoted_identifier", "unquoted_identifier", "lbracket", "lbrace"]);
    throw this.#fault(token, `Expecting: ${allowed}, got: ${token.type}`);
  }

  #match(type: string): void {
    const token = this.#token();
    if (token.type !== type) throw this.#unexpected(token, type);
    this.#at++;
  }

  #unexpected(token: Token, wanted: string): QueryFault {
    return token.type === "eof"
      ? incomplete(this.#expression)
      : this.#fault(token, `Expecting: ${wanted}, got: ${token.type}`);
  }

  #fault(token: Token, message: string): QueryFault {
    return parseFault(this.#expression, { ...token, text: plainText(token.value) }, message);
  }

  #token(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #type(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.type ?? "eof";
  }
}
