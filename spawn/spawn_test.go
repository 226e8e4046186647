package spawn_test

import (
	"strings"
	"testing"

	"vnettune/spawn"
)

func TestAChildHasEverythingButWhatIsHidden(t *testing.T) {
	t.Setenv("VNETTUNE_TEST_HIDDEN", "the password")
	t.Setenv("VNETTUNE_TEST_HIDDEN_NOT", "kept")
	env := func() string {
		out, err := spawn.Command(t.Context(), "env").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if before := env(); !strings.Contains(before, "the password") {
		t.Fatalf("the child prints no environment: %s", before)
	}
	spawn.Hide("")
	spawn.Hide("VNETTUNE_TEST_HIDDEN")
	spawn.Hide("VNETTUNE_TEST_HIDDEN")
	if after := env(); strings.Contains(after, "the password") || !strings.Contains(after, "VNETTUNE_TEST_HIDDEN_NOT=kept") || !strings.Contains(after, "PATH=") {
		t.Errorf("the child has %s", after)
	}
	cmd := spawn.Command(t.Context(), "env")
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	if out, err := cmd.Output(); err != nil || strings.Contains(string(out), "the password") || !strings.Contains(string(out), "LC_ALL=C") {
		t.Errorf("with a variable of its own: %s, %v", out, err)
	}
}
