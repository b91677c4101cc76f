import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputShapes } from "../../src/api/generated/constraints.ts";
import { operationNames } from "../../src/api/operation.ts";
import { ServiceError } from "../../src/domain/errors.ts";
import { type Schema, schemaOf } from "../../src/http/aws-json/input-schema.ts";
import { validate } from "../../src/http/aws-json/validate.ts";
import { drawsFrom, HOSTILE_PIECES, hostileTextOf, probes, validInput } from "../support/model-probe.ts";
import { readInput } from "../support/wire-requests.ts";

const patterned = Object.keys(inputShapes).filter((name) => "pattern" in (inputShapes[name] ?? {}));

/** Whether the server takes a value of the right type. */
function accepts(schema: Schema, value: unknown): boolean {
  const member = { name: "Value", path: "value", required: true, schema };
  try {
    validate({ type: "structure", hidden: false, members: [member] }, { Value: value });
    return true;
  } catch {
    return false;
  }
}

function milliseconds(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

describe("every pattern of the model", () => {
  it("there are some", () => expect(patterned.length).toBeGreaterThan(40));

  it.each(patterned)("%s takes at most 50 ms on 100 KB of hostile text", (name) => {
    const schema = schemaOf(name);
    for (const piece of HOSTILE_PIECES)
      for (const end of ["", "\u0000", "\n", "##}"]) {
        const text = hostileTextOf(piece, end, 100_000);
        const work = () => accepts(schema, text);
        // Measured again when slow: the machine may have paused.
        const time = milliseconds(work);
        expect(
          time > 50 ? Math.min(milliseconds(work), milliseconds(work)) : time,
          JSON.stringify(piece),
        ).toBeLessThan(50);
      }
  });

  it("copes with a text as long as a request may be", () => {
    for (const name of patterned)
      for (const piece of ["a", "_", "{##", "😀"]) {
        const text = hostileTextOf(piece, "\u0000", 512 * 1024);
        expect(() => accepts(schemaOf(name), text)).not.toThrow();
      }
  }, 60_000);
});

describe("base64", () => {
  it("is checked in bounded time and space", () => {
    const ImageFile = `${"A".repeat(3 * 1024 * 1024 - 4)}A!==`;
    expect(
      milliseconds(() => expect(() => readInput("SetUICustomization", { ImageFile })).toThrow("base64")),
    ).toBeLessThan(500);
  });
});

describe("arbitrary JSON", () => {
  it("is accepted or refused with a service error by every operation", () => {
    const body = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...operationNames), body, (operation, text) => {
        try {
          readInput(operation, text);
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("in place of known members is accepted or refused with a service error", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operationNames),
        fc.infiniteStream(fc.jsonValue({ maxDepth: 3 })),
        fc.nat(),
        (operation, values, seed) => {
          const input = validInput(operation, drawsFrom(seed));
          for (const name of Object.keys(input)) if (seed % 3 !== 0) input[name] = values.next().value;
          try {
            readInput(operation, input);
          } catch (error) {
            expect(error).toBeInstanceOf(ServiceError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("input made to be valid", () => {
  it("passes for every operation", () => {
    fc.assert(
      fc.property(fc.constantFrom(...operationNames), fc.nat(), (operation, seed) => {
        const input = validInput(operation, drawsFrom(seed));
        expect(readInput(operation, input)).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });
});

describe("input with faults at random places", () => {
  it("is refused with the code that the model demands", () => {
    const codes = new Set<string | undefined>();
    for (const probe of probes(1, 20_000)) {
      let code: string | undefined;
      try {
        readInput(probe.operation, typeof probe.body === "string" ? probe.body : Buffer.from(probe.body));
      } catch (error) {
        expect(error).toBeInstanceOf(ServiceError);
        code = (error as ServiceError).code;
      }
      codes.add(code);
      expect(code, `${probe.operation} ${probe.about}`).toBe(probe.refusal?.code);
    }
    expect(codes.size).toBe(3);
  });

  it("is the same for the same seed", () => {
    expect([...probes(7, 500)]).toEqual([...probes(7, 500)]);
    expect([...probes(7, 50)]).not.toEqual([...probes(8, 50)]);
  });
});
