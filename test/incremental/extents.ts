import { resourceNames } from "./districts.ts";
import type { LifeOptions } from "./live.ts";

type Extent = Omit<LifeOptions, "seed">;

/** What lies around calendars: three endpoints, twelve models. */
export const narrow: Extent = {
  resources: ["schools", "calendars", "calendarDates"],
  select: ["+dim_calendar_date"],
  rounds: 2,
  changesPerRound: 8,
};

/** Students and their schools besides: seven endpoints, twenty models. */
export const wide: Extent = {
  resources: resourceNames,
  select: ["+bridge_student_organization", "+dim_calendar_date", "stg_edfi__students"],
  rounds: 3,
  changesPerRound: 12,
};
