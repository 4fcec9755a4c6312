"""Usage: report_check.py RESULTS PAGE KOREAN_PAGE. Opens both pages and checks what a reader relies on."""
import csv
import json
import os
import re
import sys
import tempfile
import time

import h5py
import numpy as np

from report_browser import Browser

READY = "document.body && (document.body.dataset.ready || document.body.dataset.failed)"
FIGURES = ["opening", "fan", "fan-by-sector", "distribution", "convergence", "sectors", "dumbbell", "destinations", "tariff",
           "duties", "stocks", "prices", "laws", "payers", "firms"]
MOST_BYTES, MOST_MILLISECONDS = 1_500_000, 2000


def expect(truth, message):
    if not truth:
        raise SystemExit(f"FAILED: {message}")


def year_of(path, months):
    """Exports of Korea to the United States in some months, [scenario], mean over worlds; the difference in every world."""
    with h5py.File(path) as file:
        flow = [f.decode() for f in file["flow"][:]].index("KOR-USA")
        first = file["chance"][:] == 0
        year = file["exports"][:, :, months, :, flow].astype(float).sum(axis=(2, 3))[:, first]
    return year.mean(axis=1), year[0] - year[1]


def numbers(text):
    """Numbers of a sentence, its years left out."""
    text = re.sub(r"\b(19|20)\d\d(?=\D|$)(?!,)", "", text.replace("\u2212", "-"))
    return [float(n.replace(",", "")) for n in re.findall(r"-?\d[\d,]*\.?\d*", text)]


def student(n, z=1.959964):
    """95 % factor of Student's distribution, Cornish and Fisher's expansion."""
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)


def goods_of(path, months):
    """Exports of Korea to the United States without services, [scenario, world]; million USD a year."""
    with h5py.File(path) as file:
        flow = [f.decode() for f in file["flow"][:]].index("KOR-USA")
        goods = [s.decode() != "services" for s in file["sector"][:]]
        first = file["chance"][:] == 0
        return file["exports"][:, :, months, :, flow].astype(float)[..., goods].sum(axis=(2, 3))[:, first]


def check_finding(browser, results, language):
    """Every number of the title and of the sentence is the file's, under the condition that its numbers call for."""
    size, places = (100, 0) if language == "ko" else (1000, 1)
    goods = goods_of(results, slice(-12, None)) / size
    first = goods_of(results, slice(12)) / size
    data = json.loads(browser.evaluate("document.getElementById('data').textContent"))
    row = next(r for r in data["comparisons"][0]["rows"] if r["by"] == "summary" and r["outcome"] == "exports"
               and r["period"] == len(data["periods"]) - 1)["difference"]
    d, error = (goods[0] - goods[1]).mean(), row["numerical_error"] * student(data["run"]["repeats"]) / size
    expect(error < abs(d) and row["low"] is None, "the run of this test has chance in the whole of its spread")
    title = browser.evaluate("document.getElementById('headline').textContent")
    sentence = browser.evaluate("document.getElementById('sentence').textContent")
    unit = 10.0 ** -places
    wanted = [d - error, d + error] if error > d / 10 else [d]
    expect(np.allclose(numbers(title), wanted, rtol=0, atol=max(0.51 * unit, 0)), f"{title}: the file has {wanted}")
    expect(("goods" in title and "services" not in title) if language == "en" else "상품" in title, f"concept of {title}")
    levels = list(goods.mean(axis=1)) + [100 * d / goods[1].mean()]
    shown = numbers(sentence)[:3]
    expect(np.allclose(shown[:2], levels[:2], rtol=0, atol=0.51 * unit), f"{sentence}: the file has {levels}")
    expect(abs(shown[2] - levels[2]) < 0.051, f"{sentence}: the file has {levels}")
    losses = int((goods[0] < goods[1]).sum())
    expect(losses == 0 and any(word in sentence for word in ("in none", "세계는 없다")), f"{losses} losses: {sentence}")
    expect(abs((first[0] - first[1]).mean()) < 0.005 * first[1].mean(), "the first year's words")
    expect(any(word in sentence for word in ("about the same", "거의 같다")), sentence)
    print(title, "|", sentence)


