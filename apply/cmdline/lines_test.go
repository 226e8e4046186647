package cmdline

import (
	"strings"
	"testing"
)

// templates lists the command lines in the order of their use.
var templates = []template{osGet, productGet, nicGet, nicConfigGet, regQuery, regAdd, regAddOwner, regDelete, tokenStart, processGet, shutdownDash, switchOffDash, abortDash,
	iperfVersion, imageGet, iperfStart, iperf2StartUDP, taskKill, netstatTCP, netstatUDP}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		form   template
		values []string
		want   line // "" for an error
	}{
		{regQuery, []string{`HKLM\SOFTWARE\vnettune`, "StandIn"}, `reg query "HKLM\SOFTWARE\vnettune" /v StandIn`},
		{regQuery, []string{`HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`, "*RSS"},
			`reg query "HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001" /v *RSS`},
		{regAdd, []string{`HKLM\A B\C`, "D", "4294967295"}, `reg add "HKLM\A B\C" /v D /t REG_DWORD /d 4294967295 /f`},
		{regAdd, []string{`HKLM\A`, "D", "4294967296"}, ""},
		{regAdd, []string{`HKLM\A`, "D", "+1"}, ""},
		{regAdd, []string{`HKLM\A`, "D"}, ""},
		{regAdd, []string{`HKLM\A`, "D", "1", "2"}, ""},
		{regDelete, []string{`HKLM\A \B`, "D"}, ""},
		{regDelete, []string{`HKLM\ A`, "D"}, ""},
		{regDelete, []string{`HKLM\A`, "/va"}, ""},
		{processGet, []string{"4"}, `wmic process where "ProcessId=4" get CreationDate,ProcessId /value`},
		{processGet, []string{"4 or 1=1"}, ""},
		{processGet, []string{"4294967296"}, ""},
		{imageGet, []string{"iperf3.exe"}, `wmic process where "name='iperf3.exe'" get CreationDate,ExecutablePath,ProcessId /value`},
		{imageGet, []string{"a' or name='b.exe"}, ""},
		{iperfStart, []string{`C:\vnettune\iperf3.exe`, "5201"}, `wmic process call create "C:\vnettune\iperf3.exe -s -p 5201"`},
		{iperfStart, []string{`C:\vnettune\iperf3.exe`, "65536"}, ""},
		{iperfStart, []string{`C:\%TEMP%\iperf3.exe`, "5201"}, ""},
		{iperfStart, []string{`\\host\share\iperf3.exe`, "5201"}, ""},
		{iperf2StartUDP, []string{`C:\vnettune\iperf.exe`, "5001"}, `wmic process call create "C:\vnettune\iperf.exe -s -u -l 65507 -p 5001"`},
		{iperf2StartUDP, []string{`C:\vnettune\iperf.exe -D`, "5001"}, ""},
		{taskKill, []string{"0"}, ""},
		{netstatTCP, nil, `netstat -an -p tcp`},
	} {
		got, err := c.form.fill(c.values...)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s with %q: %q, %v; want %q", c.form.text, c.values, got, err, c.want)
		}
	}
}

// Each template must be complete: placeholders that are known, and no character
// that cmd.exe would act on.
func TestTemplates(t *testing.T) {
	for _, f := range templates {
		for _, p := range placeholder.FindAllString(f.text, -1) {
			if legal[p] == nil {
				t.Errorf("%s: no pattern for %s", f.text, p)
			}
		}
		if strings.ContainsAny(placeholder.ReplaceAllString(f.text, ""), "&|<>^%!()\r\n{}") || f.why == "" || f.source == "" {
			t.Errorf("template %+v", f)
		}
	}
}

// Whatever the value, a line is either not made or has the template's own shape.
func FuzzFill(f *testing.F) {
	f.Add(`HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`, "DefaultSendWindow", "1048576")
	f.Add(`HKLM\A" & calc & "`, "%OS%", "1|2")
	f.Fuzz(func(t *testing.T, key, name, number string) {
		l, err := regAdd.fill(key, name, number)
		if err != nil {
			return
		}
		if strings.ContainsAny(string(l), "&|<>^%!()'\r\n\x00") || strings.Count(string(l), `"`) != 2 || len(strings.Fields(name)) != 1 || len(strings.Fields(number)) != 1 {
			t.Errorf("made %q", l)
		}
	})
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"A=1\r\r\n":               "A=1\r\r\n",
		"\xff\xfeA\x00=\x001\x00": "A=1",
		"A\x00=\x001\x00":         "A=1",
		"\xef\xbb\xbfA=1":         "A=1",
		"Name=gro\xe1 2":          "Name=gro? 2",
		"Name=groß":               "Name=groß",
	} {
		if got := decode([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
