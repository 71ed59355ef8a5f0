// The properties of the status page in Chromium; `bash ci/browser.sh` runs them.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");
const { Api } = require("./api.cjs");
const { Cton } = require("./cton.cjs");

const PICTURES = "target/browser";
const HOSTILE = "<img src=x onerror=\"window.pwned=1\"></td></script><script>window.pwned=1</script>\u202e'\"&";

// A page of which nothing is said in the console, and that violates no policy.
async function open(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1180, height: 860 }, ...options });
    const page = await context.newPage();
    page.complaints = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("request", (request) => new URL(request.url()).host === new URL(url).host || page.complaints.push(request.url()));
    await page.goto(url);
    return page;
}

async function close(page) {
    assert.deepEqual(page.complaints, []);
    await page.context().close();
}

function refreshed(page) {
    return page.waitForResponse((response) => response.request().resourceType() === "fetch").then(() => page.waitForTimeout(200));
}

function picture(page, name, options = {}) {
    return page.screenshot({ path: path.join(PICTURES, `${name}.png`), ...options });
}

async function accessible(page) {
    await page.evaluate(fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const found = await page.evaluate(() => window.axe.run());
    assert.ok(found.passes.length > 15);
    assert.deepEqual(found.violations.map((rule) => [rule.id, rule.nodes.map((node) => node.html)]), []);
}

const visible = (page) => page.locator("article:visible h3").allTextContents();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

const properties = {
    async "a replay is shown as the JSON says it"({ browser, replay }) {
        const page = await open(browser, replay.url);
        const { services: [service] } = JSON.parse(await replay.get("api/v1/status"));
        assert.equal(await page.locator("h2").textContent(), "splunk");
        assert.equal(await page.locator(".state").textContent(), "up");
        assert.deepEqual(
            await page.locator("article h3").allTextContents(),
            service.metrics.map((metric) => metric.name + (metric.kind === "counter" ? "_total" : "")),
        );
        const totals = await page.locator(".now data").evaluateAll((all) => all.map((data) => data.value));
        assert.deepEqual(totals, service.metrics.map((metric) => metric.total));
        for (const metric of service.metrics) assert.ok((await page.locator("main").textContent()).includes(metric.help));
        for (const link of ["/metrics", "/api/v1/status", "/-/healthy", "/-/ready", "/-/targets"])
            assert.equal((await page.request.get(new URL(link, replay.url).href)).status(), 200);
        await accessible(page);
        await picture(page, "replay", { fullPage: true });
        await close(page);
    },

    async "it is readable without JavaScript"({ browser, replay }) {
        const page = await open(browser, replay.url, { javaScriptEnabled: false });
        assert.equal((await visible(page)).length, 5);
        assert.ok(!(await page.locator("#filter").isVisible()));
        await page.locator("article details:not([open]) summary").first().click();
        await close(page);
    },

    async "it is light and dark, and fits a phone"({ browser, live }) {
        for (const [colorScheme, dark] of [["light", false], ["dark", true]]) {
            const page = await open(browser, live.url, { colorScheme });
            const [red] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g);
            assert.equal(Number(red) < 64, dark);
            await accessible(page);
            await picture(page, colorScheme);
            await page.setViewportSize({ width: 375, height: 812 });
            assert.ok(await fits(page));
            await accessible(page);
            await picture(page, `phone-${colorScheme}`);
            await picture(page, `phone-${colorScheme}-whole`, { fullPage: true });
            await page.setViewportSize({ width: 320, height: 600 });
            assert.ok(await fits(page));
            await close(page);
        }
    },

    async "the filter leaves what has all its words"({ browser, live }) {
        const page = await open(browser, live.url);
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
        await page.getByLabel("Filter").fill("incidents TEAM");
        assert.deepEqual(await visible(page), ["incidents_per_team_total"]);
        assert.equal(await page.locator("#found").textContent(), "1 of 5 metrics");
        await page.getByLabel("Filter").fill("nothing like it");
        assert.deepEqual(await visible(page), []);
        await close(page);
    },

    async "a refresh brings what is new and leaves the reader's place"({ browser, live, api }) {
        const page = await open(browser, live.url, { viewport: { width: 375, height: 500 } });
        await page.getByLabel("Filter").fill("e");
        const summaries = page.locator("article details summary");
        await summaries.nth(0).click();
        await summaries.nth(1).click();
        const place = () => page.evaluate(() => ({
            scroll: Math.round(scrollY),
            focus: document.activeElement.tagName + document.activeElement.textContent,
            open: [...document.querySelectorAll("details")].map((details) => details.open),
            filter: document.getElementById("filter").value,
            found: document.getElementById("found").textContent,
        }));
        const total = () => page.locator(".now data").first().getAttribute("value");
        const before = [await place(), Number(await total())];
        assert.ok(before[0].scroll > 0 && before[0].focus.startsWith("SUMMARY"), JSON.stringify(before[0]));
        api.grow(20);
        await live.until((status) => Number(status.services[0].metrics[0].total) > before[1]);
        await refreshed(page);
        assert.deepEqual(await place(), before[0]);
        assert.ok(Number(await total()) > before[1]);
        assert.equal(await page.locator("#announcement").textContent(), "");
        await page.getByLabel("Refresh").uncheck();
        await page.waitForTimeout(200);
        const stays = await page.locator("main").innerHTML();
        await page.waitForTimeout(6000);
        assert.equal(await page.locator("main").innerHTML(), stays);
        await close(page);
    },

    async "what an API says is text and nothing else, also where polls fail"({ browser }) {
        const api = new Api([HOSTILE, "web"]);
        api.grow(20);
        const cton = await Cton.polling(await api.start());
        const page = await open(browser, cton.url);
        await page.locator("details[open] tbody tr").first().waitFor();
        assert.ok((await page.locator("main").textContent()).includes(HOSTILE.replace("\u202e", "\\u{202e}")));
        api.failure = { status: 403, body: HOSTILE + " planted-key" };
        await cton.until((status) => status.services[0].failures_in_a_row > 1);
        await refreshed(page);
        assert.match(await page.locator(".state").textContent(), /^failing since 2/);
        assert.match(await page.locator("#announcement").textContent(), /^splunk: failing since 2/);
        const cause = await page.locator(".cause").textContent();
        assert.ok(cause.includes("<img src=x") && cause.includes("403") && !cause.includes("planted-key"), cause);
        assert.equal(await page.evaluate(() => window.pwned), undefined);
        assert.equal(await page.locator("main img, main script").count(), 0);
        await accessible(page);
        await picture(page, "failing");
        await page.setViewportSize({ width: 375, height: 812 });
        assert.ok(await fits(page));
        await picture(page, "phone-failing");
        cton.end();
        await page.locator("#announcement", { hasText: "has not responded since" }).waitFor();
        page.complaints = page.complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_REFUSED"));
        api.server.close();
        await close(page);
    },

    async "each target of a service is a row that is filtered, links to its metrics and fits a phone"({ browser, api }) {
        const names = Array.from({ length: 29 }, (_, at) => `t${at + 10}`).concat("x".repeat(100));
        const url = `http://127.0.0.1:${api.server.address().port}/api-reporting/v2/incidents`;
        const cton = await Cton.targets(url, names, `http://127.0.0.1:1/${"long".repeat(30)}`);
        const page = await open(browser, cton.url);
        const rows = page.locator(".targets tbody tr:visible");
        assert.deepEqual(await rows.locator("th").allTextContents(), names);
        assert.equal(await rows.last().locator(".state").first().textContent(), "failing");
        assert.equal(await page.locator("article").count(), 0);
        const broken = () => page.locator(".targets td:nth-child(-n+4)").evaluateAll((cells) => cells.filter((cell) => {
            const content = document.createRange();
            content.selectNodeContents(cell);
            return content.getBoundingClientRect().height > 36;
        }).length);
        assert.equal(await broken(), 0, "a state or a time on several lines");
        await accessible(page);
        await picture(page, "targets");
        await page.getByLabel("Filter").fill("SPLUNK t17");
        assert.deepEqual(await rows.locator("th").allTextContents(), ["t17"]);
        assert.equal(await page.locator("#found").textContent(), "1 of 30 targets");
        await refreshed(page);
        assert.equal(await rows.count(), 1);
        await page.getByLabel("Filter").fill("failing");
        assert.deepEqual(await rows.locator("th").allTextContents(), names.slice(-1));
        await page.getByLabel("Filter").fill("");
        for (const [width, height] of [[375, 812], [320, 600]]) {
            await page.setViewportSize({ width, height });
            assert.ok(await fits(page), `${width}`);
            assert.equal(await broken(), 0, `${width}`);
            await accessible(page);
            await picture(page, `targets-${width}`);
        }
        await page.locator(".targets tbody tr").last().scrollIntoViewIfNeeded();
        await picture(page, "targets-320-end");
        await page.locator("a", { hasText: /^t17$/ }).click();
        await page.waitForURL(/service=splunk%2Ft17$|service=splunk\/t17$/);
        assert.deepEqual((await visible(page)).length, 5);
        assert.ok(await fits(page));
        await picture(page, "target-320");
        await page.locator("a", { hasText: "All targets of splunk" }).click();
        await page.waitForURL(/service=splunk$/);
        assert.equal(await rows.count(), 30);
        cton.end();
        await close(page);
    },

    async "what is not of the page does not run"({ browser, live }) {
        const page = await open(browser, live.url);
        const violated = await page.evaluate(() => new Promise((resolve) => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
            document.getElementById("main").insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.pwned=1'><p style='color:red'></p>");
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
            setTimeout(() => resolve(seen.sort()), 500);
        }));
        assert.deepEqual(violated, ["img-src", "script-src-attr", "script-src-elem", "style-src-attr"]);
        assert.equal(await page.evaluate(() => window.pwned), undefined);
        await page.context().close();
    },
};

