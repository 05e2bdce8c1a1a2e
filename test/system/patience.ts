import { jest } from "@jest/globals";

// These tests start whole programs. On an idle machine the longest takes a minute and a half; on one that does ten other things, ten times
// as long, and is right all the same. So the bound is there for what hangs, not for what is slow.
jest.setTimeout(900_000);
