"""Build backend (PEP 517) for a package of plain Python files: `pip install ./python` works without a network, where
setuptools as a backend would be fetched first."""
import base64
import hashlib
import os
import zipfile

NAME, VERSION, NEEDS = "entrepot", "0.1.0", ("numpy", "pandas", "xarray")
INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nRequires-Python: >=3.9\n" + "".join(
    f"Requires-Dist: {need}\n" for need in NEEDS)
WHEEL = "Wheel-Version: 1.0\nGenerator: entrepot\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):  # pylint: disable=unused-argument
    files = {}
    for name in sorted(os.listdir(NAME)):
        if name.endswith((".py", ".typed")):
            with open(os.path.join(NAME, name), "rb") as file:
                files[f"{NAME}/{name}"] = file.read()
    files[f"{INFO}/METADATA"], files[f"{INFO}/WHEEL"] = METADATA.encode(), WHEEL.encode()
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in files.items())
    files[f"{INFO}/RECORD"] = (record + f"{INFO}/RECORD,,\n").encode()
    path = f"{NAME}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, path), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