async function documents(browser, live) {
    const wide = await open(browser, live.url, { viewport: { width: 1100, height: 760 } });
    await wide.screenshot({ path: "docs/status.png" });
    await close(wide);
    const phone = await open(browser, live.url, { viewport: { width: 375, height: 812 }, colorScheme: "dark" });
    await phone.screenshot({ path: "docs/status-phone.png" });
    await close(phone);
}

async function main() {
    const flags = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
    const api = new Api();
    api.grow(140);
    const replay = await Cton.start(["--replay", "services/replay/splunk"]);
    const live = await Cton.polling(await api.start());
    const growing = setInterval(() => api.grow(Math.floor(Math.random() * 3)), 400);
    await live.until((status) => status.services[0].metrics[0].recent.length > 25);
    let failed = 0;
    for (const [name, property] of Object.entries(properties)) {
        if (!name.includes(process.argv[2] ?? "")) continue;
        try {
            await property({ browser, replay, live, api });
            console.log(`ok: ${name}`);
        } catch (error) {
            failed += 1;
            console.log(`FAILED: ${name}\n${error.stack}`);
        }
    }
    if (process.env.DOCS) await documents(browser, live);
    clearInterval(growing);
    replay.end();
    live.end();
    api.server.close();
    await browser.close();
    process.exitCode = failed ? 1 : 0;
}

main();
