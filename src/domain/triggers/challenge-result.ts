/** One challenge of a custom sign-in that is over, as functions see it in `session`. */
export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
}
