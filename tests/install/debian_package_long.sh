#!/usr/bin/env bash
# The Debian package installs in a bare Debian of its own and runs the main job there. Needs root, debootstrap and
# Debian's archive, as this machine's apt knows it; skipped without.
set -euo pipefail
source_folder=${ENTREPOT_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
[ "$(id -u)" -eq 0 ] && command -v debootstrap >/dev/null || { echo "needs root and debootstrap"; exit 77; }
work=$(mktemp -d)
root=$work/root
leave() {
    mountpoint -q "$root/proc" && umount "$root/proc"
    rm -rf "$work"
}
trap leave EXIT

# quiet COMMAND...: its output only when it fails
quiet() {
    "$@" >"$work/log" 2>&1 || { tail -50 "$work/log"; echo "FAILED: $*"; exit 1; }
}

echo "building the package"
cd "$source_folder"
quiet cmake --preset deb
quiet cmake --build --preset deb
(cd build/deb && rm -f ./*.deb && quiet cpack -G DEB)
package=$(ls build/deb/entrepot_*.deb)
python=$(ls build/deb/python3-entrepot_*_all.deb)
dpkg -c "$package" | grep -q dist-packages && { echo "FAILED: the program's package holds Python's"; exit 1; }
dpkg -I "$package" | sed -n 's/^ \(Version\|Depends\): /\1: /p'

# the package for Python, unpacked here, where its dependencies are
dpkg -I "$python" | grep -q "^ Depends: entrepot (= .*python3-numpy, python3-pandas, python3-xarray"
dpkg -x "$python" "$work/python"
PYTHONPATH=$(echo "$work"/python/usr/*/python3/dist-packages "$work"/python/usr/local/*/python3/dist-packages | tr ' ' :) \
    ENTREPOT_LIBRARY=$PWD/build/deb/libentrepot.so /usr/bin/python3 -c 'import entrepot
print(entrepot.compare("configs/two-by-two.yaml", base="no-tariff", slots=1000)["mean"])'

# the archive this machine's own apt uses, in either form of its lists
archive=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true) |
    sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' | sed -n 1p)
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
[ -n "$archive" ] || { echo "apt here names no archive"; exit 77; }

echo "a bare Debian $release"
debootstrap --variant=minbase "$release" "$root" "$archive" >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 77; }
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
rm -f "$root"/etc/apt/sources.list.d/*
cp /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true
cp -r /etc/apt/sources.list.d/. "$root/etc/apt/sources.list.d/" 2>/dev/null || true
mount -t proc proc "$root/proc" 2>/dev/null || { echo "cannot mount /proc there"; exit 77; }
cp "$package" "$root/entrepot.deb"
bare() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
quiet bare apt-get -qq update
quiet bare env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends /entrepot.deb

echo "the main job there"
bare entrepot --version
bare entrepot run /usr/share/entrepot/configs/korea-us-2025.yaml -o /root/korea-us-2025.h5 >"$work/comparison"
bare entrepot report /root/korea-us-2025.h5 -o /root/report.html
grep -q "deal against no-deal" "$work/comparison"
head -12 "$work/comparison"
[ -s "$root/root/report.html" ] && [ -s "$root/usr/share/man/man1/entrepot.1.gz" -o -s "$root/usr/share/man/man1/entrepot.1" ]
bare test -s /usr/share/bash-completion/completions/entrepot

# what it computes there is what the program here computes
"${ENTREPOT:-build/deb/entrepot}" reproduce --quiet "$root/root/korea-us-2025.h5" --folder configs -o "$work/again.h5"
quiet bare apt-get -qq -y remove entrepot
[ ! -e "$root/usr/bin/entrepot" ]
echo "the package installs, runs and leaves"
