// The one file Cloud Functions loads (package.json "main"). It is JavaScript because the build runs `node --check` on it, which
// cannot read types. A deployment names its function in FUNCTION_TARGET and loads only that function's code.
const functions = {
  extract: () => import("./extract/index.ts"),
  load: () => import("./load/index.ts"),
  refresh: () => import("./refresh/index.ts"),
  deliver: () => import("./deliver/index.ts"),
  reconcile: () => import("./reconcile/index.ts"),
};

const target = process.env.FUNCTION_TARGET ?? "";
const start = functions[target];
if (!start) throw new Error(`FUNCTION_TARGET is "${target}"; it must be one of ${Object.keys(functions).join(", ")}`);
await start();
