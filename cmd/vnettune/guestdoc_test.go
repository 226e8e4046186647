package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vnettune/matrix/campaign"
)

// The page about guests is for a Windows, of which there is none: its campaign must be
// legal, and each of its commands must be one that vnettune has, with flags that it
// has. Those that touch no guest are run.
func TestGuestPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guest.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("the page has no campaign")
	}
	c, err := campaign.Parse("docs/guest.md", block[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Plan(c.Guest.Generation); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("first.yaml", block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?m)(?:^    |`)vnettune ([a-z-]+[^`\n]*)").FindAllStringSubmatch(string(text), -1)
	seen := map[string]bool{}
	for _, m := range commands {
		line, _, _ := strings.Cut(m[1], " > ")
		line, _, _ = strings.Cut(line, " --from ") // of what the page has no store
		args := strings.Fields(line)
		seen[args[0]] = true
		var out bytes.Buffer
		switch args[0] {
		case "guest-setup", "plan":
			if code := vnettune(args, strings.NewReader(""), &out, &out); code != exitDone {
				t.Errorf("vnettune %s: exit code %d: %s", line, code, &out)
			}
		case "init": // the reader edits what it wrote
			if code := vnettune([]string{"init", "other.yaml"}, strings.NewReader(""), &out, &out); code != exitDone {
				t.Errorf("vnettune init: exit code %d: %s", code, &out)
			}
		default:
			if code := vnettune([]string{args[0], "--help"}, strings.NewReader(""), &out, &out); code != exitDone || !strings.Contains(out.String(), "vnettune "+args[0]) {
				t.Errorf("there is no vnettune %s", args[0])
			}
			for _, a := range args[1:] {
				if strings.HasPrefix(a, "--") && !strings.Contains(out.String(), a+" ") {
					t.Errorf("vnettune %s has no %s", args[0], a)
				}
			}
		}
	}
	for _, want := range []string{"guest-setup", "init", "doctor", "plan", "run", "report", "restore"} {
		if !seen[want] {
			t.Errorf("the page does not name vnettune %s", want)
		}
	}
}
