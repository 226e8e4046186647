package cmdline

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

func TestParseRegQuery(t *testing.T) {
	const old = "\r\n! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\X\r\n"
	const now = "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\X\r\n"
	dword := record.State{Exists: true, Kind: "DWord", Data: "1048576"}
	for _, c := range []struct {
		name, text, value string
		want              record.State
		wrong             string // part of the error
	}{
		{"XP", old + "    V\tREG_DWORD\t0x100000\r\n\r\n", "V", dword, ""},
		{"Vista", now + "    V    REG_DWORD    0x100000\r\n\r\n", "V", dword, ""},
		{"bare line feeds", strings.ReplaceAll(old, "\r", "") + "    V\tREG_DWORD\t0x100000", "V", dword, ""},
		{"other case", old + "    v\tREG_DWORD\t0x0\r\n", "V", record.State{Exists: true, Kind: "DWord", Data: "0"}, ""},
		{"default value", old + "    <NO NAME>\tREG_SZ\tx\r\n", "<NO NAME>", record.State{Exists: true, Kind: "String", Data: "x"}, ""},
		{"text with spaces", old + "    V\tREG_SZ\ta  b\r\n", "V", record.State{Exists: true, Kind: "String", Data: "a  b"}, ""},
		{"empty text", old + "    V\tREG_SZ\t\r\n", "V", record.State{Exists: true, Kind: "String"}, ""},
		{"text that looks like a type", old + "    V\tREG_SZ\tREG_DWORD 0x1\r\n", "V", record.State{Exists: true, Kind: "String", Data: "REG_DWORD 0x1"}, ""},
		{"binary", old + "    V\tREG_BINARY\t0AFF\r\n", "V", record.State{Exists: true, Kind: "Binary", Data: "0aff"}, ""},
		{"64 bits", now + "    V    REG_QWORD    0x100000000\r\n", "V", record.State{Exists: true, Kind: "QWord", Data: "4294967296"}, ""},
		{"nothing", old, "V", record.State{}, "0 times"},
		{"twice", old + "    V\tREG_DWORD\t0x1\r\n    V\tREG_DWORD\t0x2\r\n", "V", record.State{}, "2 times"},
		{"another value", old + "    W\tREG_DWORD\t0x1\r\n", "V", record.State{}, `answers "W"`},
		{"too large", old + "    V\tREG_DWORD\t0x100000000\r\n", "V", record.State{}, "no hexadecimal number"},
		{"decimal", old + "    V\tREG_DWORD\t16\r\n", "V", record.State{}, "no hexadecimal number"},
		{"unknown type", old + "    V\tREG_FULL\t16\r\n", "V", record.State{}, "REG_FULL is not known"},
	} {
		got, err := parseRegQuery(c.text, c.value)
		if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %+v, %v; want %+v, %q", c.name, got, err, c.want, c.wrong)
		}
	}
}

func FuzzParseRegQuery(f *testing.F) {
	f.Add("\r\n! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\X\r\n    V\tREG_DWORD\t0x100000\r\n", "V")
	f.Add("    V    REG_QWORD    0xffffffffffffffff", "V")
	f.Fuzz(func(t *testing.T, text, name string) {
		s, err := parseRegQuery(text, name)
		if err != nil {
			if s != (record.State{}) {
				t.Errorf("error %v with a state %+v", err, s)
			}
			return
		}
		if s.Kind == "DWord" && allowed("{NUMBER}", s.Data) != nil {
			t.Errorf("a number that could not be written back: %+v", s)
		}
		if !s.Exists {
			t.Error("no error and no value")
		}
	})
}

