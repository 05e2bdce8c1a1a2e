import { describe, expect, test } from "@jest/globals";
import { readRelatedParts } from "../../../emulator/storage/multipart.ts";

async function* inPieces(body: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += length) yield body.subarray(at, at + length);
}

async function read(contentType: string, body: string, length: number) {
  const parts = await readRelatedParts(contentType, inPieces(Buffer.from(body, "latin1"), length));
  const second: Buffer[] = [];
  for await (const chunk of parts.second) second.push(chunk);
  return {
    first: parts.first.toString(),
    type: parts.secondHeaders.get("content-type"),
    second: Buffer.concat(second).toString("latin1"),
  };
}

const content = "line\r\n--almost\r\n--bound\n\r\n\r\n--boundar \0\xff";

describe("readRelatedParts", () => {
  test.each(["\r\n", "\n"])("reads a body with the line end %j, in pieces of any length", async (end) => {
    const body = [
      "--boundary",
      "Content-Type: application/json; charset=UTF-8",
      "",
      '{"name":"a"}',
      "--boundary",
      "content-type:  text/plain",
      "X-Other: 1",
      "",
      `${content}${end}--boundary--${end}`,
    ].join(end);
    for (let length = 1; length < body.length + 5; length += length < 40 ? 1 : 37) {
      expect(await read('multipart/related; boundary="boundary"', body, length)).toEqual({
        first: '{"name":"a"}',
        type: "text/plain",
        second: content,
      });
    }
  });

  test("reads an empty second part and a quoted boundary of odd characters", async () => {
    const mark = "===============3493==";
    const body = `--${mark}\nContent-Type: application/json\nMIME-Version: 1.0\n\n{}\n--${mark}\nContent-Type: a/b\n\n\n--${mark}--`;
    expect(await read(`multipart/related; boundary='${mark}'`, body, 7)).toEqual({
      first: "{}",
      type: "a/b",
      second: "",
    });
  });

  test.each([
    ["multipart/related", "--x\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--"],
    ["multipart/related; boundary=x", "--x\r\n\r\n{}\r\n--x\r\n\r\nabc"],
    ["multipart/related; boundary=x", "--x\r\n\r\n{}"],
    ["multipart/related; boundary=x", ""],
    ["multipart/related; boundary=x", `--x\r\nA: ${"b".repeat(70_000)}\r\n\r\n{}\r\n--x`],
  ])("refuses what is not of the form (%s)", async (contentType, body) => {
    await expect(read(contentType, body, 1000)).rejects.toMatchObject({ status: 400 });
  });
});