def check_drawn(browser):
    for name in FIGURES:
        marks = browser.evaluate(f"document.querySelectorAll('#figure-{name} .plot svg path').length")
        expect(marks > 3, f"figure {name} is not drawn: {marks} marks")
        empty = browser.evaluate(f"document.querySelector('#figure-{name} .plot svg').outerHTML.includes('NaN')")
        expect(not empty, f"figure {name} has NaN in its drawing")
        expect(browser.evaluate(f"document.querySelector('#figure-{name} figcaption').textContent.length") > 20,
               f"figure {name} has no caption")
    text = browser.evaluate("document.getElementById('page').textContent")
    for wrong in ("undefined", "NaN", "[object", "{", "@"):
        shown = re.sub(r"(?s)name: korea-us-2025.*", "", text)  # without the config
        shown = shown.replace("-fsanitize=address,undefined", "")  # a flag of the compiler
        expect(wrong not in shown, f"the page shows {wrong!r}: {shown[max(0, shown.find(wrong) - 60):][:140]}")


def check_numbers(browser, results):
    means, difference = year_of(results, slice(12))
    mean = difference.mean()
    data = json.loads(browser.evaluate("document.getElementById('data').textContent"))
    row = next(r for r in data["comparisons"][0]["rows"] if r["by"] == "summary" and r["outcome"] == "exports")
    expect(abs(row["difference"]["mean"] - mean) <= 1e-6 * means[0], "the page's data are not the file's")
    expect(abs(row["difference"]["negative_raw"] - np.mean(difference < 0)) < 1e-6, "the share of losses is not the file's")
    with h5py.File(results) as file:
        flow = [f.decode() for f in file["flow"][:]].index("KOR-USA")
        path = file["exports"][0, :, 20, 0, flow].astype(float)[file["chance"][:] == 0]
    shown = [q[20] for q in data["measures"]["exports"]["level"][0][0]]
    expect(np.allclose(shown, np.quantile(path, [0.05, 0.25, 0.5, 0.75, 0.95]), rtol=1e-4), "the fan is not the file's")


def check_access(browser):
    expect(browser.evaluate("document.querySelectorAll('select').length") == 6, "six selectors")
    expect(browser.evaluate("[...document.querySelectorAll('select')].every(s => s.labels.length === 1 && "
                            "s.labels[0].textContent.length > 2)"), "every selector has a label")
    expect(browser.evaluate("[...document.querySelectorAll('.plot')].every(p => (p.getAttribute('aria-label') ?? "
                            "p.querySelector('[aria-label]')?.getAttribute('aria-label') ?? '').length > 20)"),
           "every figure has a description")
    expect(browser.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size === "
                            "document.querySelectorAll('[id]').length"), "identifiers are unique")
    expect(browser.evaluate("document.querySelectorAll('h1').length === 1 && !!document.querySelector('main') && "
                            "!!document.documentElement.lang"), "one heading, a main part, a language")
    expect(browser.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && "
                            "t.querySelectorAll('thead th[scope=col]').length > 1)"), "tables have captions and heads")


def check_axe(browser, path):
    """Deque's axe over the whole page, one of the like tables open: no serious or critical fault."""
    with open(path, encoding="utf-8") as file:
        browser.evaluate(file.read() + ";0")
    browser.evaluate("document.querySelector('#figure-sectors details').open = true")
    found = browser.evaluate("axe.run().then(r => [r.passes.length, r.violations.map(v => [v.impact, v.id, v.help, "
                             "v.nodes.length, v.nodes[0].html.slice(0, 200)])])", timeout=300)
    browser.evaluate("document.querySelector('#figure-sectors details').open = false")
    expect(found[0] > 10, f"axe tried {found[0]} rules only")
    serious = [v for v in found[1] if v[0] in ("serious", "critical")]
    expect(not serious, f"axe: {serious}")
    print("axe:", found[0], "rules pass, other remarks:", [v[:3] for v in found[1]])


def check_width(browser):
    """On a telephone nothing but figures and tables, which scroll in themselves, is wider than the screen."""
    browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
    wide = browser.evaluate("document.documentElement.scrollWidth")
    browser.send("Emulation.clearDeviceMetricsOverride")
    expect(wide <= 391, f"the page is {wide} pixels wide on a screen of 390")


TEXTS = """(selector) => [...document.querySelectorAll(selector)].filter(t => t.textContent.trim() !== "")
  .filter(t => { const r = t.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(t).opacity > 0; })
  .map(t => { const r = t.getBoundingClientRect(), m = t.getScreenCTM ? t.getScreenCTM().a : 1;
    return { text: t.textContent, left: r.left, right: r.right, top: r.top, bottom: r.bottom,
             size: parseFloat(getComputedStyle(t).fontSize) * m }; })"""


