import { syntheticDistrict } from "../../sandbox/edfi/synthetic.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { answer, options, untilStopped } from "./answer.ts";

const { attendanceEvents } = options<{ attendanceEvents: number }>();
const students = Math.max(100, Math.ceil(attendanceEvents / 180));
const sections = Math.max(20, Math.ceil(students / 25));
const sandbox = await startSandbox({
  data: {},
  synthetic: { 2026: syntheticDistrict({ students, sections, attendanceEvents }) },
});
answer({ url: sandbox.url, key: sandbox.key, secret: sandbox.secret });
await untilStopped();
process.exit(0);
