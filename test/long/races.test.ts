import { races } from "../support/races.ts";
import { sizes } from "./sizes.ts";

races(sizes.races);
