import { invalidParameter, tagsRefused } from "../errors.ts";

type Tags = Readonly<Record<string, string>>;

/** Source: Cognito's documentation of tagging. */
const TAGS_PER_POOL = 50;

/** Why a pool cannot have these tags, or null. */
function tagProblem(tags: Tags): string | null {
  const keys = Object.keys(tags);
  if (keys.length > TAGS_PER_POOL) return `A user pool can have at most ${TAGS_PER_POOL} tags.`;
  const reserved = keys.find((key) => /^aws:/i.test(key));
  return reserved === undefined ? null : `Tag keys cannot begin with aws: ${reserved}`;
}

/** The tags of CreateUserPool and UpdateUserPool, which replace all. @throws UserPoolTaggingException */
export function givenTags(tags: Tags): Record<string, string> {
  const problem = tagProblem(tags);
  if (problem) throw tagsRefused(problem);
  return { ...tags };
}

/** What TagResource makes of a pool's tags. @throws InvalidParameterException */
export function withTags(tags: Tags, given: Tags): Record<string, string> {
  const all = Object.fromEntries([...Object.entries(tags), ...Object.entries(given)]);
  const problem = tagProblem(all);
  if (problem) throw invalidParameter(problem);
  return all;
}

/** What UntagResource leaves of them; keys that are not there count for nothing. */
export function withoutTags(tags: Tags, keys: readonly string[]): Record<string, string> {
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key)));
}
