#!/usr/bin/env bash
# Install the Debian 12 packages Entrepot is built and tested with, as root or through sudo; only what is missing.
# Usage: scripts/setup.sh [EXTRA_PACKAGE...]
# ENTREPOT_SKIP_SETUP=1 skips it, where the libraries come from elsewhere.
set -euo pipefail

[ "${ENTREPOT_SKIP_SETUP:-0}" = 1 ] && exit 0

packages=(
  gcc g++ libc6-dev make cmake ninja-build pkg-config git
  libfyaml-dev librandom123-dev libgsl-dev libnlopt-dev libhdf5-dev libjansson-dev libcsv-dev libssl-dev zlib1g-dev libcmocka-dev
  hdf5-tools netcdf-bin valgrind strace
  python3 python3-h5py python3-numpy python3-scipy python3-xarray python3-h5netcdf python3-netcdf4 python3-pandas
  python3-matplotlib
  "$@"
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: this is not Debian or a relative of it (no apt-get). Install the equivalents of these packages, then" >&2
  echo "repeat with ENTREPOT_SKIP_SETUP=1: ${missing[*]}" >&2
  exit 69
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: needs root or sudo to install: ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
  [ -t 0 ] || as_root=(sudo -n) # nobody there to type a password
fi
echo "setup: installing ${missing[*]}" >&2
# another apt may be at work, as on a machine that has just started: wait for it
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300)
if ! "${apt[@]}" update >/dev/null || ! "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null; then
  echo "setup: apt-get could not install: ${missing[*]}" >&2
  exit 69
fi
