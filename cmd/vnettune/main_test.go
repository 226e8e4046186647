package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vnettune/lab"
	"vnettune/lab/fast"
	"vnettune/lab/guest"
)

// TestMain lets the test binary be the program, for the scripts and for every part
// of it that starts itself again: a lab's keeper and guest, a run inside a lab.
func TestMain(m *testing.M) {
	if guest.IsProgram() {
		os.Exit(guest.RunProgram())
	}
	again := os.Getenv(insideEnv) != "" && filepath.Base(os.Args[0]) != "vnettune" && !strings.HasPrefix(os.Args[1], "-test.")
	if len(os.Args) > 2 {
		again = again || slices.Equal(os.Args[1:3], lab.KeeperCommand) || slices.Equal(os.Args[1:3], fast.Command)
	}
	if again {
		os.Exit(vnettune(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(tests{m}, map[string]func(){"vnettune": main})
}

// The program is built from sourceFolder into programFolder, which goes when the tests have run.
var sourceFolder, programFolder string

// program is vnettune as a user has it. Labs and scripts are run by it: with the race detector, which a
// test's own binary has, the same tests took 1.6 times the processor's time.
func program(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// builtVersion is what the program under test is told that its source is.
const builtVersion = "v0.0.0-test"

var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programFolder, "vnettune")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.source="+builtVersion, "-o", path, ".") // as make build, whose cache it shares
	cmd.Dir = sourceFolder
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0") // it is the init of virtual machines, too
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, out)
	}
	return path, nil
})

// tests are run so that the programs they start can be hung up and interrupted, behind
// nohup and in the background of a script too.
type tests struct{ *testing.M }

func (t tests) Run() int {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	var err error
	if sourceFolder, err = os.Getwd(); err == nil {
		programFolder, err = os.MkdirTemp("", "vnettune-program")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programFolder)
	return t.M.Run()
}

// exitsWith is the command "code N PROGRAM ARGUMENTS..." of the scripts: like exec, and
// it fails unless the exit code is N.
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM ARGUMENTS...")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s ended with exit code %d, want %s", args[1], got, args[0])
	}
}

// TestScripts runs the command line as a user would: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			// A socket's path is short, a test's folder is not.
			run, err := os.MkdirTemp("", "vnt")
			if err != nil {
				return err
			}
			e.Defer(func() { os.RemoveAll(run) })
			e.Setenv("PATH", filepath.Dir(program(t))+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("STORES", filepath.Join(sourceFolder, "testdata", "stores"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
			e.Setenv("XDG_RUNTIME_DIR", run)
			// A script that fails leaves its lab up.
			e.Defer(func() { endLabs(e) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitsWith, "meter": withMeter, "serve": serves, "bare": withoutPrograms},
		Condition: func(name string) (bool, error) {
			switch name {
			case "fastlab":
				err := fastLab()
				if err != nil {
					fmt.Fprintf(os.Stderr, "NOT TESTED: the command line with a stand-in guest: %v\n", err)
				}
				return err == nil, nil
			case "long":
				return os.Getenv("VNETTUNE_LONG") != "", nil
			case "iperf2":
				_, err := exec.LookPath("iperf")
				if err != nil {
					fmt.Fprintf(os.Stderr, "NOT TESTED: the command line with iperf 2: %v; install the package iperf\n", err)
				}
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// fastLab says whether this user can have network namespaces and iperf3.
func fastLab() error {
	if _, err := exec.LookPath("iperf3"); err != nil {
		return fmt.Errorf("%w; install the package iperf3", err)
	}
	args := []string{"-n", "true"}
	if os.Getuid() != 0 {
		args = []string{"-Urn", "true"}
	}
	if out, err := exec.Command("unshare", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("network namespaces cannot be made: %s", out)
	}
	return nil
}

// endLabs takes down what a failed script left.
func endLabs(e *testscript.Env) {
	m := lab.Manager{State: filepath.Join(e.Getenv("XDG_STATE_HOME"), "vnettune", "labs"),
		Runtime: filepath.Join(e.Getenv("XDG_RUNTIME_DIR"), fmt.Sprintf("vnettune-%d", os.Getuid()))}
	labs, err := m.List()
	if err != nil {
		return
	}
	for _, l := range labs {
		_ = m.Down(context.Background(), l.Name)
	}
}
