package apply_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

func TestXPOriginalThatCannotBePutBack(t *testing.T) {
	x := newXP(t)
	x.set(tcpipKey, regValue{"TcpWindowSize", "REG_SZ", "64240"})
	_, _, err := originalsXP(t, x, seedXP...)
	if err == nil || !strings.Contains(trouble.Line(err), "tcpip.TcpWindowSize") || !strings.Contains(trouble.Line(err), "delete it on the guest") {
		t.Errorf("error %v, want one that names the setting and the remedy", err)
	}
}

func TestXPTakesNoAdapterProperty(t *testing.T) {
	_, _, err := originalsXP(t, newXP(t), "netkvm.TxCapacity")
	if err == nil || !strings.Contains(trouble.Line(err), "netkvm.TxCapacity: a guest of generation xp takes registry values only") {
		t.Errorf("error %v", err)
	}
}

// Exit code 1 means absent only when reg.exe shows a value that must exist.
func TestXPFailureIsNotAbsence(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, combination(o, nil))
	if err != nil {
		t.Fatal(err)
	}
	x.regBroken = true
	if _, _, err := g.ReadBack(t.Context(), targets); err == nil || !strings.Contains(trouble.Line(err), "cannot be trusted") {
		t.Errorf("read back: error %v", err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		// Every delete works in this registry or finds nothing; only the proof fails.
		if !strings.Contains(trouble.Line(err), "cannot be trusted") {
			t.Errorf("write: error %v", err)
		}
	} else {
		t.Error("a delete that failed passed for done")
	}
}

func TestXPRefusedWriteNamesTheSetting(t *testing.T) {
	for _, v := range []matrix.Value{"1048576", matrix.Absent} {
		x := newXP(t)
		x.set(afdKey, regValue{"DefaultSendWindow", "REG_DWORD", "0x2000"})
		g, o, err := originalsXP(t, x, "afd.DefaultSendWindow", "tcpip.Tcp1323Opts")
		if err != nil {
			t.Fatal(err)
		}
		targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"afd.DefaultSendWindow": v, "tcpip.Tcp1323Opts": "1"}))
		if err != nil {
			t.Fatal(err)
		}
		x.readOnly = true
		_, err = g.Write(t.Context(), targets)
		var refused *apply.WriteError
		if !errors.As(err, &refused) || refused.ID != "afd.DefaultSendWindow" {
			t.Errorf("%s: error %v, want a WriteError that names the setting", v, err)
		}
		if last := x.lines[len(x.lines)-1]; strings.Contains(last, "Tcp1323Opts") {
			t.Errorf("%s: the step after the one that failed was sent: %s", v, last)
		}
	}
}

