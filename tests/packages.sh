#!/bin/sh
# packages.sh PACKAGE...: makes sure that Debian's packages are there: as root or through sudo by
# apt-get; else it says which line to run. COMMAND:PACKAGE is content with a command of that name,
# wherever it is from. Systems without dpkg are left to their own means.
set -u

command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=
for package; do
    case $package in
    *:*)
        command -v "${package%%:*}" >/dev/null 2>&1 && continue
        package=${package#*:}
        ;;
    esac
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)
    [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        echo "These Debian packages are missing. As root, run:" >&2
        echo "  apt-get install -y$missing" >&2
        exit 1
    fi
fi

echo "installing$missing" >&2
install() {
    # shellcheck disable=SC2086 # the list is meant to be split
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends $missing >&2
}
install || { $as_root apt-get update -qq >&2 && install; }
