// The real exporter, started and ended by a test.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

async function freePort() {
    const server = net.createServer();
    await new Promise((open) => server.listen(0, "127.0.0.1", open));
    const { port } = server.address();
    await new Promise((closed) => server.close(closed));
    return port;
}

// The shipped config with another API, polled several times a second.
function config(dir, url) {
    const config = JSON.parse(fs.readFileSync("config.json", "utf8"));
    delete config.$schema;
    config.api_call_intervals = 0.3;
    Object.assign(config.services.splunk, {
        api_url: url,
        secret_file_path: path.join(dir, "secrets"),
        data_store_expiration_sec: 0.3,
        retries: 0,
        stale_after_intervals: 1000,
    });
    const file = path.join(dir, "config.json");
    fs.writeFileSync(file, JSON.stringify(config));
    fs.writeFileSync(path.join(dir, "secrets"), "API_ID=id\nAPI_KEY=planted-key\n", { mode: 0o600 });
    return file;
}

class Cton {
    static async start(args) {
        const self = new Cton();
        await self.spawn(args);
        await self.until((status) => status.services[0].state === "up");
        return self;
    }

    async spawn(args) {
        const port = await freePort();
        this.url = `http://127.0.0.1:${port}/`;
        this.log = "";
        const all = ["-s", "splunk", `--listen=127.0.0.1:${port}`, ...args];
        this.process = spawn(process.env.CTON, all, { stdio: ["ignore", "ignore", "pipe"] });
        this.process.stderr.on("data", (data) => { this.log += data; });
        // Another process may have got the port meanwhile.
        this.process.on("close", () => { if (this.log.includes("another process uses this port")) this.spawn(args); });
    }

    static async polling(url) {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "cton-browser-"));
        return Cton.start(["-c", config(dir, url)]);
    }

    // One service with many targets, of which the last one never succeeds.
    static async targets(url, names, dead) {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "cton-browser-"));
        const file = config(dir, url);
        const read = JSON.parse(fs.readFileSync(file, "utf8"));
        read.services.splunk.targets = Object.fromEntries(names.map((name) => [name, {}]));
        read.services.splunk.targets[names.at(-1)] = { api_url: dead };
        fs.writeFileSync(file, JSON.stringify(read));
        const self = new Cton();
        await self.spawn(["-c", file]);
        await self.until(({ services }) => services.every(({ state }) => state === "up" || state === "failing"));
        return self;
    }

    async until(holds) {
        for (let tries = 0; tries < 600; tries += 1) {
            try {
                const status = JSON.parse(await this.get("api/v1/status"));
                if (holds(status)) return status;
            } catch { /* not open yet */ }
            await new Promise((later) => setTimeout(later, 100));
        }
        throw new Error(`it never came to that; the log:\n${this.log}`);
    }

    get(path) {
        return new Promise((resolve, reject) => {
            http.get(this.url + path, (answer) => {
                let text = "";
                answer.on("data", (data) => { text += data; });
                answer.on("end", () => resolve(text));
            }).on("error", reject);
        });
    }

    end() {
        this.process.kill();
    }
}

module.exports = { Cton };