// Values come from campaigns and stores; none may become more than a value.
func TestXPHostileStepsAreNeverSent(t *testing.T) {
	good := record.Place{ID: "x", Kind: string(matrix.Registry), Path: afdKey, Name: "DefaultSendWindow", Type: "DWord"}
	number := record.State{Exists: true, Kind: "DWord", Data: "1"}
	place := func(path, name string) apply.Target {
		p := good
		p.Path, p.Name = path, name
		return apply.Target{Place: p, Want: number}
	}
	data := func(s string) apply.Target {
		return apply.Target{Place: good, Want: record.State{Exists: true, Kind: "DWord", Data: s}}
	}
	for _, hostile := range []apply.Target{
		data(""), data("1 & calc"), data("-1"), data("0x10"), data("01"), data("4294967296"), data("1\r\ncalc"), data("%OS%"), data("1\""),
		place(`HKLM\SOFTWARE\a" & calc & "`, "x"), place(`HKLM\SOFTWARE\%OS%`, "x"), place(`HKCU\SOFTWARE\a`, "x"), place(`HKLM`, "x"),
		place(`HKLM\SOFTWARE\a^b`, "x"), place("HKLM\\SOFTWARE\\a\nb", "x"), place(`\\other\HKLM\SOFTWARE\a`, "x"), place(`HKLM\SOFTWARE\a\`, "x"),
		place(afdKey, ""), place(afdKey, "a b"), place(afdKey, `a"`), place(afdKey, "/f"), place(afdKey, "a&b"), place(afdKey, "-a"),
		{Place: good, Want: record.State{Exists: true, Kind: "String", Data: "text"}},
		{Place: record.Place{ID: "x", Kind: string(matrix.NetshGlobal), Name: "rss"}, Want: record.State{Exists: true, Kind: "word", Data: "enabled"}},
	} {
		x := newXP(t)
		g := x.guest()
		if _, _, err := g.Facts(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := len(x.lines)
		if _, err := g.Write(t.Context(), []apply.Target{{Place: good, Want: number}, hostile}); err == nil {
			t.Errorf("%+v was written", hostile)
		}
		if len(x.lines) != sent {
			t.Errorf("%+v: sent %q", hostile, x.lines[sent:])
		}
	}
}

// plain is what cmd.exe takes literally between quotes and outside of them.
var plain = regexp.MustCompile(`^[A-Za-z0-9 ,._\\:='"/{}-]+$`)

func TestXPSendsPlainLinesOnly(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, seedXP...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.StartIPerf(t.Context(), xpIPerf, 5201); err != nil {
		t.Fatal(err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	for _, l := range x.lines[1:] { // the first one asks for PowerShell
		if !plain.MatchString(l) {
			t.Errorf("sent %q", l)
		}
	}
}

// Answers that no XP should give are errors that say what was asked.
func TestXPStrangeAnswers(t *testing.T) {
	answer := func(prefix, stdout string, exit int) func(string) *winrm.Result {
		return func(command string) *winrm.Result {
			if !strings.HasPrefix(command, prefix) {
				return nil
			}
			return &winrm.Result{Stdout: []byte(stdout), Stderr: []byte("Zugriff"), Exit: exit}
		}
	}
	facts := func(g *apply.Guest) error { _, _, err := g.Facts(t.Context()); return err }
	reboot := func(g *apply.Guest) error { _, err := g.Reboot(t.Context(), rebootLimits); return err }
	start := func(g *apply.Guest) error { _, err := g.StartIPerf(t.Context(), xpIPerf, 5201); return err }
	const stamp = "20260301130000.000000+060"
	for _, c := range []struct {
		name    string
		do      func(*apply.Guest) error
		instead func(string) *winrm.Result
		want    string
	}{
		{"wmic fails", facts, answer("wmic os", "", -2147023174), "exit code -2147023174: Zugriff"},
		{"two systems", facts, answer("wmic os", strings.Repeat("BuildNumber=2600\nCaption=\nOSLanguage=1\nProductType=1\nLastBootUpTime="+stamp+"\nLocalDateTime="+stamp+"\n", 2), 0), "2 operating systems"},
		{"no time", facts, answer("wmic os", "BuildNumber=2600\nCaption=\nOSLanguage=1\nProductType=1\nLastBootUpTime=\nLocalDateTime="+stamp+"\n", 0), "LastBootUpTime"},
		{"wmic adapters cut off", facts, answer("wmic path Win32_NetworkAdapter ", "Index=1\nName=A\n", 0), "has no MACAddress"},
		{"array in another form", facts, answer("wmic path Win32_NetworkAdapterC", "Index=7\nIPAddress=192.0.2.2\nIPEnabled=TRUE\nSettingID=\n", 0), "which is no array"},
		{"reg fails otherwise", facts, answer(`reg query "HKLM\SOFTWARE\vnettune"`, "", 5), "exit code 5: Zugriff"},
		{"reg answers and fails", facts, answer(`reg query "HKLM\SOFTWARE\vnettune"`, "  StandIn\tREG_SZ\tlab\r\n", 1), "exit code 1: Zugriff"},
		{"reg in another form", facts, answer(`reg query "HKLM\SOFTWARE\vnettune"`, "StandIn = lab", 0), "in a form that is not known"},
		{"the proof is another value", facts, answer(`reg query "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"`, "  OS\tREG_SZ\tReactOS\r\n", 0), "must be Windows_NT"},
		{"the mark ends at once", reboot, answer("wmic process where", "", 0), "gone already"},
		{"another process answers", reboot, answer("wmic process where", "CreationDate="+stamp+"\nProcessId=4\n", 0), "reports others"},
		{"the mark is refused", reboot, answer("wmic process call create", "ReturnValue = 2;\n", 0), "access denied"},
		{"shutdown is refused", reboot, answer("shutdown", "", 5), "shutdown.exe: exit code 5"},
		{"another program", start, answer(`"C:`, "hello\n", 0), "does not answer as iperf3"},
		{"netstat fails", start, answer("netstat", "", 1), "netstat -an -p tcp: exit code 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newXP(t)
			x.instead = c.instead
			if err := c.do(x.guest()); err == nil || !strings.Contains(trouble.Line(err), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
