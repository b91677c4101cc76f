import type { Shape } from "../../api/generated/constraints.ts";
import { shapeNamed } from "./service-model.ts";
import { Dictionary, type Value } from "./value.ts";

type Shapes = Readonly<Record<string, Shape>>;

/**
 * A value of a shape in which everything is there once: what --generate-cli-skeleton prints.
 * @param epoch how a timestamp looks
 * @param named texts are the names of their members, as in the skeleton of an output; otherwise they are empty, or the first of those
 *   that are possible (the AWS CLI takes any of them)
 */
export function skeleton(
  shapes: Shapes,
  shapeName: string,
  named: boolean,
  epoch = "1970-01-01T00:00:00",
): Value {
  const above: string[] = [];
  const made = (name: string, label: string): Value => {
    above.push(name);
    const value = ofShape(shapeNamed(shapes, name), name, label);
    above.pop();
    return value;
  };
  const ofShape = (shape: Shape, name: string, label: string): Value => {
    switch (shape.type) {
      case "structure":
        if (above.filter((other) => other === name).length > 1) return new Dictionary();
        return new Dictionary(
          Object.entries(shape.members).map(([member, type]) => [member, made(type, member)]),
        );
      case "list":
        return [made(shape.member, named ? shape.member : "")];
      case "map":
        return new Dictionary([["KeyName", made(shape.value, "")]]);
      case "string":
        return named ? label : (shape.enum?.[0] ?? "");
      case "integer":
        return 0;
      case "boolean":
        return true;
      case "timestamp":
        return epoch;
      case "document":
        return new Dictionary();
      case "blob":
        return null;
    }
  };
  return made(shapeName, "");
}
