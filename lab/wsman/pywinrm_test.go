package wsman

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// pywinrm drives the server with a client that this project did not write.
const pywinrm = `
import cryptography.hazmat.backends.openssl.backend  # gives hashlib the MD4 that NTLM needs
import sys, winrm
from winrm.protocol import Protocol
url, transport = sys.argv[1:]
r = winrm.Session(url, auth=('tester', 'right'), transport=transport).run_cmd('show', ['x'])
assert r.status_code == 7, r.status_code
assert r.std_err == b'complaint', r.std_err
assert b'shell=True'.lower() in r.std_out, r.std_out
p = Protocol(endpoint=url, transport=transport, username='tester', password='wrong')
try:
    p.open_shell()
except Exception as e:
    assert type(e).__name__ == 'InvalidCredentialsError', repr(e)
else:
    raise AssertionError('a wrong password was taken')
print('done')
`

// TestPywinrm runs where the system's Python has pywinrm (Debian: python3-winrm).
func TestPywinrm(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import winrm").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: %s has no pywinrm; install python3-winrm (%v: %s)", python, err, out)
	}
	for transport, cfg := range map[string]Config{"plaintext": {}, "ntlm": {Strict: true}} {
		t.Run(transport, func(t *testing.T) {
			c := newClient(t, cfg)
			cmd := exec.Command(python, "-c", pywinrm, c.url+"/wsman", transport)
			for _, v := range os.Environ() {
				// These would send the test elsewhere or overrule its trust settings.
				name, _, _ := strings.Cut(strings.ToLower(v), "=")
				if name != "requests_ca_bundle" && !strings.HasSuffix(name, "_proxy") {
					cmd.Env = append(cmd.Env, v)
				}
			}
			out, err := cmd.CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != "done" {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}