def check_texts(browser):
    """In the first figure no text lies on another, leaves its drawing, or is under 11 px; at 1400 and 390 px."""
    for width in (1400, 390):
        browser.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        browser.evaluate("document.getElementById('choose-view').dispatchEvent(new Event('change')), 0")  # draw anew
        browser.wait(READY, 30)
        texts = browser.evaluate(f"({TEXTS})('#figure-opening .plot svg text')")
        box = browser.evaluate("(r => [r.left, r.right])(document.querySelector('#figure-opening .plot').getBoundingClientRect())")
        expect(len(texts) > 15, f"{len(texts)} texts in the first figure")
        for i, one in enumerate(texts):
            expect(one["size"] > 10.9, f"{one} is under 11 px at {width}")
            expect(one["left"] > box[0] - 1 and one["right"] < box[1] + 1, f"{one} leaves the figure {box} at {width}")
            for other in texts[:i]:
                across = min(one["right"], other["right"]) - max(one["left"], other["left"])
                down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                expect(across < 1 or down < 4, f"{one} and {other} overlap at {width}")  # boxes are taller than letters
    browser.send("Emulation.clearDeviceMetricsOverride")
    browser.evaluate("document.getElementById('choose-view').dispatchEvent(new Event('change')), 0")
    browser.wait(READY, 30)


def check_keyboard(browser):
    """Only keys: walk to a selector, choose, see the figure change."""
    before = browser.evaluate("document.querySelector('#figure-fan h3').textContent")
    browser.evaluate("document.activeElement.blur()")
    for _ in range(20):
        browser.press("Tab", number=9)
        if browser.evaluate("document.activeElement.id") == "choose-view":
            break
    expect(browser.evaluate("document.activeElement.id") == "choose-view", "the selector is reached with Tab")
    browser.press("ArrowDown", number=40)
    browser.press("ArrowDown", number=40)
    browser.wait("document.getElementById('choose-view').value === 'difference'", 5)
    browser.wait(READY)
    browser.wait("document.querySelector('#figure-fan h3').textContent.includes('Difference')", 5)
    expect(browser.evaluate("document.querySelector('#figure-fan h3').textContent") != before, "the title changes")
    check_drawn(browser)


def check_csv(browser):
    with tempfile.TemporaryDirectory() as folder:
        session, browser.session = browser.session, None
        browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        browser.session = session
        browser.evaluate("(() => { const d = document.querySelector('#figure-sectors details'); d.open = true; "
                         "d.querySelector('button').click(); })()")
        path = os.path.join(folder, "sectors.csv")
        for _ in range(200):
            if os.path.exists(path):
                break
            time.sleep(0.05)
        expect(os.path.exists(path), "the CSV comes")
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    shown = browser.evaluate("document.querySelectorAll('#figure-sectors tbody tr').length")
    expect(len(rows) == shown == 16, f"{len(rows)} rows in the CSV, {shown} in the table")
    heads = browser.evaluate("[...document.querySelectorAll('#figure-sectors thead th')].map(h => h.textContent)")
    expect(heads[:3] == ["Sector", "no-deal", "deal"], f"heads {heads}")
    data = json.loads(browser.evaluate("document.getElementById('data').textContent"))
    means = sorted(r["difference"]["mean"] for r in data["comparisons"][0]["rows"]
                   if r["by"] == "sector" and r["outcome"] == "exports" and r["period"] == len(data["periods"]) - 1
                   and r["sector"] >= 0)
    expect(np.allclose(sorted(float(r["mean"]) for r in rows), means, rtol=1e-8), "the CSV's numbers are the file's")


def main(results, english, korean):
    browser = Browser()
    try:
        for page, language in ((korean, "ko"), (english, "en")):
            expect(os.path.getsize(page) < MOST_BYTES, f"{os.path.getsize(page)} bytes are too many")
            browser.open(page)
            browser.wait(READY, 120)
            expect(browser.evaluate("document.body.dataset.failed") is None, str(browser.problems))
            print(language, os.path.getsize(page), "bytes")
            expect(browser.evaluate("document.documentElement.lang") == language, "the page is in its language")
            check_drawn(browser)
            check_access(browser)
            check_width(browser)
            check_texts(browser)
            check_finding(browser, results, language)
            if os.environ.get("ENTREPOT_AXE"):
                check_axe(browser, os.environ["ENTREPOT_AXE"])
        browser.open(english)
        busy = browser.busy_until(READY)
        print(f"ready after {busy} ms of the page's thread")
        expect(busy < MOST_MILLISECONDS, f"ready after {busy} ms")
        check_numbers(browser, results)
        check_keyboard(browser)
        check_csv(browser)
        expect(not browser.problems, f"console: {browser.problems}")
        outside = [url for url in browser.requests if not url.startswith(("file://", "blob:", "data:"))]
        expect(not outside, f"requests: {outside}")
        if os.environ.get("ENTREPOT_SCREENSHOT"):
            browser.screenshot(os.environ["ENTREPOT_SCREENSHOT"], whole=False)
    finally:
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
