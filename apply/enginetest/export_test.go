package enginetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"vnettune/apply/export"
	"vnettune/matrix"
	"vnettune/spawn"
)

// exported are the files of a profile.
func exported(t *testing.T, id string, g matrix.Generation, f export.Format) (do, undo []byte) {
	t.Helper()
	p, ok := matrix.LookupProfile(id)
	if !ok {
		t.Fatalf("no profile %s", id)
	}
	var s export.Set
	r, err := matrix.Catalogue().Resolve(p, g, nil)
	if err == nil {
		s, err = export.OfProfile(r, f)
	}
	if err == nil {
		do, undo, err = s.Files()
	}
	if err != nil {
		t.Fatal(err)
	}
	return do, undo
}

// seedValues are the values of the seed page, by key and name.
var seedValues = map[string]string{
	`AFD\Parameters DefaultSendWindow`: "0x100000", `AFD\Parameters DefaultReceiveWindow`: "0x100000", `AFD\Parameters FastSendDatagramThreshold`: "0x4000",
	`Tcpip\Parameters Tcp1323Opts`: "0x1", `Tcpip\Parameters TcpWindowSize`: "0x100000",
}

// inWine runs a program of the kit's Windows.
func (k *kit) inWine(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := spawn.Command(context.Background(), "wine", args...)
	cmd.Env = append(cmd.Env, "WINEPREFIX="+filepath.Join(k.dir, "prefix"), "WINEDEBUG=-all")
	out, _, err := toFiles(cmd, nil)
	return string(out), err
}

