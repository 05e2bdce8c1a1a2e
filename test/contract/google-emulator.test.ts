import { describe, test } from "@jest/globals";
import { googleEmulatorJar, startGoogleEmulator } from "./google-emulator.ts";
import { pubsubContract } from "./pubsub.ts";

const jar = googleEmulatorJar;

if (jar === undefined) {
  describe("Google's Pub/Sub emulator", () => {
    test.skip("does what ours does (skipped: it is not on this machine, or Java is not)", () => undefined);
  });
} else {
  describe("Google's Pub/Sub emulator", () => {
    pubsubContract(() => startGoogleEmulator(jar), {
      filters: "Google's emulator delivers what a filter should hold back",
    });
  });
}
