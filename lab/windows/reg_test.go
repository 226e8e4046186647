package windows

import (
	"strings"
	"testing"

	"vnettune/lab/windows/machine"
)

func TestRegAddQueryDelete(t *testing.T) {
	for _, tc := range []struct{ kind, data, shown string }{
		{"REG_DWORD", "1048576", "0x100000"},
		{"REG_DWORD", "0x100000", "0x100000"},
		{"reg_qword", "4294967296", "0x100000000"},
		{"REG_SZ", "text", "text"},
		{"REG_EXPAND_SZ", "C:/x", "C:/x"},
		{"REG_MULTI_SZ", `a\0b`, `a\0b`},
		{"REG_BINARY", "00ff", "00FF"},
	} {
		l := newLab(t)
		if out := l.must(`reg add "HKLM\SOFTWARE\New Key\Sub" /v Name /t ` + tc.kind + ` /d ` + tc.data + ` /f`); !strings.HasPrefix(out, "The operation completed successfully.") {
			t.Errorf("add: %q", out)
		}
		want := "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\new key\\SUB\n    name    " + strings.ToUpper(tc.kind) + "    " + tc.shown + "\n\n"
		if got := l.must(`reg query "hklm\SOFTWARE\new key\SUB" /v name`); got != want {
			t.Errorf("query: %q, want %q", got, want)
		}
		l.reboot()
		if got := l.must(`reg.exe query "hklm\SOFTWARE\new key\SUB" /v name`); got != want {
			t.Errorf("query after a boot: %q, want %q", got, want)
		}
		l.must(`reg delete "HKLM\SOFTWARE\New Key\Sub" /v NAME /f`)
		l.refused(`reg query "HKLM\SOFTWARE\New Key\Sub" /v Name`)
		l.refused(`reg delete "HKLM\SOFTWARE\New Key\Sub" /v NAME /f`)
		l.must(`reg delete "HKLM\SOFTWARE\New Key" /f`)
		l.refused(`reg query "HKLM\SOFTWARE\New Key"`)
	}
}

func TestRegDefaultValue(t *testing.T) {
	l := newLab(t)
	l.must(`reg add HKLM\SOFTWARE\x /ve /d text /f`)
	if got := l.must(`reg query HKLM\SOFTWARE\x /ve`); !strings.Contains(got, "    (Default)    REG_SZ    text\n") {
		t.Errorf("query: %q", got)
	}
	l.must(`reg delete HKLM\SOFTWARE\x /va /f`)
	l.refused(`reg query HKLM\SOFTWARE\x /ve`)
}

func TestRegAsksBeforeItOverwrites(t *testing.T) {
	for answer, want := range map[string]string{"y\n": "2", "Yes\r\n": "2", "n\n": "1", "": "1"} {
		l := newLab(t)
		l.must(`reg add HKLM\SOFTWARE\x /v n /d 1 /f`)
		_, _, code := l.run(machine.Command{Line: `reg add HKLM\SOFTWARE\x /v n /d 2`, Shell: true, Stdin: strings.NewReader(answer)})
		if (code == 0) != (want == "2") {
			t.Errorf("answer %q: exit code %d", answer, code)
		}
		if got := l.must(`reg query HKLM\SOFTWARE\x /v n`); !strings.Contains(got, "REG_SZ    "+want+"\n") {
			t.Errorf("answer %q: %q", answer, got)
		}
	}
}

func TestRegRefuses(t *testing.T) {
	l := newLab(t)
	before := l.disk.saves
	for _, line := range []string{
		`reg`,
		`reg export HKLM\SOFTWARE x.reg`,
		`reg query`,
		`reg query HKXX\SOFTWARE`,
		`reg add HKLM\SOFTWARE\x /v`,
		`reg add HKLM\SOFTWARE\x /v n /t REG_WORD /d 1 /f`,
		`reg add HKLM\SOFTWARE\x /v n /t REG_DWORD /d many /f`,
		`reg add HKLM\SOFTWARE\x /v n /t REG_DWORD /d 4294967296 /f`,
		`reg delete HKLM /f`,
		`reg delete HKLM\SOFTWARE\none /f`,
	} {
		l.refused(line)
	}
	if l.disk.saves != before {
		t.Error("a refused command was saved")
	}
}

func TestIgnoredValue(t *testing.T) {
	l := newLab(t, "ignore=DefaultReceiveWindow")
	l.must(`reg add ` + afd + ` /v DefaultReceiveWindow /t REG_DWORD /d 1 /f`)
	l.refused(`reg query ` + afd + ` /v DefaultReceiveWindow`)
	l.must(`reg add ` + afd + ` /v DefaultSendWindow /t REG_DWORD /d 1 /f`)
	l.must(`reg query ` + afd + ` /v DefaultSendWindow`)
}
