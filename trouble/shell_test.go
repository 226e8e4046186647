package trouble

import (
	"os/exec"
	"testing"
)

func TestAShellReadsAWordBack(t *testing.T) {
	for _, word := range []string{"c.db", "/tmp/a-b_c/demo.db", "two words.db", "it's $HOME `x` \"y\".db", "~/c.db", "", "a\nb", "=x", "*", "ä;b"} {
		if got, err := exec.Command("sh", "-c", "printf %s "+ShellWord(word)).Output(); err != nil || string(got) != word {
			t.Errorf("%q is written %s and read back as %q, %v", word, ShellWord(word), got, err)
		}
	}
	if got := ShellWord("dir/c.db"); got != "dir/c.db" {
		t.Errorf("a plain path is quoted: %s", got)
	}
}
