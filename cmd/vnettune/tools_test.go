package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs a script of the folder tools with nothing on its PATH but these programs, by their texts, and a few of the
// machine's own. It gives the exit code and all that was said.
func tool(t *testing.T, programs map[string]string, script string, args ...string) (code int, said string) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"grep", "basename", "dirname", "date", "mkdir", "cat"} {
		path, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(path, filepath.Join(folder, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(sh, append([]string{filepath.Join(root, "tools", script)}, args...)...)
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + folder, "STUBS=" + folder}
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

// The stubs of a Debian: one file a package that is installed.
const (
	dpkgQuery = `for p; do :; done; [ -e "$STUBS/$p.installed" ] && echo install ok installed`
	aptKnows  = `exit 0`
	installs  = `shift; for p; do case $p in -*) ;; *) : >"$STUBS/$p.installed" ;; esac; done`
	// The archive no longer has what the lists name until they are updated.
	aptOfOldLists = `echo "ASKED apt-get $1"
case $1 in
update) : >"$STUBS/updated" ;;
install) [ -e "$STUBS/updated" ] || { echo "404  Not Found"; exit 100; }; ` + installs + ` ;;
esac`
	aptWithoutNetwork = `echo "ASKED apt-get $1"; exit 100`
	aptWithoutQEMU    = `echo "ASKED apt-get $1"; case "$*" in *qemu*) : >"$STUBS/iperf3.installed"; exit 100 ;; esac`
)

func TestPackages(t *testing.T) {
	t.Parallel()
	debian := func(uid, aptGet string) map[string]string {
		return map[string]string{"dpkg-query": dpkgQuery, "apt-cache": aptKnows, "apt-get": aptGet, "id": "echo " + uid}
	}
	lab := []string{"iproute2", "iperf3", "--", "qemu-system-x86"}
	for _, c := range []struct {
		name     string
		programs map[string]string
		packages []string
		code     int
		says     []string
		never    []string
	}{
		{"no apt, all here", map[string]string{"ip": "", "tc": "", "iperf3": "", "qemu-system-x86_64": ""}, lab, 0,
			[]string{"no apt here", "needed are the programs ip tc iperf3", "all of them are here"}, []string{"missing", "fast lab"}},
		{"no apt, one missing", map[string]string{"id": "echo 0", "gcc": "exit 1"}, []string{"gcc", "libc6-dev", "no-such-program"}, 1,
			[]string{"no-such-program (Debian has it in no-such-program)", "C library's headers"}, []string{"all of them", "gcc (Debian"}},
		{"no apt, no QEMU", map[string]string{"ip": "", "tc": "", "iperf3": ""}, lab, 0,
			[]string{"all of them are here", "no qemu-system-x86_64", "fast lab"}, nil},
		{"root, gone from the archive", debian("0", aptOfOldLists), lab, 0,
			[]string{"ASKED apt-get install\n404  Not Found\nvnettune: once more with new lists: apt-get update\nASKED apt-get update\nASKED apt-get install\n"}, nil},
		{"root, no QEMU to be had", debian("0", aptWithoutQEMU), []string{"iperf3", "--", "qemu-system-x86"}, 0,
			[]string{"cannot install iperf3 qemu-system-x86", "fast lab"}, nil},
		{"root, no network", debian("0", aptWithoutNetwork), lab, 1,
			[]string{"apt-get update failed", "cannot install iproute2 iperf3 qemu-system-x86: "}, []string{"fast lab"}},
		{"no root", debian("1000", aptOfOldLists), lab, 1,
			[]string{"sudo apt-get install --no-install-recommends iproute2 iperf3 qemu-system-x86\n", "LAB=fast"}, []string{"ASKED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, said := tool(t, c.programs, "packages", c.packages...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, words := range c.says {
				if !strings.Contains(said, words) {
					t.Errorf("does not say %q", words)
				}
			}
			for _, words := range c.never {
				if strings.Contains(said, words) {
					t.Errorf("says %q", words)
				}
			}
			if t.Failed() {
				t.Logf("said:\n%s", said)
			}
		})
	}
}

// make demo takes the fast lab where there can be no virtual machine, and says so; who names a lab gets that.
func TestDemoTakesTheLabThatCanBeHad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lab, vm string // what LAB is, and what vnettune lab vm does
		code    int
		says    string
	}{
		{"", "exit 0", 0, "ASKED plan examples/demo.yaml\n"},
		{"", "echo no kernel; exit 1", 0, "no kernel\nvnettune: SO THE FAST LAB TAKES ITS PLACE, network namespaces instead of a virtual machine (make demo LAB=vm insists on one)\nASKED plan examples/demo-fast.yaml\n"},
		{"vm", "exit 1", 0, "ASKED plan examples/demo.yaml\n"},
		{"fast", "exit 0", 0, "ASKED plan examples/demo-fast.yaml\n"},
		{"vmm", "exit 0", 2, "LAB is vmm: use vm or fast\n"},
	} {
		stub := map[string]string{"stub": `case "$1 $2" in "lab vm") ` + c.vm + ` ;; plan*) echo "ASKED $*" ;; esac`}
		code, said := tool(t, stub, "demo", "stub", c.lab, "", filepath.Join(t.TempDir(), "out"))
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("LAB=%s: exit code %d, said:\n%s", c.lab, code, said)
		}
	}
}

// What make build tells the linker is what the program says.
func TestVersionIsThatOfTheSource(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}} {
		out, err := exec.Command(program(t), args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), " "+builtVersion) {
			t.Errorf("%v: %v, said %q", args, err, out)
		}
	}
}
