import { describe, expect, test } from "@jest/globals";
import { whyNotAsked } from "../../shared/connector/reach.ts";

const source = "https://api.district.example/v7";

describe("an address that a source tells of itself", () => {
  test.each([
    "https://api.district.example/v7/data/v3/",
    "https://identity.host.example/oauth/token",
    "https://10.1.2.3/oauth/token",
    "https://api.district.example:8443/",
  ])("%s may be asked", (address) => expect(whyNotAsked(address, source)).toBeUndefined());

  test.each([
    ["http://api.district.example/oauth/token", /http:/],
    ["https://169.254.169.254/computeMetadata/v1/", /machine that asks/],
    ["https://2852039166/", /machine that asks/],
    ["https://0xa9fea9fe/", /machine that asks/],
    ["https://[::ffff:169.254.169.254]/", /machine that asks/],
    ["https://[fe80::1]/", /machine that asks/],
    ["https://metadata.google.internal./computeMetadata/v1/", /machine that asks/],
    ["https://127.1/", /machine that asks/],
    ["https://[::1]:8080/", /machine that asks/],
    ["https://LOCALHOST/", /machine that asks/],
    ["https://0.0.0.0/", /machine that asks/],
    ["https://someone:word@api.district.example/", /credentials of its own/],
    ["file:///etc/passwd", /neither/],
    ["data/v3", /none/],
  ])("%s may not", (address, why) => expect(whyNotAsked(address, source)).toMatch(why));

  test("may be on this machine where the source itself is", () => {
    expect(whyNotAsked("http://127.0.0.1:9/oauth/token", "http://localhost:8765/2026")).toBeUndefined();
    expect(whyNotAsked("http://169.254.169.254/", "http://localhost:8765")).toMatch(/machine that asks/);
  });
});