func TestParseWMIC(t *testing.T) {
	two := []string{"Index", "Name"}
	for _, c := range []struct {
		name, text string
		want       []instance
		wrong      string
	}{
		{"two instances", "\r\r\n\r\r\nIndex=1\r\r\nName=A\r\r\n\r\r\n\r\r\nIndex=2\r\r\nName=\r\r\n\r\r\n", []instance{{"Index": "1", "Name": "A"}, {"Index": "2", "Name": ""}}, ""},
		{"carriage returns read as lines", "Index=1\n\nName=A\n\nIndex=2\n\nName=B\n\n", []instance{{"Index": "1", "Name": "A"}, {"Index": "2", "Name": "B"}}, ""},
		{"names in another order and case", "NAME=A\r\nindex=1\r\n", []instance{{"Index": "1", "Name": "A"}}, ""},
		{"first use", "Bitte warten, WMIC wird installiert...\r\nIndex=1\r\r\nName=A=B\r\r\n", []instance{{"Index": "1", "Name": "A=B"}}, ""},
		{"entities", "Index=1\nName=PCI\\VEN_1AF4&amp;DEV_1000&REG_1 &amp;lt;\n", []instance{{"Index": "1", "Name": `PCI\VEN_1AF4&DEV_1000&REG_1 &lt;`}}, ""},
		{"none", "\r\r\n", nil, ""},
		{"a property is missing", "Index=1\r\nIndex=2\r\nName=B\r\n", nil, "instance 1 has no Name"},
		{"the last is cut off", "Index=1\r\nName=A\r\nIndex=2\r\n", nil, "instance 2 has no Name"},
		{"not asked for", "Index=1\r\nStatus=OK\r\n", nil, "not asked for"},
	} {
		got, err := parseWMIC(c.text, two)
		if d := cmp.Diff(c.want, got); d != "" || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, want %q\n%s", c.name, err, c.wrong, d)
		}
	}
}

func FuzzParseWMIC(f *testing.F) {
	f.Add("\r\r\nIndex=1\r\r\nName=A\r\r\n")
	f.Add("Name={\"a\",\"b\"}\nIndex=")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseWMIC(text, []string{"Index", "Name"})
		if err != nil && all != nil {
			t.Errorf("error %v with %v", err, all)
		}
		for _, i := range all {
			if len(i) != 2 {
				t.Errorf("an instance with %v", i)
			}
			_, _ = i.number("Index")
			_, _ = i.boolean("Index")
			_, _ = i.texts("Name")
		}
	})
}

func TestInstanceValues(t *testing.T) {
	for v, want := range map[string][]string{
		`{"192.0.2.2"}`: {"192.0.2.2"}, `{"192.0.2.2","fe80::2"}`: {"192.0.2.2", "fe80::2"}, `{"a", "b"}`: {"a", "b"}, `{}`: nil, ``: nil, `{"a,b"}`: {"a,b"},
	} {
		if got, err := (instance{"P": v}).texts("P"); err != nil || !cmp.Equal(want, []string(got)) {
			t.Errorf("%s: %q, %v; want %q", v, got, err, want)
		}
	}
	for _, v := range []string{`192.0.2.2`, `{192.0.2.2}`, `{"a"`, `{"a""b"}`, `{"a",}`} {
		if got, err := (instance{"P": v}).texts("P"); err == nil {
			t.Errorf("%s: %q, want an error", v, got)
		}
	}
	for v, want := range map[string]bool{"TRUE": true, "FALSE": false, "": false} {
		if got, err := (instance{"P": v}).boolean("P"); err != nil || got != want {
			t.Errorf("%s: %v, %v", v, got, err)
		}
	}
	if _, err := (instance{"P": "WAHR"}).boolean("P"); err == nil {
		t.Error("WAHR passes for a boolean")
	}
	for _, v := range []string{"", "-1", "1.0", "x", "0x10"} {
		if n, err := (instance{"P": v}).number("P"); err == nil {
			t.Errorf("%q is the number %d", v, n)
		}
	}
}

