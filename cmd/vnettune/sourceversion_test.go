package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tools/version in a repository of its own: without a tag, with one, behind one, with a change, and in an archive.
func TestVersionOfASource(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("THE VERSION OF A SOURCE IS NOT TESTED: no git; run: apt-get install git")
	}
	script, err := os.ReadFile(filepath.Join("..", "..", "tools", "version"))
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	run := func(folder, program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = folder
		cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "TZ=Asia/Tokyo",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
			"GIT_AUTHOR_DATE=@1700000000 +0900", "GIT_COMMITTER_DATE=@1700000000 +0900")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", program, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name string, text []byte) {
		t.Helper()
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	says := func(folder, want string, args ...string) {
		t.Helper()
		if got := run(folder, "tools/version", args...); got != want {
			t.Errorf("tools/version %v says %q, want %q", args, got, want)
		}
	}
	archive := func(want string) {
		t.Helper()
		folder := t.TempDir()
		run(source, "git", "archive", "-o", filepath.Join(folder, "a.tar"), "HEAD")
		run(folder, "tar", "-xf", "a.tar")
		says(folder, want)
		says(folder, "1700000000", "--epoch")
	}
	write("tools/version", script)
	write(".gitattributes", []byte("tools/version export-subst\n"))
	says(source, "") // neither a repository nor an archive of one
	run(source, "git", "init", "-q")
	run(source, "git", "add", ".")
	run(source, "git", "commit", "-q", "-m", "first")
	commit := run(source, "git", "rev-parse", "HEAD")[:12]
	says(source, "v0.0.0-20231114221320-"+commit)
	archive("v0.0.0-20231114221320-" + commit)
	run(source, "git", "tag", "-a", "v1.2.3", "-m", "a release")
	says(source, "v1.2.3")
	says(source, "1700000000", "--epoch")
	archive("v1.2.3")
	write("another", nil)
	says(source, "v1.2.3+dirty")
	run(source, "git", "add", ".")
	run(source, "git", "commit", "-q", "-m", "second")
	behind := "v1.2.3-1-g" + run(source, "git", "rev-parse", "--short=12", "HEAD")
	says(source, behind)
	archive(behind)
}
