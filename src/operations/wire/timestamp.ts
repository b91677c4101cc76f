import type { Instant } from "../../runtime/clock.ts";

/** Epoch seconds with milliseconds as the fraction: the form of every date in an answer. */
export const timestamp = (instant: Instant): number => instant / 1000;
