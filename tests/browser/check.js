// usage: node check.js FOLDER [SHOTS]
// Opens every report of the folder (NAME.html beside NAME.json) in Chromium, narrow, wide and enlarged four times, and
// checks what a reader meets: axe finds no violation, nothing sticks out, nothing is fetched or run, and the page holds
// the figures of the JSON. Prints what tests/run.sh counts. SHOTS: a folder for pictures of the pages.
'use strict';
const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const views = {
    '320 px': { viewport: { width: 320, height: 640 } },
    '1280 px': { viewport: { width: 1280, height: 900 } },
    '400 %': { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }, // as 1280 by 1024 enlarged
};

let passed = 0;
let failed = 0;
function check(name, faults) {
    if (faults.length === 0) {
        passed++;
        console.log(`[       OK ] ${name}`);
        return;
    }
    failed++;
    console.log(`[  FAILED  ] ${name}`);
    for (const fault of faults.slice(0, 20)) console.log(`    ${fault}`);
}

// ---------------------------------------------------------------- in the page

async function axeFaults(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)}`));
}

// What reaches beyond the page, or, inside a table, is no more reached by scrolling it.
function stickingOut() {
    const faults = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} px wide, the window ${root.clientWidth}`);
    for (const text of document.querySelectorAll('svg text, h1, h2, h3, p, li, dt, dd, blockquote, figcaption')) {
        const box = text.getBoundingClientRect();
        if (text.className !== 'skip' && box.width > 0 && (box.left < -0.5 || box.right > root.clientWidth + 0.5))
            faults.push(`${text.tagName} from ${box.left} to ${box.right}: ${text.textContent.slice(0, 80)}`);
    }
    for (const svg of document.querySelectorAll('figure svg[role]')) {
        const box = svg.getBoundingClientRect();
        let bottom = 0;
        for (const text of svg.querySelectorAll(':scope > text')) {
            const lies = text.getBoundingClientRect();
            if (lies.top < box.top - 1 || lies.bottom > box.bottom + 4) faults.push(`text outside its chart: ${text.textContent}`);
            if (!text.hasAttribute('text-anchor')) {
                if (lies.top < bottom - 4) faults.push(`text upon text: ${text.textContent}`);
                bottom = lies.bottom;
            }
        }
    }
    return faults;
}

// Only what the renderings wrote: no element comes from a text.
function foreignElements() {
    const known = new Set(('html head meta title style body a header h1 nav ol ul li strong main section h2 h3 p dl div dt dd bdi ' +
        'span figure figcaption svg desc line text circle rect path table caption thead tbody tr th td blockquote footer').split(' '));
    const faults = [...document.querySelectorAll('*')].filter((e) => !known.has(e.localName)).map((e) => e.outerHTML.slice(0, 120));
    const attributes = [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]);
    return faults.concat(attributes.filter((a) => /^on|^src$|^style$/.test(a.name)).map((a) => `${a.name}="${a.value}"`));
}

// Every chart is told in words, by name and description, and its figures follow it.
function wordlessCharts() {
    const faults = [];
    for (const svg of document.querySelectorAll('svg[role]')) {
        const names = (svg.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id));
        const words = names.map((name) => name && svg.contains(name) && name.textContent.trim() && name.localName).join(' ');
        if (words !== 'title desc') faults.push(`an svg is described by: ${words}`);
    }
    for (const figure of document.querySelectorAll('figure'))
        if (!figure.nextElementSibling || !figure.nextElementSibling.matches('.table, p'))
            faults.push(`nothing follows: ${figure.firstElementChild.textContent}`);
    return faults;
}

// Rows of text of all tables below a selector, but for their headings.
function rowsOf(selector) {
    return [...document.querySelectorAll(`${selector} table`)].flatMap((table) =>
        [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent)));
}

// ---------------------------------------------------------------- figures

