import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { exceptionsSchema, judge } from "../../scripts/audit/judge.ts";
import { parseYaml } from "../../shared/config/yaml.ts";

const advisory = (id: string, severity: string) => ({
  source: 1,
  name: "form-parser",
  title: "A body that never ends",
  url: `https://github.com/advisories/${id}`,
  severity,
  range: "<2.0.0",
});

/** As npm 11 reports: packages, and by what each is concerned, which may be another package. */
const report = {
  auditReportVersion: 2,
  vulnerabilities: {
    "form-parser": { name: "form-parser", severity: "critical", via: [advisory("GHSA-aaaa-bbbb-cccc", "high")] },
    "web-server": {
      name: "web-server",
      severity: "high",
      via: ["form-parser", advisory("GHSA-dddd-eeee-ffff", "low")],
    },
  },
};
const exception = {
  advisory: "GHSA-aaaa-bbbb-cccc",
  reason: "Nothing here parses forms of strangers.",
  until: "2026-12-31",
};

describe("an audit", () => {
  test("is stopped by an advisory of high severity, once, and by none below", () => {
    expect(judge(report, [], "2026-11-21")).toEqual({
      open: [
        "GHSA-aaaa-bbbb-cccc form-parser <2.0.0 (high): A body that never ends https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
      ],
      excepted: [],
      unneeded: [],
    });
  });

  test("takes an exception to the end of its last day, and no longer", () => {
    expect(judge(report, [exception], "2026-12-31")).toMatchObject({ open: [], excepted: [expect.any(String)] });
    expect(judge(report, [exception], "2027-01-01")).toMatchObject({ open: [expect.any(String)] });
  });

  test("tells an exception that nothing needs any more", () => {
    expect(judge({ vulnerabilities: {} }, [exception], "2026-11-21").unneeded).toEqual(["GHSA-aaaa-bbbb-cccc"]);
  });

  test("is none where the registry has no audits, and says whom to ask", () => {
    for (const answer of [undefined, { error: { code: "E405" } }, { message: "405 Method Not Allowed" }]) {
      expect(() => judge(answer, [], "2026-11-21")).toThrow(/The registry gave no audit.*registry\.npmjs\.org/);
    }
  });

  test("has a file of exceptions that can be read", () => {
    const file = ".ci/audit-exceptions.yaml";
    expect(exceptionsSchema.safeParse(parseYaml(readFileSync(file, "utf8"), file)).success).toBe(true);
  });
});
