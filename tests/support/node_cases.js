"use strict";
/* Runs cases one after the other, each with the page's scripts defined anew and the globals as they were. In: a line per case,
 * {page, code}, after a first one with the scripts, {plain, page}; out: a line per case, {value} or {failed}. */

const readline = require("node:readline");
const vm = require("node:vm");

const WAIT = 60_000; // ms: what has not ended then never will
const { setTimeout: later, clearTimeout: forget, setImmediate: soon, URL: Address } = globalThis;
const begun = Object.getOwnPropertyDescriptors(globalThis);
const scripts = {};
let failures = []; // of the case that runs: what nobody has caught

for (const kind of ["uncaughtException", "unhandledRejection"]) process.on(kind, (error) => failures.push(error));

/** Have the globals be as they were when this process began. */
function restore() {
  for (const name of Reflect.ownKeys(globalThis)) if (!(name in begun)) delete globalThis[name];
  Object.defineProperties(globalThis, begun);
  globalThis.URL = class URL extends Address {}; // a case may give it other methods
}

async function run({ page, code }) {
  restore();
  failures = [];
  let timer;
  try {
    const found = scripts[page ? "page" : "plain"](`(() => { ${code} })()`);
    const late = new Promise((_, failed) => { timer = later(() => failed(new Error("never ends")), WAIT); });
    const value = JSON.stringify(await Promise.race([found, late]));
    await new Promise((done) => { soon(() => soon(done)); }); // what was thrown beside it is known now
    if (failures.length) throw failures[0];
    return { value };
  } catch (error) {
    return { failed: String((error && error.stack) || error) };
  } finally {
    forget(timer);
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const told = JSON.parse(line);
    if ("code" in told) {
      process.stdout.write(`${JSON.stringify(await run(told))}\n`);
      continue;
    }
    for (const [name, source] of Object.entries(told)) {
      scripts[name] = vm.runInThisContext(`(function (code) { ${source}\nreturn eval(code); })`, { filename: `${name}.js` });
    }
  }
}

main();
