// Loaded before the functions framework, which would listen on every address of the machine: has it listen on loopback, and says on a
// line of JSON when it does and what it has cost until then.
const { flushCompileCache } = require("node:module");
const { Server } = require("node:net");

const listen = Server.prototype.listen;

Server.prototype.listen = function (port, ...others) {
  this.once("listening", () => {
    const { user, system } = process.cpuUsage();
    const { maxRSS } = process.resourceUsage();
    const said = { port: this.address().port, cpuMs: (user + system) / 1000, peakMb: maxRSS / 1024 };
    // Where NODE_COMPILE_CACHE asks for it; the process will be killed, which would leave none.
    flushCompileCache();
    process.stdout.write(`${JSON.stringify(said)}\n`);
  });
  return listen.call(this, port, "127.0.0.1", ...others);
};
