"""What a service refuses that is as `winrm quickconfig` leaves it, with the statuses of a Windows."""
import winrm
from guest import session


def error(mode):
    try:
        session(mode).run_cmd("hostname")
    except winrm.exceptions.InvalidCredentialsError:
        return 401
    except winrm.exceptions.WinRMTransportError as e:
        return e.code
    return None


for mode, want in (("basic-http", 401), ("basic-https", 401), ("certificate", 401), ("ntlm-http-unsealed", 500),
                   ("ntlm-http", None), ("ntlm-https", None)):
    got = error(mode)
    assert got == want, f"{mode}: {got}, want {want}"
