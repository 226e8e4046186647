"""What no client's front door sends, by hand over pywinrm's sealed connection: protocol_check.py CASE.

The effects are checked from elsewhere, in the registry below HKLM\\SOFTWARE\\extern.
"""
import base64
import json
import sys
import time

import xmltodict
from guest import protocol
from winrm.exceptions import WinRMError, WinRMTransportError

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
p = protocol("ntlm-http")


def request(shell, action, body, options=None):
    """Sends one message of the shell and returns the answer's body."""
    rq = {"env:Envelope": p._get_soap_header(resource_uri=SHELL + "/cmd", action=SHELL + "/" + action, shell_id=shell)}
    if options:
        rq["env:Envelope"]["env:Header"]["w:OptionSet"] = {
            "w:Option": [{"@Name": k, "#text": v} for k, v in options.items()]}
    rq["env:Envelope"]["env:Body"] = body
    return p.send_message(xmltodict.unparse(rq))


def send(shell, command, data, end):
    """Sends input as Ansible's connection does."""
    stream = {"@Name": "stdin", "@CommandId": command, "#text": base64.b64encode(data).decode()}
    if end:
        stream["@End"] = "true"
    request(shell, "Send", {"rsp:Send": {"rsp:Stream": stream}})


def signal(shell, command, code):
    request(shell, "Signal", {"rsp:Signal": {"@CommandId": command, "rsp:Code": SHELL + "/signal/" + code}})


def first_output(shell, command):
    """Receives until there is output, which must be before the command's end."""
    while True:
        out, _, _, done = p._raw_get_command_output(shell, command)
        if out:
            assert not done, out
            return out


def stdin():
    """A script of the harness's, known by its hash, gets 600 kB of JSON in pieces of 200 kB, 268 kB as they are sent."""
    with open("apply/scripts/write.ps1", encoding="utf-8") as f:  # as the harness sends it: no comments, no indentation
        lines = [line.strip() for line in f]
    script = "".join(line + "\n" for line in lines if line and not line.startswith("#"))
    script = base64.b64encode(script.encode("utf-16-le")).decode()
    step = {"op": "registry-set", "path": r"HKLM\SOFTWARE\extern", "name": "stdin", "kind": "DWord", "data": "42"}
    data = (json.dumps({"steps": [step]}) + " " * 600_000).encode()
    shell = p.open_shell(codepage=65001)
    command = p.run_command(shell, "PowerShell", ["-NoProfile", "-NonInteractive", "-EncodedCommand", script],
                            console_mode_stdin=False)
    for at in range(0, len(data), 200_000):
        send(shell, command, data[at:at + 200_000], at + 200_000 >= len(data))
    out, err, code = p.get_command_output(shell, command)
    assert code == 0 and json.loads(out)["steps"][0]["ok"] is True, (out, err, code)
    p.cleanup_command(shell, command)
    p.close_shell(shell)


def interrupted(code):
    """A ping of a quarter of an hour is interrupted; what stands behind it in the line must not happen."""
    shell = p.open_shell(codepage=65001)
    command = p.run_command(shell, r"ping -n 1000 127.0.0.1 & reg add HKLM\SOFTWARE\extern /v %s /t REG_DWORD /d 42 /f" % code)
    first_output(shell, command)
    began = time.monotonic()
    signal(shell, command, code)
    if code == "ctrl_c":
        _, _, status = p.get_command_output(shell, command)
        assert status == 0xC000013A, hex(status)
    else:
        try:
            p.get_command_output(shell, command)
        except (WinRMError, WinRMTransportError):
            pass
        else:
            raise AssertionError("a terminated command still gives output")
    print(f"{code}: {time.monotonic() - began:.1f} s")
    p.close_shell(shell)


def direct():
    """Asked to leave cmd.exe out WinRM starts it all the same: %OS% is replaced, and a builtin works."""
    line = r"reg add HKLM\SOFTWARE\extern /v direct /d %OS% /f && echo done"
    shell = p.open_shell(codepage=65001)
    rs = xmltodict.parse(request(shell, "Command", {"rsp:CommandLine": {"rsp:Command": line}},
                                 {"WINRS_CONSOLEMODE_STDIN": "TRUE", "WINRS_SKIP_CMD_SHELL": "TRUE"}))
    command = next(v for k, v in rs["s:Envelope"]["s:Body"]["rsp:CommandResponse"].items() if k.endswith("CommandId"))
    out, err, code = p.get_command_output(shell, command)
    assert code == 0 and out.strip().endswith(b"done"), (out, err, code)
    p.close_shell(shell)


def environment():
    """The variables and the folder of a shell, and commands one after the other in it."""
    shell = p.open_shell(codepage=65001, env_vars={"EXTERN": "from the shell"}, working_directory=r"C:\Windows")
    for line, want in (("echo %EXTERN%", b"from the shell"), ("cd", b"C:\\Windows"), ("hostname", b""),
                       (r'reg add HKLM\SOFTWARE\extern /v environment /d "%EXTERN%" /f', b"")):
        command = p.run_command(shell, line)
        out, err, code = p.get_command_output(shell, command)
        assert code == 0 and want in out, (line, out, err, code)
        p.cleanup_command(shell, command)
    p.close_shell(shell)


{"stdin": stdin, "ctrl_c": lambda: interrupted("ctrl_c"), "terminate": lambda: interrupted("terminate"),
 "direct": direct, "environment": environment}[sys.argv[1]]()
