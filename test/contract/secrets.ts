import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PermanentError } from "../../shared/errors.ts";
import type { SecretStore } from "../../shared/ports/secret-store.ts";

/** A Secret Manager, and a way to put a new version into it. */
export interface SecretsUnderTest {
  /** A store that has read nothing yet. */
  fresh(): SecretStore;
  /** Adds a version to a secret, which is made if it is not there. */
  add(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

/** What the engine expects of Secret Manager, whoever serves it. */
export function secretsContract(open: () => Promise<SecretsUnderTest>): void {
  describe("secrets", () => {
    let under: SecretsUnderTest;
    const name = `rollcall-contract-${process.pid}`;

    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    test("are read in their newest version, to the letter", async () => {
      await under.add(name, '{"key":"first"}');
      expect(await under.fresh().read(name)).toBe('{"key":"first"}');
      const value = '{"key":"second","secret":"ü\\n\\u0000 =+/"}';
      await under.add(name, value);
      expect(await under.fresh().read(name)).toBe(value);
    });

    test("that are not there are a mistake that no redelivery mends, and named", async () => {
      const reading = under.fresh().read(`${name}-missing`);
      await expect(reading).rejects.toBeInstanceOf(PermanentError);
      await expect(reading).rejects.toThrow(`no secret "${name}-missing"`);
    });
  });
}
