"""Runs commands on a guest with pywinrm: pywinrm_check.py SCHEME ADDRESS.

The password is in the file that VNETTUNE_EXTERN_PASSWORD_FILE names.
"""
import os
import sys

# Either variable would override server_cert_validation="ignore".
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

import winrm

scheme, address = sys.argv[1:]
with open(os.environ["VNETTUNE_EXTERN_PASSWORD_FILE"]) as f:
    password = f.read().strip()
port = {"http": 5985, "https": 5986}[scheme]
session = winrm.Session(
    f"{scheme}://{address}:{port}/wsman",
    auth=("Administrator", password),
    transport="ssl" if scheme == "https" else "plaintext",
    server_cert_validation="ignore",
)

hostname = session.run_cmd("hostname")
assert hostname.status_code == 0 and hostname.std_out.strip(), vars(hostname)

written = session.run_cmd(
    "reg", ["add", r"HKLM\SOFTWARE\extern", "/v", scheme, "/t", "REG_DWORD", "/d", "42", "/f"]
)
assert written.status_code == 0, vars(written)

refused = session.run_cmd("no-such-program")
assert refused.status_code != 0 and refused.std_err, vars(refused)

try:
    winrm.Session(f"{scheme}://{address}:{port}/wsman", auth=("Administrator", "wrong"),
                  transport="ssl" if scheme == "https" else "plaintext",
                  server_cert_validation="ignore").run_cmd("hostname")
except winrm.exceptions.InvalidCredentialsError:
    pass
else:
    raise AssertionError("a wrong password was accepted")
