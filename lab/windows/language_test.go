package windows

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"vnettune/lab/windows/machine"
)

// newIn is a lab of a build, in a language.
func newIn(t *testing.T, language, generation, build string, faults ...string) *lab {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, disk: &memDisk{}, host: newFakeHost(), cfg: machine.Config{Generation: generation, Build: build, Language: language, User: "Tester", Password: "right", Faults: f}}
	l.reboot()
	return l
}

// The listing of 10 and 11 in each language is that of the sample, spaces apart.
func TestLanguages(t *testing.T) {
	rows := func(text string) string {
		return regexp.MustCompile(` +`).ReplaceAllString(strings.TrimSpace(strings.ReplaceAll(text, " \n", "\n")), " ")
	}
	got := newIn(t, "de", "w10", "").run8("netsh int tcp show global")
	if !strings.HasPrefix(got, "Der aktive Status wird abgefragt...\n\nGlobale TCP-Parameter\n---") {
		t.Errorf("head of\n%s", got)
	}
	_, got, _ = strings.Cut(got, "--\n")
	if d := cmp.Diff(rows(sample(t, "global-german.sample")), rows(got)); d != "" {
		t.Errorf("German (-sample +got):\n%s", d)
	}
	for _, c := range []struct{ language, line, want string }{
		{"ru", "netsh int tcp dump", "# Конфигурация TCP\n"},
		{"ru", "netsh int tcp show global", "Мощность ECN"},
		{"ru", "netsh int tcp show heuristics", "Эвристика масштабирования окон"},
		{"zh", "netsh int tcp show global", "查询活动状态...\n\nTCP 全局参数\n"},
		{"ja", "netsh int tcp show global", "Receive-Side Scaling 状態"},
		{"ja", "netsh int ipv4 show subinterfaces", "イーサネット"},
		{"ja", "netsh int ipv4 show subinterfaces", "Loopback Pseudo-Interface 1"},
		{"de", "netsh int tcp show supplemental", "Anfängliches Überlastungsfenster (MSS)"},
	} {
		if got := newIn(t, c.language, "w11", "").run8(c.line); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s: no %q in\n%s", c.language, c.line, c.want, got)
		}
	}
}

// run8 runs a line that has to succeed, in UTF-8.
func (l *lab) run8(line string) string {
	l.t.Helper()
	out, err, code := l.run(machine.Command{Line: line, Shell: true, CodePage: 65001})
	if code != 0 {
		l.t.Fatalf("%s: exit code %d\n%s%s", line, code, out, err)
	}
	return out
}

// What a guest of a language says of itself, and in which code page its programs print.
func TestCodePages(t *testing.T) {
	for language, want := range map[string][2]any{"en": {1033.0, "437"}, "de": {1031.0, "850"}, "ru": {1049.0, "866"}, "zh": {2052.0, "936"}, "ja": {1041.0, "932"}, "pseudo": {1281.0, "850"}} {
		facts := newIn(t, language, "w10", "").played("facts", `{}`)
		if facts["osLanguage"] != want[0] || facts["oemCodePage"] != want[1] {
			t.Errorf("%s: language %v, code page %v", language, facts["osLanguage"], facts["oemCodePage"])
		}
	}
	var out bytes.Buffer
	l := newIn(t, "ru", "w10", "")
	l.m.Run(t.Context(), machine.Command{Line: "netsh int tcp dump", Shell: true, Stdout: &out})
	if text, err := charmap.CodePage866.NewDecoder().String(out.String()); err != nil || !strings.Contains(text, "Конфигурация") {
		t.Errorf("%q, %v", text, err)
	}
}

// plain are the words outside of labels: keywords, values and names, which no language changes.
var plain = strings.Fields(`enabled disabled default normal cubic internet automatic off pushd popd reset set global interface tcp udp
	rss autotuninglevel congestionprovider ecncapability timestamps initialrto rsc nonsackrttresiliency maxsynretransmissions fastopen
	fastopenfallback hystart prr pacingprofile uro chimney netdma dca none allowed
	HKEY LOCAL MACHINE SYSTEM SOFTWARE CurrentControlSet Control Nls CodePage OEMCP REG OEM hello
	MTU Loopback Pseudo Interface windowsize minrto icw ctcp wide dump vnettune rev Microsoft Windows Version Type QUERY ADD nosuchprogram TTL time bytes Minimum Maximum Average loss Lost Received`)

// In the pseudo-language no label is left in English: whatever a program answers is made of keywords,
// values, names and letters that nobody can read.
func TestNothingIsLeftToReadInThePseudoLanguage(t *testing.T) {
	word := regexp.MustCompile(`[A-Za-z]{3,}`)
	for _, build := range []string{"nt62 9200", "nt62 9600", "w10 14393", "w10 19045", "w11 20348", "w11 26200"} {
		generation, build, _ := strings.Cut(build, " ")
		l := newIn(t, "pseudo", generation, build, "deny=rss")
		for _, line := range []string{
			"netsh interface tcp show global", "netsh interface tcp show heuristics", "netsh interface tcp show supplemental", "netsh interface tcp dump",
			"netsh interface udp dump", "netsh interface ipv4 show subinterfaces", "netsh int tcp set global autotuninglevel=wide", "netsh int tcp set global windowsize=1",
			"netsh int tcp set global autotuninglevel=normal", "netsh int tcp set global rss=disabled", "netsh int tcp set supplemental template=internet minrto=1",
			"netsh int tcp set supplemental template=internet icw=2", "nosuchprogram",
			`reg query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage /v OEMCP`, `reg add HKLM\SOFTWARE\vnettune /v x /d hello /f`, `reg add HKLM\SOFTWARE\vnettune /d hello /f`,
			`reg query HKLM\SOFTWARE\vnettune /ve`, `reg query HKLM\SOFTWARE\vnettune /v rev`, "shutdown /a", `schtasks /query /tn \vnettune\revert`,
		} {
			out, err, _ := l.run(machine.Command{Line: line, Shell: true, CodePage: 65001})
			for _, w := range word.FindAllString(out+err, -1) {
				if !slices.Contains(plain, w) {
					t.Errorf("%s %s: %s: %q is left in\n%s%s", generation, build, line, w, out, err)
					break
				}
			}
		}
	}
}
