package windows

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestGolden fixes the wording of what a fresh machine answers.
func TestGolden(t *testing.T) {
	for name, line := range map[string]string{
		"show-global":        "netsh interface tcp show global",
		"show-heuristics":    "netsh interface tcp show heuristics",
		"show-supplemental":  "netsh interface tcp show supplemental template=datacenter",
		"show-subinterfaces": "netsh interface ipv4 show subinterfaces",
		"tcp-dump":           "netsh interface tcp dump",
		"bad-value":          "netsh int tcp set global autotuninglevel=wide",
		"bad-tag":            "netsh int tcp set global windowsize=1",
		"unknown-netsh":      "netsh interface tcp reset",
		"unknown-program":    "ipconfig /all",
		"reg-query-value":    `reg query "HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage" /v OEMCP`,
		"reg-query-key":      `reg query HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`,
		"reg-query-deep":     `reg query HKLM\SYSTEM\CurrentControlSet\Control\ComputerName /s`,
		"reg-missing":        `reg query HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow`,
		"reg-bad-option":     `reg add HKLM\SOFTWARE\x /q`,
	} {
		t.Run(name, func(t *testing.T) {
			out, err, code := newLab(t).sh(line)
			got := line + "\nexit code " + map[bool]string{true: "0", false: "1"}[code == 0] + "\n--- stdout\n" + out + "--- stderr\n" + err
			compareGolden(t, name, got)
		})
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestSamples compares answers with what was seen on a real Windows.
func TestSamples(t *testing.T) {
	l := newLab(t)
	if d := cmp.Diff(sample(t, "supplemental.sample"), strings.TrimSuffix(l.must("netsh int tcp show supplemental"), "\n")); d != "" {
		t.Errorf("show supplemental (-sample +got):\n%s", d)
	}
	if d := cmp.Diff(sample(t, "heuristics.sample"), strings.TrimSuffix(newRelease(t, "nt62", "9200").must("netsh int tcp show heuristics"), "\n")); d != "" {
		t.Errorf("show heuristics (-sample +got):\n%s", d)
	}
	// The sample is of Windows 11; 1903 prints the same without prr.
	want := sample(t, "dump.sample")
	if got := l.must("netsh interface tcp dump"); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "# ") {
		t.Errorf("dump\n%s\nwant at its end\n%s", got, want)
	}
	want = strings.Replace(want, " prr=enabled", "", 1)
	if got := newRelease(t, "w10", "18362").must("netsh interface tcp dump"); !strings.HasSuffix(got, want) {
		t.Errorf("dump of 1903\n%s\nwant at its end\n%s", got, want)
	}
}

// TestShowGlobalRows holds values and order against the sample of 10 and 11,
// and the labels against the English one of 2012 where they have the row.
func TestShowGlobalRows(t *testing.T) {
	rows := func(text string) (labels, values []string) {
		for _, line := range strings.Split(text, "\n") {
			if label, val, ok := strings.Cut(line, ": "); ok {
				labels, values = append(labels, strings.TrimRight(label, " ")), append(values, strings.TrimRight(val, " "))
			}
		}
		return labels, values
	}
	got := newLab(t).must("netsh int tcp show global")
	labels, values := rows(got)
	_, want := rows(sample(t, "global-german.sample"))
	if d := cmp.Diff(want, values); d != "" {
		t.Errorf("values (-sample +got):\n%s", d)
	}
	english := sample(t, "global-2012.sample")
	for _, l := range labels[:7] {
		if !strings.Contains(english, l) {
			t.Errorf("label %q is not in the English sample", l)
		}
	}
	if !strings.HasPrefix(got, english[:strings.Index(english, "Receive-Side")]) {
		t.Errorf("head of\n%s", got)
	}
}
