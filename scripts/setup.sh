#!/usr/bin/env bash
# Install the Debian 12 packages Entrepot is built and tested with, as root or through sudo; only what is missing.
# Usage: scripts/setup.sh [EXTRA_PACKAGE...]
set -euo pipefail

packages=(
  gcc libc6-dev make cmake ninja-build pkg-config git
  libfyaml-dev librandom123-dev libgsl-dev libnlopt-dev libhdf5-dev libjansson-dev libcsv-dev libssl-dev libcmocka-dev
  hdf5-tools netcdf-bin
  python3 python3-h5py python3-numpy python3-scipy python3-xarray python3-h5netcdf python3-netcdf4 python3-pandas
  "$@"
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: apt-get is not here; on another system install by hand: ${missing[*]}" >&2
  exit 69
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: needs root or sudo to install: ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
