import type { Profile, ProfileName } from "./profile.ts";
import { dms8 } from "./profiles/dms-8.ts";
import { ods53 } from "./profiles/ods-5.3.ts";
import { ods61 } from "./profiles/ods-6.1.ts";
import { ods71 } from "./profiles/ods-7.1.ts";
import { ods73 } from "./profiles/ods-7.3.ts";

/** Every API the sandbox can imitate, oldest first. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  "ods-5.3": ods53,
  "ods-6.1": ods61,
  "ods-7.1": ods71,
  "ods-7.3": ods73,
  "dms-8": dms8,
};

export const profileNames: readonly ProfileName[] = ["ods-5.3", "ods-6.1", "ods-7.1", "ods-7.3", "dms-8"];
