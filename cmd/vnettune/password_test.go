package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/matrix/campaign"
)

// Whose a password file is and who may read it decide, unless the campaign says that it is
// shared.
func TestWhoMayReadAPasswordFile(t *testing.T) {
	for name, c := range map[string]struct {
		mode    os.FileMode
		owner   int // 0: this user
		shared  bool
		refused string // "" when it is taken
	}{
		"mine alone":                {0o600, 0, false, ""},
		"mine, read only":           {0o400, 0, false, ""},
		"readable by a group":       {0o640, 0, false, "can be read or written by others (mode 0640)"},
		"readable by all":           {0o604, 0, false, "(mode 0604)"},
		"writable by a group":       {0o620, 0, false, "(mode 0620)"},
		"readable by all, shared":   {0o644, 0, true, ""},
		"of another user":           {0o600, 12345, false, "belongs to another user (number 12345)"},
		"of another user, but said": {0o600, 12345, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "password")
			if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			if c.owner != 0 {
				if os.Geteuid() != 0 {
					t.Skip("NOT TESTED: a file of another user: only root can make one")
				}
				if err := os.Chown(path, c.owner, -1); err != nil {
					t.Fatal(err)
				}
			}
			got, err := privatePassword(campaign.Password{File: path, Shared: c.shared, Where: "c.yaml:7:18"})
			if c.refused == "" {
				if err != nil || got != "hunter2" {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			said := ""
			if err != nil {
				said = complaint(err)
			}
			if exitCode(err) != exitUsage || !strings.Contains(said, c.refused) || !strings.Contains(said, "where: c.yaml:7:18") || !strings.Contains(said, "guest.password_file_shared: true") || strings.Contains(said, "hunter2") {
				t.Errorf("exit code %d: %s", exitCode(err), said)
			}
		})
	}
}
