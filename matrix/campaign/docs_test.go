package campaign

import (
	"os"
	"regexp"
	"testing"
)

var codeBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestDocumentedExamples: every campaign of the manual is legal and can be planned.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/campaigns.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("%d examples found, want at least 3", len(blocks))
	}
	for _, b := range blocks {
		c, err := Parse("docs/campaigns.md", []byte(b[1]))
		if err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		if _, err := c.Plan(c.Guest.Generation); err != nil {
			t.Errorf("%v in\n%s", err, b[1])
		}
	}
}

// TestManualNamesEveryKey: what the template shows, the manual explains.
func TestManualNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../docs/campaigns.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range everyKey {
		if !regexp.MustCompile("[`.]" + key + "[`.:]").Match(text) {
			t.Errorf("the manual does not explain %s", key)
		}
	}
}
