/**
 * What runs inside the child processes, as program text, since the server is one file when it is packed. Each reads one event per
 * line from standard input and writes one line per answer to descriptor 3: `{"ok": payload}` or `{"error": {…}}` as Lambda reports
 * errors. What the function prints goes where the server's log goes.
 */
export const JAVASCRIPT_RUNNER = `
import { createInterface } from "node:readline";
import { Socket } from "node:net";
import { pathToFileURL } from "node:url";
const [path, name] = process.argv.slice(-2);
const answers = new Socket({ fd: 3 });
const failure = (fault) => fault instanceof Error
  ? { errorType: fault.name, errorMessage: fault.message, trace: String(fault.stack).split("\\n") }
  : { errorType: typeof fault, errorMessage: typeof fault === "string" ? fault : JSON.stringify(fault) ?? "null" };
let handler, broken;
try {
  const loaded = await import(pathToFileURL(path).href);
  handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler !== "function") throw new Error(name + " is not a function of " + path);
} catch (fault) {
  broken = failure(fault);
}
const call = (event) => new Promise((resolve, reject) => {
  const started = process.hrtime.bigint();
  const context = { functionName: name, functionVersion: "$LATEST", awsRequestId: event.id,
    getRemainingTimeInMillis: () => Math.max(0, event.remainingMs - Number(process.hrtime.bigint() - started) / 1e6),
    callbackWaitsForEmptyEventLoop: false };
  const back = (fault, result) => (fault ? reject(fault) : resolve(result));
  const result = handler(event.event, context, back);
  if (result && typeof result.then === "function") result.then(resolve, reject);
  else if (handler.length < 3) resolve(result);
});
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = broken ? { error: broken } : { ok: (await call(JSON.parse(line))) ?? null };
  } catch (fault) {
    answer = { error: failure(fault) };
  }
  let text;
  try { text = JSON.stringify(answer); } catch (fault) { text = JSON.stringify({ error: failure(fault) }); }
  answers.write(text + "\\n");
}
process.exit(0);
`;

export const PYTHON_RUNNER = `
import importlib.util, json, os, sys, time, traceback
path, name = sys.argv[1], sys.argv[2]
answers = os.fdopen(3, "w", encoding="utf-8")

def failure(fault):
    return {"errorType": type(fault).__name__, "errorMessage": str(fault),
            "stackTrace": traceback.format_exception(fault)}

handler = broken = None
try:
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("cognate_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, name)
except Exception as fault:
    broken = failure(fault)

class Context:
    function_name = name
    function_version = "$LATEST"
    def __init__(self, call):
        self.aws_request_id = call["id"]
        self._deadline = time.monotonic() + call["remainingMs"] / 1000
    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))

for line in sys.stdin:
    if broken:
        answer = {"error": broken}
    else:
        try:
            call = json.loads(line)
            answer = {"ok": handler(call["event"], Context(call))}
        except Exception as fault:
            answer = {"error": failure(fault)}
    try:
        text = json.dumps(answer)
    except Exception as fault:
        text = json.dumps({"error": failure(fault)})
    answers.write(text + "\\n")
    answers.flush()
`;
