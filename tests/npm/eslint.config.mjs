// The page is plain scripts that share one scope: what any of them declares at its top is known to all.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const scripts = readdirSync("explorer").filter((name) => name.endsWith(".js"));
const declared = new Set();
for (const name of scripts) {
  for (const [, , word] of readFileSync(join("explorer", name), "utf8").matchAll(/^(async )?(?:function\*?|class|const|let) (\w+)/gm)) declared.add(word);
}
// What browsers have, as far as the page uses it.
const browser = `AnalyserNode AudioBuffer AudioBufferSourceNode AudioContext Blob ConstantSourceNode DynamicsCompressorNode
  EncodedVideoChunk GainNode Image OfflineAudioContext OscillatorNode ResizeObserver TextEncoder URL URLSearchParams VideoDecoder
  WaveShaperNode clearInterval clearTimeout createImageBitmap document getComputedStyle history location matchMedia
  navigator performance requestAnimationFrame setInterval setTimeout window`.split(/\s+/);
const known = Object.fromEntries([...declared, ...browser].map((name) => [name, "readonly"]));

export default [{
  files: ["explorer/*.js"],
  languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: known },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: Object.fromEntries([
    "array-callback-return", "constructor-super", "eqeqeq", "for-direction", "getter-return", "no-array-constructor",
    "no-async-promise-executor", "no-case-declarations", "no-class-assign", "no-compare-neg-zero", "no-cond-assign",
    "no-console", "no-const-assign", "no-constant-binary-expression", "no-constant-condition", "no-constructor-return",
    "no-debugger", "no-delete-var", "no-dupe-args", "no-dupe-class-members", "no-dupe-else-if", "no-dupe-keys",
    "no-duplicate-case", "no-empty", "no-empty-pattern", "no-eval", "no-ex-assign", "no-fallthrough", "no-func-assign",
    "no-global-assign", "no-implied-eval", "no-invalid-regexp", "no-irregular-whitespace", "no-loss-of-precision",
    "no-misleading-character-class", "no-new-func", "no-new-native-nonconstructor", "no-obj-calls", "no-octal",
    "no-promise-executor-return", "no-prototype-builtins", "no-regex-spaces", "no-return-assign", "no-script-url",
    "no-self-assign", "no-self-compare", "no-setter-return", "no-shadow", "no-shadow-restricted-names",
    "no-sparse-arrays", "no-template-curly-in-string", "no-this-before-super", "no-undef", "no-unexpected-multiline",
    "no-unmodified-loop-condition", "no-unneeded-ternary", "no-unreachable", "no-unreachable-loop", "no-unsafe-finally",
    "no-unsafe-negation", "no-unsafe-optional-chaining", "no-unused-expressions", "no-unused-labels",
    "no-unused-private-class-members", "no-unused-vars", "no-use-before-define", "no-useless-backreference",
    "no-useless-catch", "no-useless-escape", "no-useless-return", "no-var", "no-with", "prefer-const", "radix",
    "require-yield", "strict", "use-isnan", "valid-typeof",
  ].map((rule) => [rule, "error"]).concat([
    // What one script declares, others use; what nobody uses is found by a test.
    ["no-unused-vars", ["error", { vars: "local", args: "after-used", caughtErrors: "none" }]],
    ["no-use-before-define", ["error", { functions: false, classes: false, variables: false }]],
    ["no-shadow", ["error", { builtinGlobals: false }]],
    ["strict", ["error", "global"]],
    ["eqeqeq", ["error", "always"]],
  ])),
}];
