"""Runs commands on a guest with pywinrm: pywinrm_check.py MODE (of guest.py).

What it writes is checked from elsewhere: the value MODE below HKLM\\SOFTWARE\\extern.
"""
import sys

import winrm
from guest import session

mode = sys.argv[1]
s = session(mode)

hostname = s.run_cmd("hostname")
assert hostname.status_code == 0 and hostname.std_out.strip(), vars(hostname)

written = s.run_cmd(
    "reg", ["add", r"HKLM\SOFTWARE\extern", "/v", mode, "/t", "REG_DWORD", "/d", "42", "/f"]
)
assert written.status_code == 0, vars(written)

refused = s.run_cmd("no-such-program")
assert refused.status_code != 0 and refused.std_err, vars(refused)

if mode != "certificate":
    try:
        session(mode, "wrong").run_cmd("hostname")
    except winrm.exceptions.InvalidCredentialsError:
        pass
    else:
        raise AssertionError("a wrong password was accepted")