func TestParseCreate(t *testing.T) {
	const head = "Executing (Win32_Process)->Create()\r\r\n\r\r\nMethod execution successful.\r\r\n\r\r\nOut Parameters:\r\r\ninstance of __PARAMETERS\r\r\n{\r\r\n"
	for _, c := range []struct {
		name, text string
		pid        int
		wrong      string
	}{
		{"English", head + "\tProcessId = 1936;\r\r\n\tReturnValue = 0;\r\r\n};\r\r\n", 1936, ""},
		{"another language, spaces", "Methode ausgef?hrt = 3;\n{\n        ProcessId = 7;\n        ReturnValue = 0;\n};\n", 7, ""},
		{"refused", head + "\tReturnValue = 9;\r\r\n};\r\r\n", 0, "returned 9 (path not found)"},
		{"no id", head + "\tReturnValue = 0;\r\r\n};\r\r\n", 0, "no ProcessId"},
		{"no answer", "", 0, "no ReturnValue"},
		{"too large", head + "\tProcessId = 9999999999;\r\r\n\tReturnValue = 0;\r\r\n", 0, "too large"},
		{"twice", "ProcessId = 1;\nProcessId = 2;\nReturnValue = 0;\n", 0, "two lines ProcessId"},
	} {
		pid, err := parseCreate(c.text)
		if pid != c.pid || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %d, %v; want %d, %q", c.name, pid, err, c.pid, c.wrong)
		}
	}
}

func FuzzParseCreate(f *testing.F) {
	f.Add("instance of __PARAMETERS\r\r\n{\r\r\n\tProcessId = 1936;\r\r\n\tReturnValue = 0;\r\r\n};\r\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if pid, err := parseCreate(text); (pid > 0) != (err == nil) {
			t.Errorf("pid %d, %v", pid, err)
		}
	})
}

func TestParseDMTF(t *testing.T) {
	for s, want := range map[string]string{
		"20171019094424.510250+000": "2017-10-19T09:44:24.51025Z", // docs/facts/windows-samples.md 4, Server 2003 R2
		"20260301130000.000000+060": "2026-03-01T12:00:00Z",
		"20260228190000.000001-300": "2026-03-01T00:00:00.000001Z",
	} {
		got, err := parseDMTF(s)
		if err != nil || got.Time().Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %s, %v; want %s", s, got.Time().Format(time.RFC3339Nano), err, want)
		}
	}
	for _, s := range []string{"", "20260301130000", "20260301130000.000000", "20261301130000.000000+060", "20260230130000.000000+060",
		"00000001000000.000000:000", "2026030113****.******+***", "19010101000000.000000+000", "20260301130000.000000+060 "} {
		if got, err := parseDMTF(s); err == nil {
			t.Errorf("%q is %s", s, got.Time())
		}
	}
}

func FuzzParseDMTF(f *testing.F) {
	f.Add("20171019094424.510250+000")
	f.Add("99991231235959.999999-999")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseDMTF(s)
		if err == nil && (got.Time().Before(time.Unix(0, 0)) || len(s) != 25) {
			t.Errorf("%q is %d", s, got)
		}
	})
}

func TestListens(t *testing.T) {
	const text = "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse  Remoteadresse  Status\r\n" +
		"  TCP    0.0.0.0:135            0.0.0.0:0              ABH\x99REN\r\n" +
		"  TCP    127.0.0.1:1031         0.0.0.0:0              ABH\x99REN\r\n" +
		"  TCP    192.0.2.2:5985         192.0.2.1:40000        HERGESTELLT\r\n" +
		"  TCP    192.0.2.2:1040         192.0.2.1:5201         HERGESTELLT\r\n" +
		"  TCP    [::]:445               [::]:0                 ABH\x99REN\r\n" +
		"  UDP    0.0.0.0:5201           *:*\r\n"
	for port, want := range map[string]bool{"135": true, "1031": true, "445": true, "35": false, "5985": false, "5201": false, "40000": false, "0": false} {
		if got := listens(text, port); got != want {
			t.Errorf("port %s: %v, want %v", port, got, want)
		}
	}
}

func FuzzListens(f *testing.F) {
	f.Add("  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING\r\n", "135")
	f.Fuzz(func(t *testing.T, text, port string) {
		if listens(text, port) && !strings.Contains(text, ":"+port) {
			t.Errorf("port %q in %q", port, text)
		}
	})
}
