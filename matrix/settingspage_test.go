package matrix

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// InEffectBy is that of package apply, which imports this one.
var InEffectBy func(id string, f Form) []string

// TestSettingsTable writes docs/settings.md: which setting can be set on which generation, by the
// same test as `vnettune settings`.
func TestSettingsTable(t *testing.T) {
	golden(t, "../../docs/settings.md", settingsTable())
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString(`# What can be set

Written from the catalogue by ` + "`go test ./matrix -update`" + `; ` + "`vnettune settings --generation G`" + ` prints the same for one
generation, and with ` + "`--from STORE`" + ` for the Windows of a guest that was measured, whose build and edition are known.
What each setting does, its legal values and its sources in full: [facts/windows-settings.md](facts/windows-settings.md).

**yes**: the generation is driven, its Windows has the setting, and it is written and read back. "from N" is the first
build that has it; "servers" means that a client does not let it be changed. Otherwise one word says why not:

| word | why |
|---|---|
| undriven | no guest of the generation can be driven yet |
| superseded | another setting took its place |
| missing | this Windows does not have it, or no driver for it declares it |
| newer | only newer builds have it |
| unwritable | this tool has no way to write it |
| unreadable | no number and no key tells whether it was taken |
| read-only | a client Windows does not let it be changed |

A yes is not a promise about one guest: what its own driver declares, and its own netsh, only the guest says. ` + "`vnettune doctor`" + `
asks it. "In effect by" names what tells that the value is at work; where nothing is named, the evidence is that it was
configured before the proven boot.

"Takes effect" is the least that makes a change act, and how sure that is:

| word | what has to be done once the value is written |
|---|---|
| at-once | nothing |
| new-connections | connections are opened anew; those that are open keep what they have |
| adapter-restart | the adapter under test is restarted |
| reboot | the guest is rebooted, which makes all of these act |
| unknown | nobody says; it counts as a reboot |
| never | nothing helps: the driver does not read it |

*Documented* means that a vendor's text or the driver's source says it, *widely reported* that independent people have
seen it, *supposed* that it rests on reasoning or on a weak source, *contradicted* that sources say otherwise. Who says
so, and why: [facts/windows-settings.md](facts/windows-settings.md), or ` + "`vnettune settings ID`" + `. A campaign reboots
for every change, unless it says [` + "`switch: within-boot`" + `](campaigns.md#switch-arms-within-boots): then what stands here decides what it switches.

Settings that can be set, the placebo not counted:

| generation | can be set | of |
|---|---|---|
`)
	for _, g := range Generations {
		can, all := Catalogue().Settable(On(g))
		fmt.Fprintf(&b, "| %s | %d | %d |\n", g, can, all)
	}
	b.WriteString("\n| setting |")
	for _, g := range Generations {
		fmt.Fprintf(&b, " %s |", g)
	}
	b.WriteString(" takes effect | how read | in effect by | sources |\n|---|" + strings.Repeat("---|", len(Generations)) + "---|---|---|---|\n")
	for _, s := range Catalogue().All() {
		fmt.Fprintf(&b, "| `%s` |", s.ID)
		var reads string
		var proves []string
		for _, g := range Generations {
			fmt.Fprintf(&b, " %s |", canCell(s, g))
			if s.CanSet(On(g)) == nil { // of the newest
				reads = s.Forms[g].Reads()
				if g != XP { // which has no CIM to ask
					proves = InEffectBy(s.ID, s.Forms[g])
				}
			}
		}
		var sources []string
		for _, text := range s.Sources {
			sources = append(sources, cited(text))
		}
		takes := perGeneration(func(g Generation) string {
			if s.Status[g].Word == NotApplicable {
				return ""
			}
			t := s.TakesOn(g)
			t.Note = ""
			return t.String()
		})
		fmt.Fprintf(&b, " %s | %s | %s | %s |\n", takes, reads, strings.Join(proves, ", "), strings.Join(sources, ", "))
	}
	b.WriteString("\n")
	for _, s := range Catalogue().sources {
		address := s.URL
		if !strings.HasPrefix(address, "https://") {
			address = strings.TrimPrefix(address, "docs/")
		}
		fmt.Fprintf(&b, "[%s]: %s\n", s.ID, address)
	}
	return b.String()
}

func canCell(s Setting, g Generation) string {
	var cannot *CannotError
	if errors.As(s.CanSet(On(g)), &cannot) {
		return string(cannot.Why)
	}
	words := []string{"yes"}
	if since := s.Since[g]; since != 0 {
		words = append(words, fmt.Sprintf("from %d", since))
	}
	if s.ServersOnly {
		words = append(words, "servers")
	}
	return strings.Join(words, ", ")
}

// readmeCounts is the sentence of README.md that counts.
var readmeCounts = regexp.MustCompile(`(?s)<!-- counted by go test ./matrix -update -->\n.*?<!-- end -->`)

// README.md's numbers are those of the catalogue.
func TestReadmeCounts(t *testing.T) {
	const file = "../../README.md"
	page, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(readmeCounts.FindAll(page, -1)); n != 1 {
		t.Fatalf("README.md has %d places for the counts", n)
	}
	_, all := Catalogue().Settable(On(W11))
	var can []string
	for _, g := range Driven() {
		n, _ := Catalogue().Settable(On(g))
		can = append(can, fmt.Sprintf("%d on %s", n, g))
	}
	text := fmt.Sprintf("<!-- counted by go test ./matrix -update -->\nIt knows %d settings, of which it can set %s\n([docs/settings.md](docs/settings.md)), and %d published profiles ([docs/profiles.md](docs/profiles.md)), each with its source.\n<!-- end -->",
		all, strings.Join(can, ", "), len(Profiles()))
	golden(t, file, readmeCounts.ReplaceAllLiteralString(string(page), text))
}
