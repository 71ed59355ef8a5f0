// Searches a built book as a reader does, and checks the page of the first result: node ci/book/search.cjs DIRECTORY
//
// The search engine and its index are those of the book, so that a result here is the result in a browser.
const fs = require("fs");
const path = require("path");
const vm = require("vm");

// The page on which a reader looks for each term. It is among the first three results.
const PAGES = {
    "authentication": "security",
    "authorization": "security",
    "backoff": "operating",
    "cardinality": "scaling",
    "cookies": "logins",
    "digest": "oauth2",
    "Docker": "deploying",
    "FAQ": "faq",
    "graceful shutdown": "operating",
    "GraphQL": "writing-a-service",
    "health check": "operating",
    "Kubernetes": "deploying",
    "license": "index",
    "login": "logins",
    "OAuth2": "oauth2",
    "pagination": "paging",
    "parallel requests": "many-requests",
    "quick start": "tutorial",
    "rate limit": "writing-a-service",
    "redact": "security",
    "redaction": "security",
    "reload": "operating",
    "retry": "writing-a-service",
    "state set": "writing-a-service",
    "timeout": "operating",
    "TLS": "security",
    "troubleshooting": "troubleshooting",
    "tutorial": "tutorial",
};

const [directory] = process.argv.slice(2);
const index = load(directory);
const failures = Object.entries(PAGES).filter(([term, page]) => !isFound(term, page));
console.log(`${Object.keys(PAGES).length} terms searched, ${failures.length} do not lead to their page`);
process.exit(failures.length ? 1 : 0);

function load(directory) {
    const context = { window: { search: {} } };
    vm.createContext(context);
    for (const part of ["elasticlunr-", "searchindex-"]) {
        const file = fs.readdirSync(directory).find(name => name.startsWith(part) && name.endsWith(".js"));
        vm.runInContext(fs.readFileSync(path.join(directory, file), "utf8"), context);
    }
    const { search } = context.window;
    const elasticlunr = context.elasticlunr || context.window.elasticlunr;
    return { ...search, engine: elasticlunr.Index.load(search.index) };
}

function isFound(term, page) {
    const results = index.engine.search(term, index.search_options);
    const first = results.slice(0, 3).map(result => index.doc_urls[result.ref]);
    const found = first.some(url => url.startsWith(`${page}.html`));
    console.log(`${found ? "found" : `${page} not found`}: ${term}: ${results.length} results; ${first.join(", ")}`);
    return found;
}