function decimal(number) {
    return number.toFixed(1);
}
// What a figure of the JSON looks like in a table.
function figureWords(figure, isOnePerson) {
    if (figure === null) return 'no answer';
    if (figure.kind === 'hidden') return 'too few answers';
    if (figure.kind === 'not_seen') return isOnePerson ? 'not seen' : 'mostly not seen';
    const bound = { exact: '', at_most: ' or below', at_least: ' or above' }[figure.kind];
    const range = figure.low === undefined ? '' : ` (${decimal(figure.low)} to ${decimal(figure.high)})`;
    return decimal(figure.value) + bound + range;
}
function ownWords(item) {
    if (item.self_not_seen) return 'not seen';
    return item.self === null ? 'no answer' : decimal(item.self);
}
// The row of a table for a competency or a statement, without its heading.
function wantedRow(report, one, own) {
    const has = (group) => report.groups.some((g) => g.group === group && g.outcome === 'answered');
    const row = one.sources.map((figure) => figureWords(figure, false));
    if (report.sources.length > 1) row.push(figureWords(one.colleagues, false));
    if (has('manager')) row.push(figureWords(one.manager, true));
    if (has('self')) row.push(own);
    return row;
}
function differences(wanted, got) {
    const faults = [];
    if (wanted.length !== got.length) faults.push(`${got.length} rows instead of ${wanted.length}`);
    wanted.forEach((row, i) => {
        if (got[i] && row.join('|') !== got[i].slice(1).join('|')) faults.push(`row ${i}: ${got[i].slice(1)} instead of ${row}`);
    });
    return faults;
}
function meanWords(mean) {
    return mean === null ? 'too few leaders' : `${figureWords(mean.figure, false)}, ${mean.leaders} leaders`;
}
// The organisation's report.
async function meanFaults(page, report) {
    const wanted = report.competencies.map((one) => {
        const counts = one.colleagues === null ? ['-', '-'] : [one.strength_of, one.area_of];
        return [meanWords(one.colleagues), meanWords(one.self), ...counts];
    });
    return differences(wanted, await page.evaluate(rowsOf, '#competencies'));
}
async function figureFaults(page, report) {
    if (report.schema === 'candour/organisation/1') return meanFaults(page, report);
    const hasRows = wantedRow(report, { sources: report.sources.map(() => null), colleagues: null, manager: null }, '').length > 0;
    const competencies = hasRows ? report.competencies.map((one) => wantedRow(report, one, figureWords(one.self, true))) : [];
    const items = hasRows ? report.items.map((one) => wantedRow(report, one, ownWords(one))) : [];
    const statements = (await page.evaluate(rowsOf, '#statements')).filter((row) => /^\d+\. /.test(row[0]));
    const comments = report.comments.flatMap((question) => question.comments.map((comment) => comment.text));
    const quoted = await page.evaluate(() => [...document.querySelectorAll('blockquote')].map((quote) => quote.textContent));
    return differences(competencies, await page.evaluate(rowsOf, '#competencies'))
        .concat(differences(items, statements))
        .concat(comments.join('\n') === quoted.join('\n') ? [] : ['the comments differ']);
}

// ---------------------------------------------------------------- all

async function checkReport(browser, folder, name, shots) {
    const report = JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), 'utf8'));
    for (const [view, options] of Object.entries(views)) {
        const page = await browser.newPage(options);
        const fetched = [];
        const url = pathToFileURL(path.join(folder, `${name}.html`)).href;
        page.on('request', (request) => request.url() !== url && fetched.push(request.url()));
        page.on('console', (message) => fetched.push(message.text()));
        await page.goto(url);
        check(`${name} at ${view}: axe finds nothing`, await axeFaults(page));
        check(`${name} at ${view}: nothing sticks out`, await page.evaluate(stickingOut));
        if (view === '1280 px') {
            check(`${name}: no element or script comes from a text`, await page.evaluate(foreignElements));
            check(`${name}: every chart is told in words`, await page.evaluate(wordlessCharts));
            check(`${name}: the figures and comments of the JSON`, await figureFaults(page, report));
        }
        check(`${name} at ${view}: nothing is fetched, nothing refused`, fetched);
        if (shots) await page.screenshot({ path: path.join(shots, `${name}-${view.replace(/\W+/g, '')}.png`), fullPage: view !== '400 %' });
        await page.close();
    }
}

async function main() {
    const [folder, shots] = process.argv.slice(2);
    const names = fs.readdirSync(folder).filter((file) => file.endsWith('.html')).map((file) => file.slice(0, -5));
    console.log('[==========] Running check.js.');
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
        args: ['--disable-gpu', '--disable-dev-shm-usage'],
        chromiumSandbox: process.getuid() !== 0,
    });
    for (const name of names) await checkReport(browser, folder, name, shots);
    await browser.close();
    if (names.length === 0) check('there are reports to look at', ['none']);
    console.log(`[==========] ${passed + failed} tests run.`);
    console.log(`[  PASSED  ] ${passed} tests.`);
    if (failed > 0) console.log(`[  FAILED  ] ${failed} tests.`);
    process.exitCode = failed > 0 ? 1 : 0;
}
main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
