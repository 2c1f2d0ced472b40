import pytest

from okno.kit.browsers import Browser, browser_of


@pytest.mark.parametrize(
    ("header", "browser"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 YaBrowser/25 Safari/537.36",
         Browser("Yandex Browser", "25", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605",
         Browser("Safari", "18", "macOS")),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140 Edg/140", Browser("Edge", "140", "Android")),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140 EdgA/141", Browser("Edge", "141", "Android")),
        ("Mozilla/5.0 (Linux; Android 13; SM-S901B) SamsungBrowser/21.0 Chrome/110",
         Browser("Samsung Internet", "21", "Android")),
        ("Mozilla/5.0 (iPhone) CriOS/140 Safari/604.1", Browser("Chrome", "140", "iPhone")),
        ("Mozilla/5.0 (iPad) FxiOS/130 Safari/604.1", Browser("Firefox", "130", "iPad")),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605 Safari/604.1", Browser("Safari", "", "iPhone")),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0 Safari/537.36",
         Browser("Chrome", "140", "Linux")),
        ("curl/8", Browser()),
        ("", Browser()),
    ],
)  # fmt: skip
def test_a_browser_in_words(header, browser):
    assert browser_of(header) == browser
