package scripts

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestParsePSLine(t *testing.T) {
	for script, want := range map[string][]string{
		"hostname":                           {"hostname"},
		`reg query "HKLM\SOFTWARE\A B" /v x`: {"reg", "query", `HKLM\SOFTWARE\A B`, "/v", "x"},
		"shutdown.exe /a\r\n":                {"shutdown.exe", "/a"},
		"reg add HKLM\\X /d ''":              {"reg", "add", `HKLM\X`, "/d", ""},
		"":                                   nil,
		"Get-Item $x":                        nil,
		"a; b":                               nil,
		"a | b":                              nil,
		"a > b":                              nil,
		"& a":                                nil,
		"(a)":                                nil,
		`"text"`:                             nil,
		`a "$x"`:                             nil,
		"a \"`n\"":                           nil,
		"a\nb":                               nil,
		`a "b`:                               nil,
		`a "b"c`:                             nil,
		"a,b":                                nil,
		"a #b":                               nil,
	} {
		if got, ok := parsePSLine(script); ok != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v; want %q", script, got, ok, want)
		}
	}
}

func FuzzParsePSLine(f *testing.F) {
	for _, s := range []string{"hostname", `reg add "HKLM\A B" /d 'x'`, "a;b", "\"\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		args, ok := parsePSLine(s)
		if ok && (len(args) == 0 || strings.ContainsAny(args[0], "$`;|&(){}<>\n")) {
			t.Errorf("%q was taken as the call of %q", s, args)
		}
	})
}

func TestStepOf(t *testing.T) {
	for line, want := range map[string]string{
		"":                                    "command",
		"hostname":                            "command",
		`C:\Windows\System32\shutdown.exe /r`: "shutdown",
		"netsh interface tcp dump":            "netsh",
		"powershell -e AAAA":                  "command",
		"powershell -EncodedCommand " + "@@@": "command",
		"reg query HKLM":                      "reg",
		"wmic os get LastBootUpTime":          "wmic",
	} {
		if got := StepOf(line); got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestPSScript(t *testing.T) {
	script := "Get-Date # ü𝄞"
	for _, line := range []string{
		"-NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat None -OutputFormat Text -EncodedCommand ",
		"-encodedcommand ", "-enc ", "-e ", "-ec ", "/EncodedCommand ", "-nop -ep bypass -noni -nol -enc ",
	} {
		got, err := psScript(strings.Fields(line + encodedCommand(script)))
		if err != nil || got != script {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
	for _, line := range []string{
		"", "-Command ls", "ls", "-enc", "-enc !", "-enc QQ==", "-no -enc QQA=", "-File x.ps1", "-NoProfile",
	} {
		if got, err := psScript(strings.Fields(line)); err == nil {
			t.Errorf("%q gave %q", line, got)
		}
	}
}

// TestHashOf is against sha256sum of "Get-Date".
func TestHashOf(t *testing.T) {
	if got := hashOf("Get-Date"); got != "c1d9af5ecced5022dd0e037ef3d6e96a33b43dea902d1c05c894b7b33cb3c798" {
		t.Errorf("got %s", got)
	}
}

// encodedCommand makes the argument of -EncodedCommand.
func encodedCommand(script string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(script)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}
