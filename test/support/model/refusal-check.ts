import type { RawAnswer } from "../http-connection.ts";
import { countPhrase, type Refusal } from "./expected-refusal.ts";

/** The sentences of a validation message; none of the probe's values holds the text between them. */
const sentencesOf = (message: string, count: number): string[] =>
  message.slice(countPhrase(count).length).split(/; (?=Value )/);

/** SignUp's own refusal where the pool wants a password: the model does not require one. */
const NO_PASSWORD =
  "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null";
/** Characters after which a message only counts further violations. */
const MESSAGE_ENDS = 16 * 1024;

/** How an answer differs from the refusal that the model demands, or from none; null when it does not. */
export function refusalProblem(refusal: Refusal | null, { status, body }: RawAnswer): string | null {
  const error = status === 200 ? {} : (JSON.parse(body) as Record<string, string>);
  if (refusal === null) {
    const isRefused =
      error.__type === "SerializationException" ||
      (/^\d+ validation errors? detected/.test(error.message ?? "") && error.message !== NO_PASSWORD);
    return isRefused ? "is refused though it is well-formed" : null;
  }
  if (error.__type !== refusal.code) return `is not ${refusal.code}`;
  if (refusal.code === "SerializationException")
    return refusal.texts.includes(error.Message ?? "") ? null : `does not say ${refusal.texts.join(" or ")}`;
  const { sentences } = refusal;
  const message = error.message ?? "";
  if (!message.startsWith(countPhrase(sentences.length))) return `does not count ${sentences.length}`;
  const said = sentencesOf(message, sentences.length);
  const isLong = sentences.join("; ").length > MESSAGE_ENDS;
  const isRight = isLong
    ? said.every((sentence) => sentences.includes(sentence))
    : said.sort().join("\n") === [...sentences].sort().join("\n");
  return isRight ? null : `does not say ${sentences.join(" and ").slice(0, 600)}`;
}
