// Holds one headless Chromium and does what the tests ask for, one JSON line for each request.
// The tests are Python; Playwright's Node library is what can be had from a package registry.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [playwrightFolder, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(`${playwrightFolder}/package.json`)("playwright-core");

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // Nothing outside of this machine is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
const consoleLines = [];
page.on("console", (message) => consoleLines.push(message.text()));
const popups = [];
page.context().on("page", (popup) => {
  popups.push(popup.url());
  popup.close().catch(() => undefined);
});

const verbs = {
  init: ({ script }) => page.addInitScript(script).then(() => null),
  goto: ({ url }) => page.goto(url, { waitUntil: "domcontentloaded" }).then(() => null),
  press: ({ key }) => page.keyboard.press(key),
  type: ({ text, delay = 0 }) => page.keyboard.type(text, { delay }),
  insert: ({ text }) => page.keyboard.insertText(text),
  wait: ({ selector, text, state = "visible", timeout }) =>
    locate(selector, text).first().waitFor({ state, timeout }),
  click: ({ selector, text, timeout, ...options }) =>
    locate(selector, text).first().click({ timeout, ...options }),
  hover: ({ selector, text, timeout, position }) =>
    locate(selector, text).first().hover({ timeout, position }),
  moveMouse: ({ x, y }) => page.mouse.move(x, y, { steps: 3 }),
  texts: ({ selector, text }) => locate(selector, text).allInnerTexts(),
  box: ({ selector, text }) => locate(selector, text).first().boundingBox(),
  evaluate: ({ script }) => page.evaluate(script),
  screenshot: ({ path }) => page.screenshot({ path }).then(() => null),
  console: () => consoleLines,
  popups: () => popups,
  sleep: ({ milliseconds }) => page.waitForTimeout(milliseconds),
};

function locate(selector, text) {
  return text === undefined ? page.locator(selector) : page.locator(selector, { hasText: text });
}

process.stdout.write(JSON.stringify({ ready: true }) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...parameters } = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await verbs[verb](parameters)) ?? null };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
