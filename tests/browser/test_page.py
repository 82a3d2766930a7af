"""The page as a reader's browser shows it: a real headless Chromium."""

import base64
import importlib
import json
import shutil
from urllib.parse import unquote, urlparse

import pytest

pytestmark = pytest.mark.browser

HINT = "a headless Chromium is needed: apt-get install chromium chromium-driver"
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--window-size=1280,900",
)  # fmt: skip


@pytest.fixture(scope="module")
def driver():
    from selenium import webdriver

    browser = next((path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None)
    helper = shutil.which("chromedriver")
    if browser is None or helper is None:
        pytest.fail(HINT)
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=helper))
    yield found
    found.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a made-up study with every figure."""
    from sensorscape.report.write import write_report

    frames = importlib.import_module("footprint_frames")
    return write_report(frames.material_of(frames.Made()), tmp_path_factory.mktemp("reports"))


@pytest.fixture
def opened(driver, page):
    """The browser with the page open at a laptop's size, its logs empty before."""
    driver.set_window_size(1280, 900)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    for kind in ("browser", "performance"):
        driver.get_log(kind)
    driver.get(page.as_uri())
    return driver


def test_the_console_is_quiet_and_nothing_is_asked_of_the_network(opened, page):
    assert opened.title.startswith("The footprint of s1, s2 and fusion")
    assert [entry for entry in opened.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    asked = {message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"}
    assert page.as_uri() in asked
    assert {url for url in asked if not url.startswith("data:")} == {page.as_uri()}


def test_every_picture_is_visible_and_has_words(opened):
    pictures = opened.execute_script(
        """return [...document.querySelectorAll('figure')].map(figure => {
            const svg = figure.querySelector('svg'), box = svg.getBoundingClientRect();
            const marks = [...svg.querySelectorAll('path, use, image')].filter(mark => mark.getBoundingClientRect().width > 0);
            return [figure.id, box.width, box.height, marks.length, svg.getAttribute('aria-label').length];
        })"""
    )
    assert len(pictures) == 20
    for name, width, height, marks, words in pictures:
        assert width > 300, name
        assert height > 120, name
        assert marks > 10 or name == "data_shown", name
        assert words > 30, name


def test_every_link_leads_somewhere(opened, page):
    links = set(opened.execute_script("return [...document.querySelectorAll('a')].map(a => a.getAttribute('href') || a.href.baseVal)"))
    anchors = {link for link in links if link.startswith("#")}
    files = {link for link in links if not urlparse(link).scheme and not link.startswith("#")}
    outside = links - anchors - files
    assert len(anchors) > 15
    assert all(opened.execute_script("return document.getElementById(arguments[0]) !== null", link[1:]) for link in anchors)
    assert len(files) > 60
    assert {link for link in files if not (page.parent / unquote(link)).is_file()} == set()
    assert outside
    assert all(link.startswith("http://127.0.0.1:5000/#/models/cell-") for link in outside)


def test_the_contents_scroll_to_their_section(opened):
    opened.execute_script("document.querySelector('nav a[href=\"#part-noise\"]').click()")
    top = opened.execute_script("return document.getElementById('part-noise').getBoundingClientRect().top")
    assert abs(top) < 60


def test_figures_link_points_to_models(opened):
    count = opened.execute_script("return document.querySelectorAll('#fdc svg a').length")
    assert count >= 2 * 3 * 23  # two distances, three sensors, all but the star


@pytest.mark.parametrize("width", [1280, 900, 420])
def test_the_page_never_scrolls_sideways(opened, width):
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_on_paper_folded_tables_are_open_and_nothing_is_cut_off(opened):
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    closed = opened.execute_script(
        """return [...document.querySelectorAll('details table')]
            .filter(t => t.getBoundingClientRect().height < 20).map(t => t.closest('details').id)"""
    )
    assert closed == []
    hidden = opened.execute_script("return [...document.querySelectorAll('.files')].every(p => getComputedStyle(p).display === 'none')")
    assert hidden
    assert opened.execute_script("return getComputedStyle(document.querySelector('nav')).position") == "static"
    printed = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 10


def test_tables_and_pictures_can_be_reached_by_keyboard(opened):
    regions = opened.execute_script(
        "return [...document.querySelectorAll('.scroll, .picture')].map(r => [r.tabIndex, r.getAttribute('aria-label')])"
    )
    assert regions
    assert all(index == 0 and label for index, label in regions)
    assert opened.execute_script("return document.documentElement.lang") == "en"
    headings = opened.execute_script("return [...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.tagName[1]))")
    assert headings[0] == 1
    assert headings.count(1) == 1


def test_text_stands_out_from_its_ground(opened):
    """WCAG AA: 4.5 to 1 for every colour of text against its background."""
    pairs = opened.execute_script(
        """const ground = node => { for (; node; node = node.parentElement) {
                const colour = getComputedStyle(node).backgroundColor;
                if (!/, 0\\)$/.test(colour)) return colour; } return 'rgb(255, 255, 255)'; };
           const found = new Set();
           document.querySelectorAll('main *, header *, nav *, footer *').forEach(node => {
                if (node.closest('svg') || !node.innerText) return;
                found.add(getComputedStyle(node).color + '|' + ground(node)); });
           return [...found];"""
    )
    assert pairs
    for pair in pairs:
        front, back = (luminance(colour) for colour in pair.split("|"))
        assert (max(front, back) + 0.05) / (min(front, back) + 0.05) >= 4.5, pair


def luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
