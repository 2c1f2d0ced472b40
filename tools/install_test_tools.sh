#!/bin/sh
# Installs by apt what the tests run for real: Chromium, PostgreSQL, Dovecot and a Cyrillic font.
# Chromium's shell without windows, which is much quicker, is a wish: Chromium itself does as well.
# Silent and quick when all of it is there. Exit: 0 all there, 1 something is missing (it says what).
set -eu

has_shell() {
    command -v chromium-headless-shell >/dev/null 2>&1
}

has_chromium() {
    command -v chromium >/dev/null 2>&1
}

has_postgresql() {
    command -v initdb >/dev/null 2>&1 && return 0
    for program in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$program" ] && return 0
    done
    return 1
}

has_dovecot() {
    { [ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null 2>&1; } &&
        { [ -x /usr/lib/dovecot/imap ] || [ -x /usr/libexec/dovecot/imap ]; }
}

has_cyrillic_font() {
    for font in /usr/share/fonts/truetype/noto/NotoSans-Regular.ttf \
        /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf; do
        [ -r "$font" ] && return 0
    done
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=ru family)" ]
}

missing_packages() {
    has_chromium || printf 'chromium '
    command -v msgfmt >/dev/null 2>&1 || printf 'gettext '
    has_postgresql || printf 'postgresql '
    has_dovecot || printf 'dovecot-imapd '
    has_cyrillic_font || printf 'fonts-noto-core '
}

wished_packages() {
    has_shell || ! apt-cache show chromium-headless-shell >/dev/null 2>&1 ||
        printf 'chromium-headless-shell '
}

give_up() {
    [ -n "$packages" ] || exit 0
    echo "install_test_tools: $1" >&2
    echo "The tests need these Debian packages, install them by hand: $packages" >&2
    exit 1
}

packages=$(missing_packages)
wished=$(wished_packages)
[ -n "$packages$wished" ] || exit 0

command -v apt-get >/dev/null 2>&1 || give_up "this system has no apt-get."
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    give_up "not root, and no sudo without a password."
fi

# The packages start their services when installed; the tests start their own copies instead.
# policy-rc.d is Debian's switch for that; one that is already there is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
fi

echo "install_test_tools: installing $packages$wished"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300"
$apt update || give_up "the list of packages could not be fetched."
# shellcheck disable=SC2086  # both are lists of words
$apt install --no-install-recommends $packages $wished || give_up "apt-get install failed."

packages=$(missing_packages)
[ -z "$packages" ] || give_up "apt-get said yes, but something is still missing."