// seeded says which values of the seed page the kit's registry has, and as what.
func (k *kit) seeded(t *testing.T) map[string]string {
	t.Helper()
	got := map[string]string{}
	for at := range seedValues {
		key, name, _ := strings.Cut(at, " ")
		out, err := k.inWine(t, "reg", "query", `HKLM\SYSTEM\CurrentControlSet\Services\`+key, "/v", name)
		if err != nil {
			continue
		}
		fields := strings.Fields(out)
		got[at] = strings.ToLower(fields[len(fields)-1])
	}
	return got
}

// Wine's reg.exe imports the registry files, and its cmd.exe runs the command files: the seed page's values are there then,
// and gone after the undo. About 45 s.
func TestExportedSeedPageInWine(t *testing.T) {
	k := engine(t)
	for _, f := range []export.Format{export.Reg, export.Cmd} {
		do, undo := exported(t, "seed-xp", matrix.XP, f)
		for i, file := range [][]byte{do, undo} {
			name := filepath.Join(t.TempDir(), "seed."+string(f))
			if err := os.WriteFile(name, file, 0o600); err != nil {
				t.Fatal(err)
			}
			windows := "Z:" + strings.ReplaceAll(name, "/", `\`)
			args := []string{"reg", "import", windows}
			if f == export.Cmd {
				args = []string{"cmd", "/c", windows}
			}
			if out, err := k.inWine(t, args...); err != nil {
				t.Errorf("%s %d: %v\n%s", f, i, err, out)
			}
			got := k.seeded(t)
			for at, want := range seedValues {
				if i == 1 {
					want = ""
				}
				if got[at] != want {
					t.Errorf("%s, file %d: %s is %q, want %q", f, i, at, got[at], want)
				}
			}
		}
	}
}

// The PowerShell engine runs the scripts of a profile: what was there before is back after the undo. About 15 s.
func TestExportedScriptsInTheEngine(t *testing.T) {
	k := engine(t)
	do, undo := exported(t, "seed-vista", matrix.W10, export.PS1)
	look := `$k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'); "EnableWsd $($k.GetValue('EnableWsd'))"`
	answers := k.jobs(t, []job{
		{ID: "before", Script: look, Session: "export"}, {ID: "do", Script: string(do), Session: "export"}, {ID: "after", Script: look, Session: "export"},
		{ID: "again", Script: string(do), Session: "export"}, // keeps what the first run saved
		{ID: "undo", Script: string(undo), Session: "export"}, {ID: "end", Script: look, Session: "export"}, {ID: "twice", Script: string(undo), Session: "export"},
	})
	for id, want := range map[string]string{
		"before": "EnableWsd", "after": "EnableWsd 0", "end": "EnableWsd",
		"do":    "written: tcp.heuristics_wsh\nwritten: tcpip.EnableWsd\nwritten: tcp.autotuninglevel\nwritten: template.congestionprovider@Internet\nAll lines are written. Reboot this Windows.",
		"again": "written: tcp.heuristics_wsh\nwritten: tcpip.EnableWsd\nwritten: tcp.autotuninglevel\nwritten: template.congestionprovider@Internet\nAll lines are written. Reboot this Windows.",
		"undo":  "written: template.congestionprovider@Internet\nwritten: tcp.autotuninglevel\nwritten: tcpip.EnableWsd\nwritten: tcp.heuristics_wsh\nAll lines are written. Reboot this Windows.",
		"twice": "where the file that this undoes saves what it finds: nothing is undone.",
	} {
		a := answers[id]
		got := strings.TrimSpace(strings.ReplaceAll(a.Stdout, "\r\n", "\n"))
		if got != want && (id != "twice" && id != "again" || !strings.HasSuffix(got, want)) || len(a.Errors) > 0 || (a.Exit != 0) != (id == "twice") {
			t.Errorf("%s: exit %d, errors %q:\n%s", id, a.Exit, a.Errors, got)
		}
	}
}

// hive is an empty hive of the registry: its header, and a root key without values. After
// https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md
func hive() []byte {
	const none = 0xffffffff
	b := make([]byte, 2*4096)
	put := binary.LittleEndian.PutUint32
	copy(b, "regf")
	for at, v := range map[int]uint32{4: 1, 8: 1, 20: 1, 24: 3, 32: 1, 36: 32, 40: 4096, 44: 1} {
		put(b[at:], v)
	}
	var sum uint32
	for i := 0; i < 508; i += 4 {
		sum ^= binary.LittleEndian.Uint32(b[i:])
	}
	put(b[508:], sum)
	bin := b[4096:]
	copy(bin, "hbin")
	put(bin[8:], 4096)
	root := bin[32:] // 88 bytes: the key, whose security is the cell behind it
	rootSize, securitySize := int32(-88), int32(-48)
	put(root, uint32(rootSize))
	copy(root[4:], "nk")
	binary.LittleEndian.PutUint16(root[6:], 0x2c)
	for at, v := range map[int]uint32{28: none, 32: none, 40: none, 44: 32 + 88, 48: none} {
		put(root[4+at:], v)
	}
	binary.LittleEndian.PutUint16(root[4+72:], 4)
	copy(root[4+76:], "root")
	security := bin[32+88:]
	put(security, uint32(securitySize))
	copy(security[4:], "sk")
	for at, v := range map[int]uint32{4: 32 + 88, 8: 32 + 88, 12: 1, 16: 20} {
		put(security[4+at:], v)
	}
	copy(security[4+20:], []byte{1, 0, 0, 0x80}) // a descriptor with no owner, group or list
	put(bin[32+88+48:], 4096-32-88-48)
	return b
}

// hivexregedit merges the registry files into a hive and exports it again. Less than a second.
func TestExportedSeedPageInAHive(t *testing.T) {
	if _, err := exec.LookPath("hivexregedit"); err != nil {
		t.Skip("NOT TESTED: exported registry files by hivexregedit; install the package libwin-hivex-perl")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "system")
	if err := os.WriteFile(file, hive(), 0o600); err != nil {
		t.Fatal(err)
	}
	const prefix = `HKEY_LOCAL_MACHINE\SYSTEM`
	merge := func(text string) {
		t.Helper()
		name := filepath.Join(dir, "re-encoded.reg")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, err := toFiles(spawn.Command(context.Background(), "hivexregedit", "--merge", "--prefix", prefix, file, name), nil); err != nil {
			t.Fatalf("merge: %v\n%s%s", err, out, errs)
		}
	}
	// Every Windows has these; unlike regedit this program makes no key above one.
	parents := "Windows Registry Editor Version 5.00\n"
	for _, key := range []string{"", `\Services`, `\Services\AFD`, `\Services\Tcpip`} {
		parents += "\n[" + prefix + `\CurrentControlSet` + key + "]\n"
	}
	merge(parents)
	do, undo := exported(t, "seed-xp", matrix.XP, export.Reg)
	for i, raw := range [][]byte{do, undo} {
		units := make([]uint16, 0, len(raw)/2)
		for at := 2; at < len(raw); at += 2 {
			units = append(units, binary.LittleEndian.Uint16(raw[at:]))
		}
		merge(strings.ReplaceAll(string(utf16.Decode(units)), "\r\n", "\n"))
		out, errs, err := toFiles(spawn.Command(context.Background(), "hivexregedit", "--export", "--prefix", prefix, file, `\CurrentControlSet`), nil)
		if err != nil {
			t.Fatalf("export: %v\n%s", err, errs)
		}
		for at, value := range map[string]string{"DefaultSendWindow": "00100000", "DefaultReceiveWindow": "00100000", "FastSendDatagramThreshold": "00004000", "Tcp1323Opts": "00000001", "TcpWindowSize": "00100000"} {
			if has := bytes.Contains(out, []byte(`"`+at+`"=dword:`+value)); has != (i == 0) {
				t.Errorf("file %d: %s=%s is there: %t\n%s", i, at, value, has, out)
			}
		}
	}
}
