// An API of Splunk On-Call that a test leads: what it answers, and how many incidents there are.
"use strict";
const http = require("node:http");

const TEAMS = ["platform", "payments", "search", "mobile", "data", "platform", "payments", "platform"];

class Api {
    constructor(teams = TEAMS) {
        this.teams = teams;
        this.incidents = [];
        this.failure = null;
        this.server = http.createServer((request, response) => this.answer(new URL(request.url, "http://api"), response));
    }

    async start() {
        await new Promise((started) => this.server.listen(0, "127.0.0.1", started));
        return `http://127.0.0.1:${this.server.address().port}/api-reporting/v2/incidents`;
    }

    // So many more incidents, of the last hours.
    grow(count) {
        for (let i = 0; i < count; i += 1) this.incidents.push(this.incident(this.incidents.length));
    }

    incident(number) {
        const begun = Date.now() - 600_000;
        const at = (minutes) => new Date(begun + minutes * 60_000).toISOString();
        const wave = 4 + 3 * Math.sin(number / 5);
        const names = [["triggered", 0], ["acknowledged", wave / 2], ["resolved", wave]];
        const phase = number % 7 === 0 ? 1 : number % 11 === 0 ? 2 : 3;
        return {
            incidentNumber: String(number),
            startTime: at(0),
            currentPhase: names[phase - 1][0],
            pagedTeams: [this.teams[number % this.teams.length]],
            transitions: names.slice(0, phase).map(([name, minutes]) => ({ name, at: at(minutes) })),
        };
    }

    answer(url, response) {
        if (this.failure) {
            response.writeHead(this.failure.status, { "content-type": "text/plain" });
            response.end(this.failure.body);
            return;
        }
        // Some of what is open is resolved with time.
        const open = Math.floor(Date.now() / 1000) % 5;
        const [offset, limit] = ["offset", "limit"].map((name) => Number(url.searchParams.get(name) ?? 0));
        const listed = this.incidents.slice(0, this.incidents.length - open);
        const body = { offset, limit, total: listed.length, incidents: listed.slice(offset, offset + limit) };
        response.writeHead(200, { "content-type": "application/json", "x-ratelimit-remaining": "4200", "x-ratelimit-reset": "3600" });
        response.end(JSON.stringify(body));
    }
}

module.exports = { Api };
