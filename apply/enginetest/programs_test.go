package enginetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"vnettune/apply/cmdline"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/matrix/tweak"
	"vnettune/results/record"
	"vnettune/spawn"
)

// wine is a guest that runs each command line by Wine's cmd.exe, out of a file: arguments on
// a command line of wine's own would be quoted anew.
type wine struct {
	k   *kit
	dir string
}

// Run runs a command line; once more where Wine could not start its program, which happens on a busy machine: nothing
// of it has run then, and a program that is not there is not there the second time either.
func (w wine) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	r, err := w.once(ctx, command, stdin)
	if err == nil && r.Exit == notStarted {
		r, err = w.once(ctx, command, stdin)
	}
	return r, err
}

// notStarted is the exit code of Wine's cmd.exe for a program that it could not start: 9009, of which eight bits
// arrive.
const notStarted = 9009 & 0xff

func (w wine) once(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	file := filepath.Join(w.dir, "line.cmd")
	if err := os.WriteFile(file, []byte("@"+command+"\r\n"), 0o600); err != nil {
		return winrm.Result{}, err
	}
	cmd := spawn.Command(ctx, "wine", "cmd", "/c", `Z:`+strings.ReplaceAll(file, "/", `\`))
	cmd.Env = append(cmd.Env, "WINEPREFIX="+filepath.Join(w.k.dir, "prefix"), "WINEDEBUG=-all")
	out, errs, err := toFiles(cmd, stdin)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return winrm.Result{Stdout: out, Stderr: errs, Exit: ended.ExitCode()}, nil
	}
	return winrm.Result{Stdout: out, Stderr: errs}, err
}
func (wine) Ping(context.Context) error { return nil }
func (wine) Forget()                    {}

// noClock is never asked: nothing here waits.
type noClock struct{ terms.Clock }

// onXP are places where the settings of an XP lie, one of each form, with the ends of what a
// value can be.
var onXP = []terms.Step{
	{Op: "registry-set", Path: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "TcpWindowSize", Kind: "DWord", Data: "4294967295"},
	{Op: "registry-set", Path: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{4C9D2C0E-0000-4000-8000-000000000001}`, Name: "MTU", Kind: "DWord", Data: "0"},
	{Op: "registry-set", Path: `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\vnettune-test`, Name: "*Name.with-all_1", Kind: "DWord", Data: "10"},
	{Op: "registry-set", Path: terms.OwnKey, Name: "OwnerHost", Kind: "String", Data: "host-1.example"},
}

// The command lines of XP, by a cmd.exe and a reg.exe that are not this project's: what is
// written is there, what is deleted is not, and each type is read as what it is.
func TestCommandLinesByAnotherCmd(t *testing.T) {
	k := engine(t)
	k.restored(t)
	guest := cmdline.New(wine{k, t.TempDir()}, noClock{})
	read := func(values ...terms.RegistryValue) []record.State {
		t.Helper()
		a, raw, err := guest.Read(t.Context(), terms.ReadInput{Registry: values})
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		return a.Registry
	}
	write := func(steps ...terms.Step) {
		t.Helper()
		answers, raw, err := guest.Write(t.Context(), steps)
		for _, a := range answers {
			if !a.OK {
				err = cmp.Or(err, fmt.Errorf("a step ends with %d", a.Exit))
			}
		}
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	var places []terms.RegistryValue
	var want []record.State
	var gone []terms.Step
	for _, s := range onXP {
		places = append(places, terms.RegistryValue{Path: s.Path, Name: s.Name})
		want = append(want, record.State{Exists: true, Kind: s.Kind, Data: s.Data})
		gone = append(gone, terms.Step{Op: "registry-delete", Path: s.Path, Name: s.Name})
	}
	write(onXP...)
	if d := diff.Diff(want, read(places...)); d != "" {
		t.Errorf("after they were written (-want +got):\n%s", d)
	}
	write(gone...)
	write(gone[0]) // which is as asked already
	for i, s := range read(places...) {
		if s.Exists {
			t.Errorf("%s is there after it was deleted: %v", places[i].Name, s)
		}
	}

	key := strings.TrimPrefix(tcpip, `HKLM\`)
	if err := k.importReg("[HKEY_LOCAL_MACHINE\\" + key + "]\n\"B\"=hex:00,ff,10\n\"E\"=hex(2):25,00,41,00,25,00,00,00\n\"M\"=hex(7):61,00,00,00,62,00,00,00,00,00\n\"S\"=\"a b\"\n\"D\"=dword:00100000\n"); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]record.State{
		"B": {Exists: true, Kind: "Binary", Data: "00ff10"}, "E": {Exists: true, Kind: "ExpandString", Data: "%A%"},
		"M": {Exists: true, Kind: "MultiString", Data: `a\0b`}, "S": {Exists: true, Kind: "String", Data: "a b"}, "D": {Exists: true, Kind: "DWord", Data: "1048576"},
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if got := read(terms.RegistryValue{Path: tcpip, Name: name})[0]; got != kinds[name] {
			t.Errorf("%s is read as %+v, want %+v", name, got, kinds[name])
		}
	}
}

// Tweak files as people publish them, imported by a reg.exe that is not this project's and
// exported again, are read as they were.
func TestTweakFilesThroughAnotherReg(t *testing.T) {
	k := engine(t)
	k.restored(t)
	files, err := filepath.Glob("../../matrix/tweak/testdata/*.reg")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d tweak files: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := tweak.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.run(nil, "reg", k.dir, "import", absolute(t, file)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		want, keys := map[string]string{}, map[string]bool{}
		for _, e := range entries { // the last line of a value is what it is
			if where := at(e); e.Kind != "" && e.Kind != tweak.DeletedKey {
				keys[e.Key] = true
				if want[where] = e.Kind + " " + e.Data; e.Kind == tweak.Deleted {
					delete(want, where)
				}
			}
		}
		got := map[string]string{}
		for key := range keys {
			for _, e := range k.exported(t, key) {
				got[at(e)] = e.Kind + " " + e.Data
			}
		}
		for _, at := range slices.Sorted(maps.Keys(want)) {
			if got[at] != want[at] {
				t.Errorf("%s: %s is %q, want %q", filepath.Base(file), at, got[at], want[at])
			}
		}
		for _, e := range entries {
			if _, is := want[at(e)]; e.Kind == tweak.Deleted && !is && got[at(e)] != "" {
				t.Errorf("%s: %s is there after it was deleted", filepath.Base(file), at(e))
			}
		}
		if len(want) == 0 {
			t.Errorf("%s writes nothing", file)
		}
	}
}

// at is where an entry lies, found without regard to case.
func at(e tweak.Entry) string { return strings.ToLower(e.Key + " " + e.Name) }

// exported is a key as Wine's reg.exe exports it.
func (k *kit) exported(t *testing.T, key string) []tweak.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	file := filepath.Join(dir, "exported.reg")
	r, err := wine{k, dir}.Run(ctx, `reg export "`+key+`" "Z:`+strings.ReplaceAll(file, "/", `\`)+`" /y`, nil)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%s: exit code %d, %v: %s%s", key, r.Exit, err, r.Stdout, r.Stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := tweak.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return entries
}

func absolute(t *testing.T, file string) string {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
