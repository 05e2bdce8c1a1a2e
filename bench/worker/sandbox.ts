import { syntheticDistrict } from "../../sandbox/edfi/synthetic.ts";
import { type ProfileName, startSandbox } from "../../sandbox/sandbox.ts";
import { districtOf } from "../district.ts";
import { answer, options, untilStopped } from "./answer.ts";

const { attendanceEvents, profile } = options<{ attendanceEvents: number; profile?: ProfileName }>();
const sandbox = await startSandbox({
  data: {},
  synthetic: { 2026: syntheticDistrict(districtOf(attendanceEvents)) },
  ...(profile ? { profile } : {}),
});
answer({ url: sandbox.url, key: sandbox.key, secret: sandbox.secret });
await untilStopped();
process.exit(0);
